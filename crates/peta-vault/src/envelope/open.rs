//! Opening: first the DEK, once, then whichever field is asked for, into where the caller wants it.

use zeroize::Zeroizing;

use super::{
    aad,
    form::{AES_256_GCM, Envelope, EnvelopeError},
};
use crate::{
    gcm::{Gcm, TAG},
    key::Key,
    keys::{Kek, KekId},
    place::Place,
};

/// An envelope whose DEK is unwrapped. It is dropped as soon as the fields are read; its key is wiped then.
pub struct Opened<'a> {
    envelope: Envelope<'a>,
    place: Place,
    cipher: Gcm,
}

/// Why nothing was opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    #[error("it is no envelope: {0}")]
    Form(#[from] EnvelopeError),
    #[error("the vault is locked")]
    Locked,
    #[error("the key {0} that it is sealed under is not here")]
    NoKey(KekId),
    #[error("the key {0} is of another tenant, purpose or installation")]
    OtherKey(KekId),
    #[error("it does not belong here, or its head is damaged")]
    Head,
    #[error("the field does not belong here, or is damaged")]
    Field,
    #[error("it has no such field")]
    NoField,
    #[error("there is too little room: the field has {0} bytes")]
    Room(usize),
}

impl<'a> Envelope<'a> {
    /// Unwraps the DEK with the KEK that the envelope names, for the place that it must belong to.
    pub fn open(self, kek: &Kek, place: &Place) -> Result<Opened<'a>, OpenError> {
        let dek = self.dek(kek, place)?;
        let cipher = Gcm::new(&dek).map_err(|_| OpenError::Head)?;
        Ok(Opened { envelope: self, place: *place, cipher })
    }

    pub(super) fn dek(&self, kek: &Kek, place: &Place) -> Result<Key, OpenError> {
        if kek.id != self.kek() {
            return Err(OpenError::NoKey(self.kek()));
        }
        if kek.tenant != place.tenant || kek.purpose != place.kind.purpose() {
            return Err(OpenError::OtherKey(kek.id));
        }
        let (nonce, wrapped) = self.wrapped();
        Gcm::new(&kek.key)
            .and_then(|cipher| cipher.unwrap(*nonce, &aad::wrap(place, self.kek()), wrapped))
            .map_err(|_| OpenError::Head)
    }
}

impl Opened<'_> {
    pub fn fields(&self) -> impl Iterator<Item = (&str, usize)> {
        self.envelope.fields()
    }

    /// How many bytes a field has.
    pub fn length(&self, name: &str) -> Option<usize> {
        self.envelope.field(name).map(|(_, _, field)| field.sealed.len() - TAG)
    }

    /// Opens a field into the beginning of `out`, and says how many bytes it has. What was refused leaves nothing there.
    pub fn open_into(&self, name: &str, out: &mut [u8]) -> Result<usize, OpenError> {
        let (index, count, field) = self.envelope.field(name).ok_or(OpenError::NoField)?;
        let length = field.sealed.len() - TAG;
        let out = out.get_mut(..length).ok_or(OpenError::Room(length))?;
        let aad = aad::field(&self.place, AES_256_GCM, (index, count), (field.length, field.name));
        self.cipher.open(field.nonce, &aad, field.sealed, out).map_err(|_| OpenError::Field)?;
        Ok(length)
    }

    /// Opens a field into memory of its own, which is wiped when it is dropped.
    pub fn open(&self, name: &str) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        let mut out = Zeroizing::new(vec![0; self.length(name).ok_or(OpenError::NoField)?]);
        self.open_into(name, &mut out)?;
        Ok(out)
    }
}
