//! The encodings that a secret is looked for in. What is written here is plaintext, so each buffer is made in its full
//! size and wiped: one that grows leaves copies behind.

use zeroize::Zeroizing;

use super::kind::FormKind;

pub(super) type Bytes = Zeroizing<Vec<u8>>;

#[derive(Clone, Copy)]
pub(super) enum Alphabet {
    Standard,
    Url,
}

impl Alphabet {
    pub(super) fn kind(self) -> FormKind {
        match self {
            Self::Standard => FormKind::Base64,
            Self::Url => FormKind::Base64Url,
        }
    }

    fn digit(self, value: u8) -> u8 {
        match (value & 63, self) {
            (value @ 0..26, _) => b'A' + value,
            (value @ 26..52, _) => b'a' + value - 26,
            (value @ 52..62, _) => b'0' + value - 52,
            (62, Self::Standard) => b'+',
            (62, Self::Url) => b'-',
            (_, Self::Standard) => b'/',
            (_, Self::Url) => b'_',
        }
    }
}

#[derive(Clone, Copy)]
pub(super) enum Case {
    Lower,
    Upper,
}

impl Case {
    pub(super) const ALL: [Self; 2] = [Self::Lower, Self::Upper];

    fn digits(self, byte: u8) -> [u8; 2] {
        let digit = |value: u8| match (value, self) {
            (0..10, _) => b'0' + value,
            (_, Self::Lower) => b'a' + value - 10,
            (_, Self::Upper) => b'A' + value - 10,
        };
        [digit(byte >> 4), digit(byte & 15)]
    }
}

/// Which bytes percent encoding leaves as they are; writers differ.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Keeps {
    Nothing,
    /// RFC 3986's unreserved characters.
    Unreserved,
    /// What JavaScript's `encodeURIComponent` leaves.
    Component,
    /// HTML forms: letters, digits, `*-._`, and a space is a plus.
    Form,
}

impl Keeps {
    pub(super) const ALL: [Self; 4] = [Self::Nothing, Self::Unreserved, Self::Component, Self::Form];

    fn keeps(self, byte: u8) -> bool {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' => self != Self::Nothing,
            b'~' => matches!(self, Self::Unreserved | Self::Component),
            b'!' | b'\'' | b'(' | b')' => self == Self::Component,
            b'*' => matches!(self, Self::Component | Self::Form),
            _ => false,
        }
    }
}

/// Without what is half a character at its edges: no text of whole characters begins or ends inside of one.
pub(super) fn whole_characters(bytes: &[u8]) -> Bytes {
    let start = bytes.iter().take(3).take_while(|byte| **byte & 0xc0 == 0x80).count();
    let bytes = bytes.get(start..).unwrap_or_default();
    let tail = bytes.iter().rev().take(3).take_while(|byte| **byte & 0xc0 == 0x80).count();
    let lead = bytes.len().checked_sub(tail + 1).and_then(|at| bytes.get(at)).copied().unwrap_or(0);
    let needs = match lead {
        0xc0..0xe0 => 1,
        0xe0..0xf0 => 2,
        0xf0.. => 3,
        _ => 0,
    };
    let end = if needs > tail { bytes.len() - tail - 1 } else { bytes.len() };
    Zeroizing::new(bytes.get(..end).unwrap_or_default().to_vec())
}

pub(super) fn join(parts: &[&[u8]]) -> Bytes {
    let mut out = Vec::with_capacity(parts.iter().map(|part| part.len()).sum());
    parts.iter().for_each(|part| out.extend_from_slice(part));
    Zeroizing::new(out)
}

/// As JSON writes it inside a string, with the fewest escapes.
pub(super) fn json(bytes: &[u8]) -> Bytes {
    let bytes = whole_characters(bytes);
    let mut out = Vec::with_capacity(6 * bytes.len());
    for byte in bytes.iter().copied() {
        match byte {
            b'"' | b'\\' => out.extend([b'\\', byte]),
            b'\n' => out.extend(*b"\\n"),
            b'\r' => out.extend(*b"\\r"),
            b'\t' => out.extend(*b"\\t"),
            0..0x20 => {
                out.extend(*b"\\u00");
                out.extend(Case::Lower.digits(byte));
            }
            _ => out.push(byte),
        }
    }
    Zeroizing::new(out)
}

/// Of the secret alone, without the padding.
pub(super) fn base64(bytes: &[u8], alphabet: Alphabet) -> Bytes {
    digits(bytes, 0, alphabet, (8 * bytes.len()).div_ceil(6))
}

/// Of the secret with `before` bytes (0 to 2) before it and anything behind it: the characters that are its own.
pub(super) fn base64_inside(bytes: &[u8], before: usize, alphabet: Alphabet) -> Bytes {
    digits(bytes, before, alphabet, 8 * (before + bytes.len()) / 6)
}

/// The digits from the first that `before` unknown bytes have no part in up to `end`.
fn digits(bytes: &[u8], before: usize, alphabet: Alphabet, end: usize) -> Bytes {
    let first = (8 * before).div_ceil(6);
    let bit_at = |bit: usize| {
        let byte = (bit / 8).checked_sub(before).and_then(|at| bytes.get(at)).copied().unwrap_or(0);
        byte >> (7 - bit % 8) & 1
    };
    let mut out = Vec::with_capacity(end.saturating_sub(first));
    for digit in first..end {
        let value = (0..6).fold(0, |value, bit| value << 1 | bit_at(6 * digit + bit));
        out.push(alphabet.digit(value));
    }
    Zeroizing::new(out)
}

pub(super) fn hex(bytes: &[u8], case: Case) -> Bytes {
    let mut out = Vec::with_capacity(2 * bytes.len());
    bytes.iter().for_each(|byte| out.extend(case.digits(*byte)));
    Zeroizing::new(out)
}

pub(super) fn percent(bytes: &[u8], keeps: Keeps, case: Case) -> Bytes {
    let mut out = Vec::with_capacity(3 * bytes.len());
    for byte in bytes.iter().copied() {
        match byte {
            b' ' if keeps == Keeps::Form => out.push(b'+'),
            _ if keeps.keeps(byte) => out.push(byte),
            _ => {
                out.push(b'%');
                out.extend(case.digits(byte));
            }
        }
    }
    Zeroizing::new(out)
}
