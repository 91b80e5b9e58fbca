//! The search itself: the rolling hash goes over every byte, and a set of bits says which values are worth a second
//! look. Four runs of the text are hashed side by side, since one alone would wait for itself: each byte needs the hash
//! of the byte before.

use std::sync::Arc;

use super::{
    digester::{LONG, step},
    fingerprints::{lower, upper},
};

/// Words of 64 bits. The small set fits the processor's nearest cache; the large one still passes 99 of 100 with what
/// a thousand secrets have; the greatest one 96 of 100 with what two hundred thousand have.
const SMALL: usize = 1 << 11;
const LARGE: usize = 1 << 14;
const GREATEST: usize = 1 << 20;
/// So many values fill the small set to a hundredth, and the large one to four.
const FEW: usize = 1_300;
const MANY: usize = 40_000;

/// Bytes that are looked at before a branch is taken.
const STRIDE: usize = 8;
const LANES: usize = 4;

/// A place where the filter let something through: the hash behind so many bytes.
pub(super) struct Hit {
    pub(super) behind: usize,
    pub(super) hash: u64,
}

/// Which hashes may be a form's. Nobody changes it under those who search.
#[derive(Clone)]
pub(super) struct Filter {
    bits: Arc<Bits>,
    /// How many values were put in, of long windows and of short ones.
    long: usize,
    short: usize,
}

#[derive(Clone)]
enum Bits {
    Small(Sets<SMALL>),
    Large(Sets<LARGE>),
    Greatest(Sets<GREATEST>),
}

/// One set for each window; that of the short one is rarely needed.
struct Sets<const WORDS: usize> {
    long: Box<[u64; WORDS]>,
    short: Option<Box<[u64; WORDS]>>,
}

impl Filter {
    pub(super) fn new(long: &[u32], short: &[u32]) -> Self {
        let bits = match long.len().max(short.len()) {
            most if most <= FEW => Bits::Small(Sets::new()),
            most if most <= MANY => Bits::Large(Sets::new()),
            _ => Bits::Greatest(Sets::new()),
        };
        Self { bits: Arc::new(bits), long: 0, short: 0 }.and(long, short)
    }

    /// This one with more in it; none if a larger one must be made of all.
    pub(super) fn with(&self, long: &[u32], short: &[u32]) -> Option<Self> {
        let most = match *self.bits {
            Bits::Small(_) => FEW,
            Bits::Large(_) => MANY,
            Bits::Greatest(_) => usize::MAX,
        };
        let count = (self.long + long.len()).max(self.short + short.len());
        (count <= most).then(|| self.clone().and(long, short))
    }

    fn and(mut self, long: &[u32], short: &[u32]) -> Self {
        match Arc::make_mut(&mut self.bits) {
            Bits::Small(sets) => sets.add(long, short),
            Bits::Large(sets) => sets.add(long, short),
            Bits::Greatest(sets) => sets.add(long, short),
        }
        Self { long: self.long + long.len(), short: self.short + short.len(), ..self }
    }

    /// Goes over the bytes, notes hits in their order, and gives the hash at the end.
    pub(super) fn search(&self, gear: &[u64; 256], hash: u64, bytes: &[u8], hits: &mut Vec<Hit>) -> u64 {
        match &*self.bits {
            Bits::Small(sets) => sets.search(gear, hash, bytes, hits),
            Bits::Large(sets) => sets.search(gear, hash, bytes, hits),
            Bits::Greatest(sets) => sets.search(gear, hash, bytes, hits),
        }
    }
}

impl<const WORDS: usize> Sets<WORDS> {
    fn new() -> Self {
        Self { long: boxed(vec![0; WORDS]), short: None }
    }

    fn add(&mut self, long: &[u32], short: &[u32]) {
        set(&mut self.long, long);
        if !short.is_empty() {
            set(self.short.get_or_insert_with(|| boxed(vec![0; WORDS])), short);
        }
    }

    fn search(&self, gear: &[u64; 256], hash: u64, bytes: &[u8], hits: &mut Vec<Hit>) -> u64 {
        match &self.short {
            None => run(gear, hash, bytes, hits, |hash| bit(&self.long, upper(hash))),
            Some(short) => run(gear, hash, bytes, hits, |hash| bit(&self.long, upper(hash)) | bit(short, lower(hash))),
        }
    }
}

impl<const WORDS: usize> Clone for Sets<WORDS> {
    /// Never by way of the stack, which has no room for the greatest.
    fn clone(&self) -> Self {
        let copy = |words: &[u64; WORDS]| boxed(words.to_vec());
        Self { long: copy(&self.long), short: self.short.as_deref().map(copy) }
    }
}

/// So many words; full if they are not so many, so that everything is looked at twice.
fn boxed<const WORDS: usize>(words: Vec<u64>) -> Box<[u64; WORDS]> {
    words.into_boxed_slice().try_into().unwrap_or_else(|_| Box::new([u64::MAX; WORDS]))
}

fn set<const WORDS: usize>(words: &mut [u64; WORDS], hashes: &[u32]) {
    for hash in hashes {
        let (word, bit) = place::<WORDS>(*hash);
        if let Some(word) = words.get_mut(word) {
            *word |= 1 << bit;
        }
    }
}

/// The upper bits of a hash say the word, the next six the bit.
#[inline(always)]
fn place<const WORDS: usize>(hash: u32) -> (usize, u32) {
    let words = WORDS.trailing_zeros();
    ((hash >> (32 - words)) as usize, hash >> (26 - words) & 63)
}

#[inline(always)]
fn bit<const WORDS: usize>(words: &[u64; WORDS], hash: u32) -> u64 {
    let (word, bit) = place::<WORDS>(hash);
    words.get(word).map_or(0, |word| word >> bit & 1)
}

#[inline(always)]
fn run(gear: &[u64; 256], hash: u64, bytes: &[u8], hits: &mut Vec<Hit>, may_be: impl Fn(u64) -> u64 + Copy) -> u64 {
    let lane = bytes.len() / LANES / STRIDE * STRIDE;
    if lane < LONG {
        return one(gear, hash, bytes, 0, hits, may_be);
    }
    let (first, rest) = bytes.split_at(lane);
    let (second, rest) = rest.split_at(lane);
    let (third, rest) = rest.split_at(lane);
    let (fourth, rest) = rest.split_at(lane);
    let warm = |before: &[u8]| {
        let window = before.get(before.len().saturating_sub(LONG)..).unwrap_or_default();
        window.iter().fold(0, |hash, byte| step(gear, hash, *byte))
    };
    let mut hashes = [hash, warm(first), warm(second), warm(third)];
    let mut found: [Vec<Hit>; LANES] = Default::default();
    let pieces = [first, second, third, fourth].map(|lane| lane.as_chunks::<STRIDE>().0);
    let [first, second, third, fourth] = pieces;
    let strides = first.iter().zip(second).zip(third).zip(fourth).enumerate();
    for (number, (((first, second), third), fourth)) in strides {
        let before = hashes;
        let mut hit = 0;
        let [mut a, mut b, mut c, mut d] = hashes;
        for at in 0..STRIDE {
            let byte = |stride: &[u8; STRIDE]| stride.get(at).copied().unwrap_or(0);
            a = step(gear, a, byte(first));
            b = step(gear, b, byte(second));
            c = step(gear, c, byte(third));
            d = step(gear, d, byte(fourth));
            hit |= may_be(a) | may_be(b) | may_be(c) | may_be(d);
        }
        hashes = [a, b, c, d];
        if hit != 0 {
            let strides = [first, second, third, fourth];
            let lanes = before.into_iter().zip(strides).zip(&mut found).enumerate();
            for (number_of_lane, ((hash, stride), found)) in lanes {
                slowly(gear, hash, stride, number_of_lane * lane + number * STRIDE, found, may_be);
            }
        }
    }
    hits.extend(found.into_iter().flatten());
    let [.., last] = hashes;
    one(gear, last, rest, LANES * lane, hits, may_be)
}

#[inline(always)]
fn one(
    gear: &[u64; 256],
    mut hash: u64,
    bytes: &[u8],
    at: usize,
    hits: &mut Vec<Hit>,
    may_be: impl Fn(u64) -> u64 + Copy,
) -> u64 {
    let (strides, rest) = bytes.as_chunks::<STRIDE>();
    for (number, stride) in strides.iter().enumerate() {
        let before = hash;
        let mut hit = 0;
        for byte in stride {
            hash = step(gear, hash, *byte);
            hit |= may_be(hash);
        }
        if hit != 0 {
            slowly(gear, before, stride, at + number * STRIDE, hits, may_be);
        }
    }
    slowly(gear, hash, rest, at + strides.len() * STRIDE, hits, may_be)
}

/// Byte by byte, where something is known or where few are left.
fn slowly(
    gear: &[u64; 256],
    mut hash: u64,
    bytes: &[u8],
    at: usize,
    hits: &mut Vec<Hit>,
    may_be: impl Fn(u64) -> u64,
) -> u64 {
    for (number, byte) in bytes.iter().enumerate() {
        hash = step(gear, hash, *byte);
        if may_be(hash) != 0 {
            hits.push(Hit { behind: at + number + 1, hash });
        }
    }
    hash
}

#[cfg(test)]
mod tests;
