//! What lies sealed beside a secret, and things of other kinds. What is not lent is opened into memory that is wiped, for
//! whoever renews what was granted.

use peta_arena::Lease;
use peta_model::TenantId;
use zeroize::Zeroizing;

use super::{BOUND, NotLent, SECRET, Safe, Shape};
use crate::{
    envelope::{OpenError, SealError},
    place::Kind,
};

const BYTES: &str = "bytes";

impl Safe {
    /// What was sealed beside a secret. It never is the secret itself: that is lent.
    pub fn beside(
        &self,
        envelope: &[u8],
        (tenant, object, version): (TenantId, [u8; 16], u64),
        (bound, name): (&[u8], &str),
    ) -> Result<Zeroizing<Vec<u8>>, NotLent> {
        let ring = self.ring();
        let opened = ring.open(envelope, &self.place(tenant, Kind::Credential, object, version))?;
        if **opened.open(BOUND)? != *bound {
            return Err(NotLent::Unbound);
        }
        if name == SECRET { Err(OpenError::NoField.into()) } else { Ok(opened.open(name)?) }
    }

    /// Seals bytes of another kind.
    pub fn seal_bytes(
        &self,
        (tenant, kind, object, version): (TenantId, Kind, [u8; 16], u64),
        bytes: &[u8],
    ) -> Result<Vec<u8>, SealError> {
        let place = self.place(tenant, kind, object, version);
        self.ring().seal(&place, &[(BYTES, bytes)], &mut **self.random())
    }

    pub fn open_bytes(
        &self,
        sealed: &[u8],
        (tenant, kind, object, version): (TenantId, Kind, [u8; 16], u64),
    ) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        let ring = self.ring();
        ring.open(sealed, &self.place(tenant, kind, object, version))?.open(BYTES)
    }

    /// Lends what was sealed as bytes of another kind, in the shape in which it is sent.
    pub fn lend_bytes(
        &self,
        sealed: &[u8],
        (tenant, kind, object, version): (TenantId, Kind, [u8; 16], u64),
        shape: &Shape,
    ) -> Result<Lease, NotLent> {
        let ring = self.ring();
        self.lend_field(&ring.open(sealed, &self.place(tenant, kind, object, version))?, BYTES, shape)
    }
}
