//! The form of an envelope. It is read before any key is touched: lengths are held against what is there, and nothing is
//! taken into memory but where the fields stand.

use std::ops::Range;

use crate::{
    gcm::{NONCE, TAG, WRAPPED},
    keys::KekId,
};

/// Bytes before the fields.
pub const HEAD: usize = 84;
/// The bytes that a re-wrapping writes: KEK, nonce, wrapped DEK.
pub const WRAP: Range<usize> = 8..HEAD;
/// Fields of one envelope.
pub const FIELDS: usize = 64;
/// Bytes of one envelope; a longer one is refused unread.
pub const LIMIT: usize = 64 << 20;

pub(super) const MAGIC: &[u8; 4] = b"PSV1";
pub(super) const AES_256_GCM: u8 = 1;

/// An envelope whose form is right. Whether it is genuine shows when it is opened.
#[derive(Clone)]
pub struct Envelope<'a> {
    kek: KekId,
    nonce: [u8; NONCE],
    wrapped: &'a [u8; WRAPPED],
    fields: Vec<Field<'a>>,
}

/// One field, as it stands there.
#[derive(Clone)]
pub(super) struct Field<'a> {
    pub(super) name: &'a str,
    /// The name's length, as it is written.
    pub(super) length: u8,
    pub(super) nonce: [u8; NONCE],
    /// Ciphertext and tag.
    pub(super) sealed: &'a [u8],
}

/// Why bytes are no envelope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EnvelopeError {
    #[error("it is longer than {LIMIT} bytes")]
    TooLong,
    #[error("it ends within its head")]
    NoHead,
    #[error("it does not begin with PSV1")]
    OtherForm,
    #[error("its algorithm {0} is not known")]
    Algorithm(u8),
    #[error("it says that it has {0} fields; 1 to {FIELDS} may be")]
    Count(u8),
    #[error("bytes that must be zero are not")]
    Reserved,
    #[error("it ends within field {0}")]
    Cut(usize),
    #[error("the name of field {0} is not made of 1 to 255 visible ASCII characters")]
    Name(usize),
    #[error("field {0} has the name of another")]
    Twin(usize),
    #[error("{0} bytes stand behind its last field")]
    Rest(usize),
}

impl<'a> Envelope<'a> {
    /// What [`Envelope::kek`] says of an envelope that was read before.
    pub fn kek_of(bytes: &[u8]) -> Option<KekId> {
        let head = bytes.strip_prefix(MAGIC)?.get(4..)?;
        head.first_chunk().copied().map(KekId::from_bytes)
    }

    /// Reads the form.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, EnvelopeError> {
        if bytes.len() > LIMIT {
            return Err(EnvelopeError::TooLong);
        }
        let mut rest = bytes;
        let magic: &[u8; 4] = take(&mut rest).ok_or(EnvelopeError::NoHead)?;
        let [algorithm, count, zeros @ ..]: &[u8; 4] = take(&mut rest).ok_or(EnvelopeError::NoHead)?;
        let kek: &[u8; 16] = take(&mut rest).ok_or(EnvelopeError::NoHead)?;
        let nonce = take(&mut rest).ok_or(EnvelopeError::NoHead)?;
        let wrapped = take(&mut rest).ok_or(EnvelopeError::NoHead)?;
        if magic != MAGIC {
            return Err(EnvelopeError::OtherForm);
        }
        if *algorithm != AES_256_GCM {
            return Err(EnvelopeError::Algorithm(*algorithm));
        }
        if !(1..=FIELDS).contains(&usize::from(*count)) {
            return Err(EnvelopeError::Count(*count));
        }
        if *zeros != [0, 0] {
            return Err(EnvelopeError::Reserved);
        }
        let mut fields: Vec<Field<'a>> = Vec::with_capacity(usize::from(*count));
        for index in 0..usize::from(*count) {
            let field = field(&mut rest).ok_or(EnvelopeError::Cut(index))?.ok_or(EnvelopeError::Name(index))?;
            if fields.iter().any(|other| other.name == field.name) {
                return Err(EnvelopeError::Twin(index));
            }
            fields.push(field);
        }
        if !rest.is_empty() {
            return Err(EnvelopeError::Rest(rest.len()));
        }
        Ok(Self { kek: KekId::from_bytes(*kek), nonce: *nonce, wrapped, fields })
    }

    /// The key that its DEK is wrapped under.
    pub const fn kek(&self) -> KekId {
        self.kek
    }

    /// The fields' names and the lengths of what is sealed in them, in order. They are no secrets.
    pub fn fields(&self) -> impl Iterator<Item = (&'a str, usize)> {
        self.fields.iter().map(|field| (field.name, field.sealed.len() - TAG))
    }

    pub(super) const fn wrapped(&self) -> (&[u8; NONCE], &'a [u8; WRAPPED]) {
        (&self.nonce, self.wrapped)
    }

    /// A field, and which of how many it is.
    pub(super) fn field(&self, name: &str) -> Option<(u8, u8, &Field<'a>)> {
        let count = u8::try_from(self.fields.len()).ok()?;
        let index = self.fields.iter().position(|field| field.name == name)?;
        Some((u8::try_from(index).ok()?, count, self.fields.get(index)?))
    }
}

/// A field: none if the bytes end within it; an inner none if its name is not acceptable.
fn field<'a>(rest: &mut &'a [u8]) -> Option<Option<Field<'a>>> {
    let [length]: &[u8; 1] = take(rest)?;
    let name = take_some(rest, usize::from(*length))?;
    let nonce: &[u8; NONCE] = take(rest)?;
    let text = usize::try_from(u32::from_be_bytes(*take(rest)?)).ok()?;
    let sealed = take_some(rest, text.checked_add(TAG)?)?;
    let name = std::str::from_utf8(name).ok().filter(|name| is_name(name));
    Some(name.map(|name| Field { name, length: *length, nonce: *nonce, sealed }))
}

/// Visible ASCII: names are shown, and two that look alike must be the same.
pub(super) fn is_name(name: &str) -> bool {
    (1..=255).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_graphic())
}

fn take<'a, const COUNT: usize>(rest: &mut &'a [u8]) -> Option<&'a [u8; COUNT]> {
    let (taken, after) = rest.split_first_chunk()?;
    *rest = after;
    Some(taken)
}

fn take_some<'a>(rest: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    let (taken, after) = rest.split_at_checked(count)?;
    *rest = after;
    Some(taken)
}

#[cfg(test)]
mod tests;
