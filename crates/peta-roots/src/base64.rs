//! Base64 (RFC 4648), strict: one spelling for each text of bytes. What may be a key is written into memory that is wiped,
//! and nowhere else on its way: the library's ways to make a `String` or a `Vec` go by a buffer of their own.

use ::base64::{
    Engine as _, decoded_len_estimate, encoded_len,
    engine::general_purpose::{GeneralPurpose, STANDARD, URL_SAFE_NO_PAD},
};
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
    const fn engine(self) -> &'static GeneralPurpose {
        match self {
            Self::Standard => &STANDARD,
            Self::Url => &URL_SAFE_NO_PAD,
        }
    }
}

/// It has room from the start, so that no copy is left behind by growing.
pub(crate) fn encode(bytes: &[u8], alphabet: Alphabet) -> Zeroizing<String> {
    let room = encoded_len(bytes.len(), alphabet == Alphabet::Standard).unwrap_or(0);
    let mut letters = Zeroizing::new(vec![0; room]);
    // The room is what it says that it needs, so it does not fail.
    let written = alphabet.engine().encode_slice(bytes, &mut letters).unwrap_or(0);
    letters.truncate(written);
    Zeroizing::new(String::from_utf8(std::mem::take(&mut *letters)).unwrap_or_default())
}

pub(crate) fn decode(text: &str, alphabet: Alphabet) -> Option<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(vec![0; decoded_len_estimate(text.len())]);
    let written = alphabet.engine().decode_slice(text, &mut bytes).ok()?;
    bytes.truncate(written);
    Some(bytes)
}

#[cfg(test)]
mod tests;
