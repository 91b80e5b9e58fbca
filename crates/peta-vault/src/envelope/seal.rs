//! Sealing: a fresh DEK for all fields at once; and re-wrapping that DEK under another KEK.

use super::{
    aad,
    form::{AES_256_GCM, Envelope, FIELDS, HEAD, LIMIT, MAGIC, WRAP, is_name},
    open::OpenError,
};
use crate::{
    gcm::{Gcm, NONCE, TAG},
    key::Key,
    keys::{Kek, KekId, Wrap},
    place::Place,
    random::{self, NoRandom, Random},
};

/// Why nothing was sealed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    #[error("1 to {FIELDS} fields can be sealed, not {0}")]
    Count(usize),
    #[error("the name of field {0} is not made of 1 to 255 visible ASCII characters")]
    Name(usize),
    #[error("field {0} has the name of another")]
    Twin(usize),
    #[error("the fields are longer than an envelope may be")]
    TooLong,
    #[error("the vault is locked")]
    Locked,
    #[error("there is no key to seal this under")]
    NoKey,
    #[error("the key {0} is of another tenant, purpose or installation")]
    OtherKey(KekId),
    #[error("no wraps of the key {0} are reserved")]
    NoWraps(KekId),
    #[error("the crypto library refused")]
    Cipher,
    #[error(transparent)]
    Random(#[from] NoRandom),
    #[error("what was to be wrapped anew does not open: {0}")]
    Open(#[from] OpenError),
}

/// Seals fields (name and value) for a place.
pub fn seal(
    (kek, wrap): (&Kek, Wrap),
    place: &Place,
    fields: &[(&str, &[u8])],
    random: &mut dyn Random,
) -> Result<Vec<u8>, SealError> {
    may_wrap(kek, wrap, place)?;
    let (count, length) = measure(fields)?;
    let dek = Key::random(random)?;
    let head = wrap_dek(kek, &dek, place, random)?;
    let cipher = Gcm::new(&dek).map_err(|_| SealError::Cipher)?;

    let mut out = Vec::with_capacity(length);
    out.extend_from_slice(MAGIC);
    out.extend_from_slice(&[AES_256_GCM, count, 0, 0]);
    out.extend_from_slice(&head);
    let mut used = Vec::with_capacity(fields.len());
    for (index, (name, value)) in (0..count).zip(fields) {
        let nonce: [u8; NONCE] = random::bytes(random)?;
        // By chance it does not happen: whoever gives the same bytes twice is no source of randomness.
        if used.contains(&nonce) {
            return Err(SealError::Random(NoRandom));
        }
        used.push(nonce);
        let length = u8::try_from(name.len()).map_err(|_| SealError::Name(usize::from(index)))?;
        let size = u32::try_from(value.len()).map_err(|_| SealError::TooLong)?;
        out.push(length);
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(&nonce);
        out.extend_from_slice(&size.to_be_bytes());
        let aad = aad::field(place, AES_256_GCM, (index, count), (length, name));
        cipher.seal(nonce, &aad, value, &mut out).map_err(|_| SealError::Cipher)?;
    }
    Ok(out)
}

/// Wraps the DEK of an envelope under another KEK. Bytes 8 to 83 are written, and none if anything is wrong. The fields
/// are not opened.
pub fn rewrap(
    envelope: &mut [u8],
    place: &Place,
    old: &Kek,
    (new, wrap): (&Kek, Wrap),
    random: &mut dyn Random,
) -> Result<(), SealError> {
    may_wrap(new, wrap, place)?;
    let dek = Envelope::parse(envelope).map_err(OpenError::Form)?.dek(old, place)?;
    let head = wrap_dek(new, &dek, place, random)?;
    let room = envelope.get_mut(WRAP).ok_or(SealError::Cipher)?;
    room.copy_from_slice(&head);
    Ok(())
}

/// Bytes 8 to 83: KEK, nonce, wrapped DEK.
fn wrap_dek(kek: &Kek, dek: &Key, place: &Place, random: &mut dyn Random) -> Result<[u8; HEAD - 8], SealError> {
    let nonce: [u8; NONCE] = random::bytes(random)?;
    let wrapped = Gcm::new(&kek.key)
        .and_then(|cipher| cipher.wrap(nonce, &aad::wrap(place, kek.id), dek))
        .map_err(|_| SealError::Cipher)?;
    let head = [kek.id.as_bytes().as_slice(), &nonce, &wrapped].concat();
    head.try_into().map_err(|_| SealError::Cipher)
}

fn may_wrap(kek: &Kek, wrap: Wrap, place: &Place) -> Result<(), SealError> {
    if kek.tenant != place.tenant || kek.purpose != place.kind.purpose() {
        return Err(SealError::OtherKey(kek.id));
    }
    if wrap.spend(kek.id) { Ok(()) } else { Err(SealError::NoWraps(kek.id)) }
}

/// How many fields, and how long the envelope will be, so that it is written without being moved.
fn measure(fields: &[(&str, &[u8])]) -> Result<(u8, usize), SealError> {
    if !(1..=FIELDS).contains(&fields.len()) {
        return Err(SealError::Count(fields.len()));
    }
    let count = u8::try_from(fields.len()).map_err(|_| SealError::Count(fields.len()))?;
    let mut length = HEAD;
    for (index, (name, value)) in fields.iter().enumerate() {
        if !is_name(name) {
            return Err(SealError::Name(index));
        }
        if fields.iter().take(index).any(|(other, _)| other == name) {
            return Err(SealError::Twin(index));
        }
        length = length.saturating_add(1 + name.len() + NONCE + 4 + TAG).saturating_add(value.len());
    }
    if length > LIMIT { Err(SealError::TooLong) } else { Ok((count, length)) }
}
