//! The search itself: the rolling hash goes over every byte, and a set of bits says which values are worth a second
//! look. Four runs of the text are hashed side by side, since one alone would wait for itself: each byte needs the hash
//! of the byte before.

use super::{
    digester::{LONG, step},
    fingerprints::{lower, upper},
};

/// Words of 64 bits. The small set fits the processor's nearest cache; the large one still passes 99 of 100 with what
/// a thousand secrets have.
const SMALL: usize = 1 << 11;
const LARGE: usize = 1 << 14;
/// So many values fill the small set to a hundredth.
const FEW: usize = 1_300;

/// Bytes that are looked at before a branch is taken.
const STRIDE: usize = 8;
const LANES: usize = 4;

/// A place where the filter let something through: the hash behind so many bytes.
pub(super) struct Hit {
    pub(super) behind: usize,
    pub(super) hash: u64,
}

/// Which hashes may be a form's.
pub(super) struct Filter(Bits);

enum Bits {
    Small(Sets<SMALL>),
    Large(Sets<LARGE>),
}

/// One set for each window; that of the short one is rarely needed.
struct Sets<const WORDS: usize> {
    long: Box<[u64; WORDS]>,
    short: Option<Box<[u64; WORDS]>>,
}

impl Filter {
    pub(super) fn new(long: &[u32], short: &[u32]) -> Self {
        if long.len().max(short.len()) <= FEW {
            Self(Bits::Small(Sets::new(long, short)))
        } else {
            Self(Bits::Large(Sets::new(long, short)))
        }
    }

    /// Goes over the bytes, notes hits in their order, and gives the hash at the end.
    pub(super) fn search(&self, gear: &[u64; 256], hash: u64, bytes: &[u8], hits: &mut Vec<Hit>) -> u64 {
        match &self.0 {
            Bits::Small(sets) => sets.search(gear, hash, bytes, hits),
            Bits::Large(sets) => sets.search(gear, hash, bytes, hits),
        }
    }
}

impl<const WORDS: usize> Sets<WORDS> {
    fn new(long: &[u32], short: &[u32]) -> Self {
        Self { long: set(long), short: (!short.is_empty()).then(|| set(short)) }
    }

    fn search(&self, gear: &[u64; 256], hash: u64, bytes: &[u8], hits: &mut Vec<Hit>) -> u64 {
        match &self.short {
            None => run(gear, hash, bytes, hits, |hash| bit(&self.long, upper(hash))),
            Some(short) => run(gear, hash, bytes, hits, |hash| bit(&self.long, upper(hash)) | bit(short, lower(hash))),
        }
    }
}

fn set<const WORDS: usize>(hashes: &[u32]) -> Box<[u64; WORDS]> {
    let mut words = vec![0_u64; WORDS].into_boxed_slice();
    for hash in hashes {
        let (word, bit) = place::<WORDS>(*hash);
        if let Some(word) = words.get_mut(word) {
            *word |= 1 << bit;
        }
    }
    words.try_into().unwrap_or_else(|_| Box::new([u64::MAX; WORDS]))
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
