//! The end of a string full of escapes, found 64 bytes at a time: which bytes are quotes, which are escaped and which
//! are control characters are three masks, so that the work is the same whatever the text says.

/// Bytes of a block; one bit each in a mask.
pub(super) const SIZE: usize = 64;

/// What blocks of a string hold.
pub(super) enum Found {
    /// The closing quote; so many bytes up to and with it.
    End(usize),
    /// No end in so many bytes; what follows them begins outside an escape.
    Nothing(usize),
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
    // A block may end with half an escape: its other half belongs to it.
    Found::Nothing(at + usize::from(escaped_first == 1))
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
    /// Eight bytes at a time: compilers do not turn a loop over bytes that collects bits into vector instructions.
    fn of(block: &[u8; SIZE]) -> Self {
        let mut masks = Self { quotes: 0, slashes: 0, controls: 0 };
        let (words, _) = block.as_chunks::<8>();
        for (number, word) in words.iter().enumerate() {
            let (word, at) = (u64::from_le_bytes(*word), 8 * number);
            masks.quotes |= gather(zeros(word ^ (ONES * u64::from(b'"')))) << at;
            masks.slashes |= gather(zeros(word ^ (ONES * u64::from(b'\\')))) << at;
            // Below 0x20 are the bytes whose three highest bits are not set.
            masks.controls |= gather(zeros(word & (ONES * 0xe0))) << at;
        }
        masks
    }
}

const ONES: u64 = 0x0101_0101_0101_0101;
const LOW: u64 = 0x7f7f_7f7f_7f7f_7f7f;

/// The high bit of each byte that is zero, and no other.
const fn zeros(word: u64) -> u64 {
    !(((word & LOW) + LOW) | word | LOW)
}

/// The high bits of eight bytes, side by side.
const fn gather(high: u64) -> u64 {
    (high >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56
}

#[cfg(test)]
mod tests;
