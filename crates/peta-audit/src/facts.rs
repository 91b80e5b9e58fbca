//! What is known of a call beyond who called what: the client, the request's own id, the definition as it stood, what the
//! call carried, and how long each stage of its line took. All of it may be missing.

use std::{fmt, sync::Arc};

use peta_model::{BootId, CredentialId, DeliveryClass, Operation, TenantId};
use serde::{Serialize, Serializer, ser::SerializeMap};

use crate::hex::Hex;

/// What is known of a call before it happens.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// What the agent's client called itself: foreign, and about somebody's machine. One text for a whole session.
    pub client: Option<Arc<str>>,
    /// The id that the request has in its session: a number, or any text.
    pub request: Option<String>,
    /// Of the capability's definition.
    pub pin: Option<Pin>,
    /// What its definition says that it does.
    pub operation: Option<Operation>,
    /// Which state of the configuration was judged by.
    pub policy_version: Option<u64>,
    /// What the call carried.
    pub credentials: Vec<Carried>,
}

/// SHA-256 of a definition in canonical form. It is no digest of what somebody said: definitions are what a server shows to
/// everybody who may use it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Pin(pub [u8; 32]);

/// A version of a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Carried {
    // In the order of canonical JSON.
    pub delivery: DeliveryClass,
    pub id: CredentialId,
    pub version: u64,
}

/// Whose record an event is of, and which run of Core wrote it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Origin {
    pub tenant: Option<TenantId>,
    pub boot: Option<BootId>,
}

/// A stage of the line of a call that takes time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stage {
    /// Until it was decided whether the call may go: its capability found, the judge asked.
    Judge,
    /// Until its intent stood in the record.
    Record,
    /// Until an instance of its server was ready.
    Ready,
    /// Until what the call carries was at hand; renewed, if it had to be.
    Credential,
    /// From its leaving until the first that the server said of it.
    First,
    /// From its leaving until the server had said all.
    Server,
}

/// How long each stage took, in microseconds; 0 for what there was not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stages([u64; Stage::ALL.len()]);

impl Stage {
    pub const ALL: [Self; 6] = [Self::Judge, Self::Record, Self::Ready, Self::Credential, Self::First, Self::Server];

    pub const fn word(self) -> &'static str {
        match self {
            Self::Judge => "judge",
            Self::Record => "record",
            Self::Ready => "ready",
            Self::Credential => "credential",
            Self::First => "first",
            Self::Server => "server",
        }
    }
}

impl Stages {
    pub const NONE: Self = Self([0; Stage::ALL.len()]);

    pub fn set(&mut self, stage: Stage, micros: u64) {
        if let Some(place) = self.0.get_mut(stage as usize) {
            *place = micros;
        }
    }

    /// Those that took time, in their order.
    pub fn all(&self) -> impl Iterator<Item = (Stage, u64)> + use<> {
        Stage::ALL.into_iter().zip(self.0).filter(|(_, micros)| *micros > 0)
    }

    /// The same, with nothing longer than that.
    #[must_use]
    pub fn at_most(self, micros: u64) -> Self {
        Self(self.0.map(|took| took.min(micros)))
    }

    pub fn is_none(&self) -> bool {
        *self == Self::NONE
    }
}

impl fmt::Display for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&Hex(&self.0).text())
    }
}

impl Serialize for Pin {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        Hex(&self.0).serialize(to)
    }
}

/// Members in the order of canonical JSON.
impl Serialize for Stages {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut stages: Vec<_> = self.all().map(|(stage, micros)| (stage.word(), micros)).collect();
        stages.sort_unstable();
        let mut map = to.serialize_map(Some(stages.len()))?;
        for (word, micros) in stages {
            map.serialize_entry(word, &micros)?;
        }
        map.end()
    }
}
