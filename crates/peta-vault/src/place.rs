//! Where a sealed thing belongs. All of it goes into what is authenticated, so that an envelope that was moved to another
//! row, tenant, version or installation does not open.

use peta_model::{InstallId, TenantId};

use crate::keys::Purpose;

/// What is sealed. The numbers are in envelopes that were written: the list grows at its end only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Kind {
    /// What a server needs.
    Credential = 1,
    /// By what a credential is recognised when it comes back.
    Fingerprints = 2,
    /// The key of one person's part of the record.
    SubjectKey = 3,
    /// A key that signs checkpoints.
    SigningKey = 4,
    /// Who Peta is at an authorization server.
    Client = 5,
    /// A connection to an authorization server that was begun.
    Pending = 6,
    /// What a sink shows to whom the record is sent.
    Sink = 7,
    /// The key of one file of the record in the archive.
    Archive = 8,
}

/// One version of one object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Place {
    pub install: InstallId,
    pub tenant: TenantId,
    pub kind: Kind,
    /// The object's identifier.
    pub object: [u8; 16],
    /// Each time that an object is sealed it is another version: an older envelope does not pass for it.
    pub version: u64,
}

impl Kind {
    pub const ALL: [Self; 8] = [
        Self::Credential,
        Self::Fingerprints,
        Self::SubjectKey,
        Self::SigningKey,
        Self::Client,
        Self::Pending,
        Self::Sink,
        Self::Archive,
    ];

    pub const fn number(self) -> u8 {
        self as u8
    }

    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.number() == number)
    }

    /// Whose keys it is sealed under.
    pub const fn purpose(self) -> Purpose {
        match self {
            Self::Credential | Self::Fingerprints | Self::Client | Self::Pending | Self::Sink | Self::Archive => {
                Purpose::Vault
            }
            Self::SubjectKey => Purpose::Payload,
            Self::SigningKey => Purpose::Sign,
        }
    }
}

impl Place {
    /// Its bytes, as they are authenticated: install 16, tenant 16, kind, object 16, version.
    pub(crate) fn write(&self, to: &mut Vec<u8>) {
        to.extend_from_slice(self.install.as_bytes());
        to.extend_from_slice(self.tenant.as_bytes());
        to.push(self.kind.number());
        to.extend_from_slice(&self.object);
        to.extend_from_slice(&self.version.to_be_bytes());
    }
}
