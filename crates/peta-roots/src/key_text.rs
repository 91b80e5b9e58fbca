//! A root as people write it into a variable or a mounted file: 32 random bytes, as 64 hexadecimal digits or as 44
//! characters of base64. What is shorter, longer or visibly not random is refused: a passphrase is no key.

use peta_vault::{KEY, Key};
use zeroize::Zeroizing;

use crate::base64::{self, Alphabet};

/// Why a text is no key. It says what is wrong with its form, never what stands there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyTextError {
    #[error("it is empty")]
    Empty,
    #[error(
        "it is neither 64 hexadecimal digits nor 44 characters of base64 (32 random bytes: `openssl rand -hex 32`)"
    )]
    Form,
    #[error("its bytes are not random: make it with `openssl rand -hex 32`")]
    Weak,
}

/// White space around the text is left out: files end with a line end.
pub(crate) fn read(text: &str) -> Result<Key, KeyTextError> {
    let text = text.trim_ascii();
    if text.is_empty() {
        return Err(KeyTextError::Empty);
    }
    let bytes = match text.len() {
        64 => hex(text),
        44 => base64::decode(text, Alphabet::Standard).filter(|bytes| bytes.len() == KEY),
        _ => None,
    };
    let bytes = bytes.ok_or(KeyTextError::Form)?;
    if is_weak(&bytes) {
        return Err(KeyTextError::Weak);
    }
    key(&bytes).ok_or(KeyTextError::Form)
}

/// A key of exactly these bytes.
pub(crate) fn key(bytes: &[u8]) -> Option<Key> {
    Key::fill(|to| {
        if bytes.len() != KEY {
            return Err(());
        }
        to.copy_from_slice(bytes);
        Ok(())
    })
    .ok()
}

fn hex(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let digit = |letter: u8| char::from(letter).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let mut bytes = Zeroizing::new(Vec::with_capacity(KEY));
    for pair in text.as_bytes().chunks_exact(2) {
        let [high, low] = pair else { return None };
        bytes.push(digit(*high)? << 4 | digit(*low)?);
    }
    Some(bytes)
}

/// Of 32 random bytes fewer than 16 are different once in 10^20 times; all are printable once in 10^13 times.
fn is_weak(bytes: &[u8]) -> bool {
    let different = (0..=u8::MAX).filter(|byte| bytes.contains(byte)).count();
    different < 16 || bytes.iter().all(|byte| (b' '..=b'~').contains(byte))
}

#[cfg(test)]
mod tests;
