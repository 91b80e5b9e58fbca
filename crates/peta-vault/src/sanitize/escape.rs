//! One escape of JSON, read from bytes that may break off anywhere. What is no escape says what lenient readers take it
//! for, since what an agent's reader sees is what must be searched.

use zeroize::Zeroizing;

/// The longest escape: two halves of one character.
pub(super) const LONGEST: usize = 12;

/// What bytes that begin with a backslash say.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Unit {
    /// More must come before it can be told.
    More,
    /// So many bytes of text say this.
    Says { taken: usize, said: Said },
}

/// At most four bytes.
#[derive(Debug, PartialEq, Eq, Clone, Copy)]
pub(super) struct Said {
    bytes: [u8; 4],
    length: usize,
}

impl Said {
    pub(super) fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }

    fn byte(byte: u8) -> Self {
        Self { bytes: [byte, 0, 0, 0], length: 1 }
    }

    fn character(c: char) -> Self {
        let mut bytes = [0; 4];
        let length = c.encode_utf8(&mut bytes).len();
        Self { bytes, length }
    }

    /// Half a character, as three bytes that are no character: no form has them.
    fn half(code: u32) -> Self {
        let low = |shift: u32| u8::try_from(code >> shift & 0x3f).unwrap_or(0) | 0x80;
        Self { bytes: [0xed, low(6), low(0), 0], length: 3 }
    }
}

/// Reads the escape at the start of the text; its first byte is a backslash.
pub(super) fn read(text: &[u8]) -> Unit {
    let Some(second) = text.get(1).copied() else { return Unit::More };
    let said = match second {
        b'b' => 8,
        b'f' => 12,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'u' => return code(text),
        other => other,
    };
    Unit::Says { taken: 2, said: Said::byte(said) }
}

/// What the rest of a text says that breaks off inside an escape.
pub(super) fn broken_off(text: &[u8]) -> Option<(usize, Said)> {
    match four_hex(text) {
        Hex::Is(code) => Some((6, Said::half(code))),
        _ if text.len() > 1 => Some((2, Said::byte(b'u'))),
        _ => None,
    }
}

/// What the inside of a string says.
pub(super) fn said(raw: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut out = Vec::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = memchr::memchr(b'\\', rest) {
        let (plain, escape) = rest.split_at(at);
        out.extend_from_slice(plain);
        let (taken, said) = match read(escape) {
            Unit::Says { taken, said } => (taken, said),
            Unit::More => broken_off(escape).unwrap_or((escape.len(), Said::byte(b'\\'))),
        };
        out.extend_from_slice(said.bytes());
        rest = escape.get(taken..).unwrap_or_default();
    }
    out.extend_from_slice(rest);
    Zeroizing::new(out)
}

fn code(text: &[u8]) -> Unit {
    let first = match four_hex(text) {
        Hex::Is(code) => code,
        Hex::Breaks => return Unit::More,
        Hex::Not => return Unit::Says { taken: 2, said: Said::byte(b'u') },
    };
    if let Some(c) = char::from_u32(first) {
        return Unit::Says { taken: 6, said: Said::character(c) };
    }
    let half = Unit::Says { taken: 6, said: Said::half(first) };
    if first >= 0xdc00 {
        return half;
    }
    let rest = text.get(6..).unwrap_or_default();
    match (rest.first(), rest.get(1)) {
        (None, _) | (Some(b'\\'), None) => return Unit::More,
        (Some(b'\\'), Some(b'u')) => {}
        _ => return half,
    }
    match four_hex(rest) {
        Hex::Breaks => Unit::More,
        Hex::Is(second @ 0xdc00..0xe000) => {
            let c = char::from_u32(0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00));
            c.map_or(half, |c| Unit::Says { taken: 12, said: Said::character(c) })
        }
        Hex::Is(_) | Hex::Not => half,
    }
}

enum Hex {
    Is(u32),
    Breaks,
    Not,
}

/// The four digits behind `\u`.
fn four_hex(text: &[u8]) -> Hex {
    let digits = text.get(2..text.len().min(6)).unwrap_or_default();
    if !digits.iter().all(u8::is_ascii_hexdigit) {
        return Hex::Not;
    }
    if digits.len() < 4 {
        return Hex::Breaks;
    }
    let digit = |byte: &u8| char::from(*byte).to_digit(16).unwrap_or(0);
    Hex::Is(digits.iter().fold(0, |code, byte| code << 4 | digit(byte)))
}

#[cfg(test)]
mod tests;
