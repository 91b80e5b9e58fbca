//! What tests seal with: bytes that are counted out instead of random, one place, one key.

use peta_model::{InstallId, TenantId};

use crate::{
    Key, Kind, NoRandom, Place, Random,
    keys::{Kek, KekId, Wrap, reserve},
};

/// Gives 1, 2, 3 … around and around: different nonces, the same in every run.
#[derive(Default)]
pub(crate) struct Counting(pub(crate) u64);

impl Random for Counting {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), NoRandom> {
        for byte in out {
            self.0 += 1;
            *byte = (self.0 % 251) as u8;
        }
        Ok(())
    }
}

/// Gives nothing.
pub(crate) struct Empty;

impl Random for Empty {
    fn fill(&mut self, _: &mut [u8]) -> Result<(), NoRandom> {
        Err(NoRandom)
    }
}

pub(crate) const INSTALL: InstallId = InstallId::from_bytes([0x11; 16]);
pub(crate) const TENANT: TenantId = TenantId::from_bytes([0x22; 16]);
pub(crate) const PLACE: Place =
    Place { install: INSTALL, tenant: TENANT, kind: Kind::Credential, object: [0x33; 16], version: 7 };

pub(crate) fn key(byte: u8) -> Key {
    Key::fill(|bytes| {
        bytes.fill(byte);
        Ok::<(), ()>(())
    })
    .ok()
    .unwrap()
}

pub(crate) fn kek(byte: u8) -> Kek {
    Kek { id: KekId::from_bytes([byte; 16]), tenant: TENANT, purpose: PLACE.kind.purpose(), key: key(byte) }
}

pub(crate) fn wrap(kek: &Kek) -> Wrap {
    reserve(kek.id, 0).unwrap().1.take().unwrap()
}
