//! Hexadecimal digits, lower case, as files and vectors have them.

use std::fmt::Write;

/// Appends two digits a byte; the text has room for them, so nothing is moved.
pub(crate) fn push(to: &mut String, bytes: &[u8]) {
    for byte in bytes {
        // Writing to a string cannot fail.
        let _ = write!(to, "{byte:02x}");
    }
}

/// Reads exactly as many bytes as there is room for; upper case is not read.
pub(crate) fn read(text: &str, out: &mut [u8]) -> Option<()> {
    let digits = text.as_bytes();
    if digits.len() != out.len().checked_mul(2)? {
        return None;
    }
    for (pair, byte) in digits.chunks_exact(2).zip(out) {
        let [high, low] = pair else { return None };
        *byte = digit(*high)? << 4 | digit(*low)?;
    }
    Some(())
}

pub(crate) fn array<const COUNT: usize>(text: &str) -> Option<[u8; COUNT]> {
    let mut out = [0; COUNT];
    read(text, &mut out)?;
    Some(out)
}

fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    }
}
