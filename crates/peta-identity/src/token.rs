//! Tokens: `peta_` KIND `_`, 43 base62 digits that hold 256 random bits, 6 base62 digits of checksum.
//!
//! A token is minted once and shown once; the store keeps the SHA-256 of its text. Recognising one does the same
//! small amount of work for every text, and says nothing about whether such a token was ever given out.

use aws_lc_rs::digest;
use peta_model::Code;

use crate::crc::crc32;

/// What opens which door. Each kind opens its own and no other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// An agent's service token, for the gateway.
    Service,
    /// An administrator's token, for the admin API.
    Admin,
}

/// SHA-256 of a token's whole text: what the store keeps and looks up by.
pub type TokenHash = [u8; 32];

/// A token in the clear. It cannot be printed, compared or copied by accident.
pub struct Token {
    text: String,
    kind: TokenKind,
}

/// What a text claims to be: well-formed, of that kind, to be looked up by that hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim {
    pub kind: TokenKind,
    pub hash: TokenHash,
}

/// Why a text cannot be a token. Outside it is all the same refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    #[error("the token is longer than {TOKEN_LIMIT} bytes")]
    TooLong,
    #[error("the text does not have the form of a token")]
    Form,
    #[error("the token's checksum is wrong: it was cut or mistyped")]
    Checksum,
}

/// A longer text is refused before anything looks at it.
pub const TOKEN_LIMIT: usize = 512;

const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const SECRET: usize = 43;
const CHECK: usize = 6;

/// Makes a token out of 32 random bytes.
pub fn mint(kind: TokenKind, random: [u8; 32]) -> Token {
    let mut text = String::with_capacity(kind.prefix().len() + SECRET + CHECK);
    text.push_str(kind.prefix());
    push(&mut text, &digits_of::<SECRET>(random));
    let check = check_digits(&text);
    push(&mut text, &check);
    Token { text, kind }
}

/// Reads a text that came in as a bearer token.
pub fn recognise(text: &str) -> Result<Claim, TokenError> {
    if text.len() > TOKEN_LIMIT {
        return Err(TokenError::TooLong);
    }
    let kind = TokenKind::ALL.into_iter().find(|kind| text.starts_with(kind.prefix())).ok_or(TokenError::Form)?;
    let digits = text.get(kind.prefix().len()..).ok_or(TokenError::Form)?;
    if digits.len() != SECRET + CHECK || !digits.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err(TokenError::Form);
    }
    let (body, check) = text.split_at(text.len() - CHECK);
    if check.as_bytes() != check_digits(body) {
        return Err(TokenError::Checksum);
    }
    Ok(Claim { kind, hash: sha256(text) })
}

impl TokenKind {
    /// All kinds there are.
    pub const ALL: [Self; 2] = [Self::Service, Self::Admin];

    /// How a token of this kind begins.
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Service => "peta_st_",
            Self::Admin => "peta_ac_",
        }
    }
}

impl Token {
    /// The text itself, to be shown once to whoever asked for it.
    pub fn reveal(&self) -> &str {
        &self.text
    }

    pub const fn kind(&self) -> TokenKind {
        self.kind
    }

    /// What the store keeps of it.
    pub fn hash(&self) -> TokenHash {
        sha256(&self.text)
    }
}

impl TokenError {
    /// The code of the refusal, one for all.
    pub const fn code(self) -> Code {
        Code::TOKEN_INVALID
    }
}

/// The checksum of a token's beginning, in base 62.
fn check_digits(body: &str) -> [u8; CHECK] {
    let mut number = crc32(body.as_bytes());
    let mut digits = [b'0'; CHECK];
    for slot in digits.iter_mut().rev() {
        // A remainder of 62 fits a byte.
        *slot = digit(u8::try_from(number % 62).unwrap_or(0));
        number /= 62;
    }
    digits
}

fn sha256(text: &str) -> TokenHash {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest::digest(&digest::SHA256, text.as_bytes()).as_ref());
    hash
}

fn push(to: &mut String, digits: &[u8]) {
    to.extend(digits.iter().copied().map(char::from));
}

/// A big-endian number in base 62, most significant digit first, padded with `0`.
fn digits_of<const COUNT: usize>(mut number: [u8; 32]) -> [u8; COUNT] {
    let mut digits = [b'0'; COUNT];
    digits.iter_mut().rev().for_each(|slot| *slot = digit(divide(&mut number)));
    digits
}

/// Divides the number by 62 in place and gives the remainder.
fn divide(number: &mut [u8; 32]) -> u8 {
    let mut rest = 0_u16;
    for byte in number.iter_mut() {
        let part = (rest << 8) | u16::from(*byte);
        // A part is below 62 * 256, so the quotient fits a byte.
        *byte = u8::try_from(part / 62).unwrap_or(u8::MAX);
        rest = part % 62;
    }
    u8::try_from(rest).unwrap_or(0)
}

fn digit(value: u8) -> u8 {
    DIGITS.get(usize::from(value)).copied().unwrap_or(b'0')
}

#[cfg(test)]
mod tests;
