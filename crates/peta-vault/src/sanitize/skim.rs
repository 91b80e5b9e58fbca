//! Steps over what can hold no form, so that only the rest is read closely. Most forms have printable characters of
//! ASCII alone, without spaces, quotes and backslashes; and what a text says in such characters it says with as many of
//! them in a row, or with an escape for one of them. Where neither is, however often the text is read for what it says,
//! nothing is. A row that is long enough is hashed where it stands, and stepped over too if that gives nothing.
//!
//! Blocks of 64 bytes are looked at as masks, so that the work hardly depends on what the text says.

use wide::u8x16;

/// Bytes of a block; one bit each in a mask.
const BLOCK: usize = 64;
/// What is read closely at least, once something is: shorter stretches between two of these are not worth it.
const CLOSE: usize = 64;
/// Digits behind `\u`.
const DIGITS: usize = 4;

/// Whether a form with this byte may stand in what is stepped over: so no form that is searched for may have one.
pub(super) fn breaks(byte: u8) -> bool {
    !matches!(byte, b'!'..=b'~') || matches!(byte, b'"' | b'\\')
}

/// What can be stepped over of a string.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Quiet {
    pub(super) length: usize,
    /// The closing quote follows.
    pub(super) closed: bool,
}

impl Quiet {
    pub(super) const NOTHING: Self = Self { length: 0, closed: false };
}

/// Of the inside of a string: `run` characters in a row may be where a form is, if `may_hold` says so of all of them;
/// and so may an escape for one. The text begins behind something that no form has, or at a backslash that follows on
/// none; so does what is left.
pub(super) fn quiet(text: &[u8], run: u32, may_hold: impl Fn(&[u8]) -> bool) -> Quiet {
    let mut reading = Reading { text, run, may_hold, at: 0, seen: 0, clean: 0, slash: 0 };
    let (blocks, rest) = text.as_chunks::<BLOCK>();
    for block in blocks {
        if let Some(stop) = reading.block(block) {
            return stop;
        }
    }
    let mut last = [b' '; BLOCK];
    last.iter_mut().zip(rest).for_each(|(slot, byte)| *slot = *byte);
    reading.block(&last).unwrap_or_else(|| Quiet { length: unfinished(text), closed: false })
}

/// How much is to be read closely from here on, and whether [`quiet`] may look at what follows.
pub(super) fn close(text: &[u8]) -> (usize, bool) {
    let mut at = CLOSE;
    while let Some(found) = text.get(at..).and_then(|rest| rest.iter().position(|byte| breaks(*byte))) {
        at += found;
        match (text.get(at - 1), text.get(at)) {
            (Some(b'\\'), _) => at += 1,
            (_, Some(b'\\')) => return (at, true),
            (_, Some(b'"')) => return (at + 1, false),
            _ => return (at + 1, true),
        }
    }
    (text.len(), false)
}

struct Reading<'a, F> {
    text: &'a [u8],
    run: u32,
    may_hold: F,
    at: usize,
    /// Rows that begin before were looked at.
    seen: usize,
    /// Of the block before: what a form may have, and whether its last byte is a backslash.
    clean: u64,
    slash: u64,
}

impl<F: Fn(&[u8]) -> bool> Reading<'_, F> {
    fn block(&mut self, block: &[u8; BLOCK]) -> Option<Quiet> {
        let masks = Masks::of(block);
        let behind_slash = masks.slashes << 1 | self.slash;
        let mut runs = u128::from(!masks.breaks) << BLOCK | u128::from(self.clean);
        let mut length = 1;
        while length < self.run {
            runs &= runs >> length;
            length *= 2;
        }
        let mut odd = behind_slash & !masks.slashes;
        if odd != 0 {
            odd &= !simple(block);
        }
        let plain_slashes = masks.slashes & behind_slash == 0 && self.slash == 0;
        let closing = masks.quotes & if plain_slashes { !behind_slash } else { u64::MAX };
        if (closing | odd) != 0 || runs != 0 {
            let quote = bits(closing).find(|bit| plain_slashes || !self.is_escaped(self.at + bit)).unwrap_or(BLOCK);
            let escape = bits(odd).map(|bit| self.at + bit).find(|at| self.says_something(*at));
            let escape = escape.map(|at| at - slashes_before(self.text, at));
            let end = escape.unwrap_or(usize::MAX).min(self.at + quote);
            let row = self.row(runs, end);
            if let Some(at) = row.or(escape.filter(|at| *at < self.at + quote)) {
                return Some(Quiet { length: unit_before(self.text, at), closed: false });
            }
            if quote < BLOCK {
                return Some(Quiet { length: self.at + quote, closed: true });
            }
        }
        self.at += BLOCK;
        (self.clean, self.slash) = (!masks.breaks, masks.slashes >> (BLOCK - 1));
        None
    }

    /// The first row before `end` that may hold something, or that may go on behind the text.
    fn row(&mut self, mut starts: u128, end: usize) -> Option<usize> {
        while starts != 0 {
            let start = (self.at + starts.trailing_zeros() as usize).saturating_sub(BLOCK);
            if start >= end {
                return None;
            }
            starts &= starts - 1;
            if start < self.seen {
                continue;
            }
            let rest = self.text.get(start..).unwrap_or_default();
            match rest.iter().position(|byte| breaks(*byte)) {
                Some(length) if !(self.may_hold)(rest.get(..length).unwrap_or_default()) => self.seen = start + length,
                _ => return Some(start),
            }
        }
        None
    }

    /// Whether the backslashes before this escape it.
    fn is_escaped(&self, at: usize) -> bool {
        slashes_before(self.text, at) % 2 == 1
    }

    /// Whether what a backslash stands before may say what a form has. A code that is not all there says nothing yet:
    /// it is left for later with all that has begun.
    fn says_something(&self, at: usize) -> bool {
        let Some((first, rest)) = self.text.get(at..).and_then(|text| text.split_first()) else { return false };
        let digits = rest.get(..DIGITS.min(rest.len())).unwrap_or_default();
        if *first != b'u' || !digits.iter().all(u8::is_ascii_hexdigit) {
            return true;
        }
        digits.len() == DIGITS && matches!(digits, [b'0', b'0', b'0'..=b'7', _])
    }
}

/// Where the last thing before this begins that no form has: with all backslashes before it, so that whoever reads on
/// from there reads the same.
fn unit_before(text: &[u8], at: usize) -> usize {
    let before = text.get(..at).unwrap_or_default();
    let Some(last) = before.iter().rposition(|byte| breaks(*byte)) else { return 0 };
    last - slashes_before(text, last)
}

/// Where that begins which may go on behind the text.
fn unfinished(text: &[u8]) -> usize {
    let last = unit_before(text, text.len());
    let tail = text.get(last..).unwrap_or_default();
    // It may be an escape that is not all there, and then what is before it goes on.
    if tail.first() == Some(&b'\\') { unit_before(text, last) } else { last }
}

fn slashes_before(text: &[u8], at: usize) -> usize {
    let before = text.get(..at).unwrap_or_default();
    before.iter().rev().take_while(|byte| **byte == b'\\').count()
}

fn bits(mut mask: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let bit = mask.trailing_zeros();
        mask &= mask.wrapping_sub(1);
        (bit < u64::BITS).then_some(bit as usize)
    })
}

/// What stands where in a block, one bit a byte.
struct Masks {
    breaks: u64,
    quotes: u64,
    slashes: u64,
}

impl Masks {
    #[inline(always)]
    fn of(block: &[u8; BLOCK]) -> Self {
        let (quote, slash) = (u8x16::splat(b'"'), u8x16::splat(b'\\'));
        let (low, high) = (u8x16::splat(b' '), u8x16::splat(0x7f));
        let mut masks = Self { breaks: 0, quotes: 0, slashes: 0 };
        each(block, |part, at| {
            let (quotes, slashes) = (part.simd_eq(quote), part.simd_eq(slash));
            let breaks = part.min(low).simd_eq(part) | part.max(high).simd_eq(part) | quotes | slashes;
            masks.breaks |= u64::from(breaks.to_bitmask()) << at;
            masks.quotes |= u64::from(quotes.to_bitmask()) << at;
            masks.slashes |= u64::from(slashes.to_bitmask()) << at;
        });
        masks
    }
}

/// What says, behind a backslash, something that no form has.
#[inline(always)]
fn simple(block: &[u8; BLOCK]) -> u64 {
    let letters = [b'"', b'n', b't', b'r', b'b', b'f'].map(u8x16::splat);
    let mut mask = 0;
    each(block, |part, at| {
        let hits = letters.iter().fold(u8x16::splat(0), |hits, letter| hits | part.simd_eq(*letter));
        mask |= u64::from(hits.to_bitmask()) << at;
    });
    mask
}

#[inline(always)]
fn each(block: &[u8; BLOCK], mut look: impl FnMut(u8x16, usize)) {
    let (parts, _) = block.as_chunks::<16>();
    for (number, part) in parts.iter().enumerate() {
        look(u8x16::new(*part), 16 * number);
    }
}

#[cfg(test)]
mod tests;
