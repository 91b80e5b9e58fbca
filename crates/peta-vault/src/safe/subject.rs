//! Keys of persons' parts of the record: made, and opened, while the vault is.

use peta_model::{SubjectId, TenantId};

use super::Safe;
use crate::{
    envelope::{OpenError, SealError},
    key::Key,
    place::{Kind, Place},
    subject::SubjectKey,
};

/// The one field of its envelope, and the one version that there ever is.
const KEY: &str = "key";
const VERSION: u64 = 1;

impl Safe {
    /// A new key, and the envelope that it is kept in.
    pub fn new_subject(&self, tenant: TenantId, id: SubjectId) -> Result<(Vec<u8>, SubjectKey), SealError> {
        let key = Key::random(&mut **self.random())?;
        let place = self.subject(tenant, id);
        let ring = self.ring();
        let sealed = key.with(|bytes| ring.seal(&place, &[(KEY, bytes)], &mut **self.random()))?;
        Ok((sealed, SubjectKey::new(id, &key).map_err(|_| SealError::Cipher)?))
    }

    pub fn open_subject(&self, sealed: &[u8], tenant: TenantId, id: SubjectId) -> Result<SubjectKey, OpenError> {
        let ring = self.ring();
        let opened = ring.open(sealed, &self.subject(tenant, id))?;
        let key = Key::fill(|bytes| match opened.open_into(KEY, bytes)? {
            32 => Ok(()),
            _ => Err(OpenError::Field),
        })?;
        SubjectKey::new(id, &key).map_err(|_| OpenError::Field)
    }

    /// Wraps it under the current key. True if it was not already.
    pub fn rewrap_subject(&self, sealed: &mut [u8], tenant: TenantId, id: SubjectId) -> Result<bool, SealError> {
        self.rewrap(sealed, (tenant, Kind::SubjectKey, *id.as_bytes(), VERSION))
    }

    fn subject(&self, tenant: TenantId, id: SubjectId) -> Place {
        self.place(tenant, Kind::SubjectKey, *id.as_bytes(), VERSION)
    }
}
