//! Lending: what is sealed is opened straight into locked memory, for whoever it was bound to.

use std::time::Duration;

use peta_arena::Lease;
use peta_model::TenantId;

use super::{BOUND, LEASE, NotLent, SECRET, Safe, Shape};
use crate::{
    envelope::{Envelope, OpenError, Opened},
    place::Kind,
};

impl Safe {
    /// Lends a secret, in the shape in which it is sent, to whoever it was bound to.
    pub fn lend(
        &self,
        envelope: &[u8],
        (tenant, object, version): (TenantId, [u8; 16], u64),
        bound: &[u8],
        shape: &Shape,
    ) -> Result<Lease, NotLent> {
        let ring = self.ring();
        let place = self.place(tenant, Kind::Credential, object, version);
        let opened = ring.open(envelope, &place)?;
        if **opened.open(BOUND)? != *bound {
            return Err(NotLent::Unbound);
        }
        self.lend_field(&opened, SECRET, shape)
    }

    /// Lends a field of what was opened.
    pub(super) fn lend_field(&self, opened: &Opened<'_>, field: &str, shape: &Shape) -> Result<Lease, NotLent> {
        let length = opened.length(field).ok_or(OpenError::NoField)?;
        let deadline = self.now() + LEASE;
        if *shape == Shape::Plain {
            return Ok(self.0.leases.lend(length, deadline, |out| opened.open_into(field, out))?);
        }
        // What it is made of lies in the arena, too, and only until it is made.
        let plain = self.0.arena.fill(length, |out| opened.open_into(field, out))?;
        let length = plain.with(|plain| shape.length(plain));
        Ok(self
            .0
            .leases
            .lend(length, deadline, |out| Ok::<_, OpenError>(plain.with(|plain| shape.write(plain, out))))?)
    }

    /// Whether it could be lent now, to what it was bound to.
    pub fn check(
        &self,
        envelope: &[u8],
        (tenant, object, version): (TenantId, [u8; 16], u64),
        bound: &[u8],
    ) -> Result<(), NotLent> {
        let ring = self.ring();
        let opened = ring.open(envelope, &self.place(tenant, Kind::Credential, object, version))?;
        if **opened.open(BOUND)? != *bound {
            return Err(NotLent::Unbound);
        }
        // Opened once for nothing: that it is whole is only known then.
        let length = opened.length(SECRET).ok_or(OpenError::NoField)?;
        self.0.arena.fill(length, |out| opened.open_into(SECRET, out))?;
        Ok(())
    }

    /// Whether the key is at hand that an envelope needs which was opened before.
    pub fn has_key_of(&self, envelope: &[u8]) -> bool {
        Envelope::kek_of(envelope).is_some_and(|kek| self.ring().has(kek))
    }

    /// Lends bytes that somebody brought, so long: what a drill looks for.
    pub fn lend_plain(&self, bytes: &[u8], within: Duration) -> Result<Lease, NotLent> {
        let deadline = self.now() + within.min(LEASE);
        let copy = |out: &mut [u8]| {
            out.copy_from_slice(bytes);
            Ok::<_, OpenError>(bytes.len())
        };
        Ok(self.0.leases.lend(bytes.len(), deadline, copy)?)
    }

    /// Ends what is over. To be called each half second.
    pub fn sweep(&self) -> usize {
        self.0.leases.sweep(self.now())
    }

    /// How many loans are open.
    pub fn leases_open(&self) -> usize {
        self.0.leases.open()
    }
}
