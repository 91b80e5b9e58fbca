//! The end of a string full of escapes, found 64 bytes at a time: which bytes are quotes, which are escaped and which
//! are control characters are three masks, so that the work is the same whatever the text says.

use wide::u8x16;

/// Bytes of a block; one bit each in a mask.
pub(super) const SIZE: usize = 64;

/// What blocks of a string hold.
pub(super) enum Found {
    /// The closing quote; so many bytes up to and with it.
    End(usize),
    /// No end in so many bytes; whether what follows them belongs to an escape.
    Nothing(usize, bool),
    /// A control character, which no string may hold.
    Control,
}

/// Looks for the end of a string in the whole blocks of its inside, which must begin outside an escape.
pub(super) fn string_end(inside: &[u8]) -> Found {
    let (blocks, _) = inside.as_chunks::<SIZE>();
    let (mut at, mut escaped_first) = (0, 0);
    for block in blocks {
        let Masks { quotes, slashes, controls } = Masks::of(block);
        let (escaped, next) = escaped(slashes, escaped_first);
        let stops = (quotes & !escaped) | controls;
        if stops != 0 {
            let first = stops.trailing_zeros();
            let control = controls >> first & 1 == 1;
            return if control { Found::Control } else { Found::End(at + first as usize + 1) };
        }
        at += SIZE;
        escaped_first = next;
    }
    Found::Nothing(at, escaped_first == 1)
}

/// Which bytes are escaped by a backslash before them, and whether the next block's first byte is. A run of
/// backslashes escapes what follows it if its length is odd; an addition carries along each run (Langdale and Lemire,
/// Parsing Gigabytes of JSON per Second, 2019, section 3.1.1).
fn escaped(slashes: u64, first: u64) -> (u64, u64) {
    const EVEN: u64 = 0x5555_5555_5555_5555;
    let slashes = slashes & !first;
    let follow = slashes << 1 | first;
    let odd_starts = slashes & !EVEN & !follow;
    let (even_runs, carried) = odd_starts.overflowing_add(slashes);
    ((EVEN ^ (even_runs << 1)) & follow, u64::from(carried))
}

/// What stands where in a block, one bit a byte.
struct Masks {
    quotes: u64,
    slashes: u64,
    controls: u64,
}

impl Masks {
    fn of(block: &[u8; SIZE]) -> Self {
        let (quote, slash, last_control) = (u8x16::splat(b'"'), u8x16::splat(b'\\'), u8x16::splat(0x1f));
        let mut masks = Self { quotes: 0, slashes: 0, controls: 0 };
        let (parts, _) = block.as_chunks::<16>();
        let mut least = u8x16::splat(u8::MAX);
        for (number, part) in parts.iter().enumerate() {
            let (part, at) = (u8x16::new(*part), 16 * number);
            let bits = |hits: u8x16| u64::from(hits.to_bitmask()) << at;
            masks.quotes |= bits(part.simd_eq(quote));
            masks.slashes |= bits(part.simd_eq(slash));
            least = least.min(part);
        }
        // Control characters are rare: where they stand is looked for only if there are any.
        if least.min(last_control).simd_eq(least).any() {
            for (number, part) in parts.iter().enumerate() {
                let part = u8x16::new(*part);
                masks.controls |= u64::from(part.min(last_control).simd_eq(part).to_bitmask()) << (16 * number);
            }
        }
        masks
    }
}

#[cfg(test)]
mod tests;
