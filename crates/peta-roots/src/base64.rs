//! Base64 (RFC 4648), strict: one spelling for each text of bytes. What may be a key is decoded into memory that is wiped.

use zeroize::Zeroizing;

/// Which characters, and whether the end is filled with `=`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Alphabet {
    /// `+`, `/`, filled.
    Standard,
    /// `-`, `_`, not filled.
    Url,
}

impl Alphabet {
    const fn last(self) -> [u8; 2] {
        match self {
            Self::Standard => *b"+/",
            Self::Url => *b"-_",
        }
    }

    fn letter(self, value: u8) -> char {
        let [plus, slash] = self.last();
        char::from(match value & 63 {
            v @ 0..=25 => b'A' + v,
            v @ 26..=51 => b'a' + (v - 26),
            v @ 52..=61 => b'0' + (v - 52),
            62 => plus,
            _ => slash,
        })
    }

    fn value(self, letter: u8) -> Option<u8> {
        let [plus, slash] = self.last();
        match letter {
            b'A'..=b'Z' => Some(letter - b'A'),
            b'a'..=b'z' => Some(letter - b'a' + 26),
            b'0'..=b'9' => Some(letter - b'0' + 52),
            _ if letter == plus => Some(62),
            _ if letter == slash => Some(63),
            _ => None,
        }
    }
}

/// It has room from the start, so that no copy is left behind by growing.
pub(crate) fn encode(bytes: &[u8], alphabet: Alphabet) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::with_capacity(bytes.len().div_ceil(3) * 4));
    for chunk in bytes.chunks(3) {
        let mut three = [0; 3];
        three.iter_mut().zip(chunk).for_each(|(to, from)| *to = *from);
        let [a, b, c] = three;
        let letters = [a >> 2, (a << 4) | (b >> 4), (b << 2) | (c >> 6), c];
        letters.iter().take(chunk.len() + 1).for_each(|value| text.push(alphabet.letter(*value)));
        if alphabet == Alphabet::Standard {
            (chunk.len()..3).for_each(|_| text.push('='));
        }
    }
    text
}

pub(crate) fn decode(text: &str, alphabet: Alphabet) -> Option<Zeroizing<Vec<u8>>> {
    let letters = match alphabet {
        Alphabet::Url => text,
        Alphabet::Standard if !text.len().is_multiple_of(4) => return None,
        Alphabet::Standard => text.strip_suffix("==").or_else(|| text.strip_suffix('=')).unwrap_or(text),
    };
    let filled = text.len() - letters.len();
    if alphabet == Alphabet::Standard && !(letters.len() + filled).is_multiple_of(4) {
        return None;
    }
    let mut bytes = Zeroizing::new(Vec::with_capacity(letters.len() / 4 * 3 + 3));
    for chunk in letters.as_bytes().chunks(4) {
        let mut four = [0; 4];
        for (to, from) in four.iter_mut().zip(chunk) {
            *to = alphabet.value(*from)?;
        }
        let [a, b, c, d] = four;
        let three = [(a << 2) | (b >> 4), (b << 4) | (c >> 2), (c << 6) | d];
        // One letter holds no byte.
        let count = chunk.len().checked_sub(1).filter(|count| *count > 0)?;
        let (whole, rest) = three.split_at_checked(count)?;
        if rest.first().is_some_and(|bits| *bits != 0) {
            return None;
        }
        bytes.extend_from_slice(whole);
    }
    Some(bytes)
}

#[cfg(test)]
mod tests;
