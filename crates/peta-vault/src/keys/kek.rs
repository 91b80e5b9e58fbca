//! A key-encryption key (KEK): of one tenant, for one purpose.

use peta_model::{Id, TenantId};

use crate::key::Key;

/// Tag of `KekId`; never built.
pub enum OfKek {}

/// One key-encryption key; a new one has a new identifier.
pub type KekId = Id<OfKek>;

/// What a key is for. A key of one purpose does nothing for another. The numbers are in rows that were written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Purpose {
    /// Credentials.
    Vault = 1,
    /// The keys of persons' parts of the record.
    Payload = 2,
    /// Cursors and task ids that agents bring back.
    Handle = 3,
    /// Keyed digests: of repeated calls, of secrets that come back.
    Digest = 4,
    /// Keys that sign.
    Sign = 5,
    /// What wraps the keys that stand in no table: its rows are in the database, theirs in a file beside the root.
    Beside = 6,
}

/// A key in the clear, with its name.
pub struct Kek {
    pub id: KekId,
    pub tenant: TenantId,
    pub purpose: Purpose,
    pub key: Key,
}

impl Purpose {
    pub const ALL: [Self; 6] = [Self::Vault, Self::Payload, Self::Handle, Self::Digest, Self::Sign, Self::Beside];

    pub const fn number(self) -> u8 {
        self as u8
    }

    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|purpose| purpose.number() == number)
    }

    pub const fn name(self) -> &'static str {
        match self {
            Self::Vault => "vault",
            Self::Payload => "payload",
            Self::Handle => "handle",
            Self::Digest => "digest",
            Self::Sign => "sign",
            Self::Beside => "beside",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|purpose| purpose.name() == name)
    }
}
