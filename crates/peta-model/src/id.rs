//! Identifiers: 16 random bytes, written as 32 hex digits. Each thing has a type of its own, so that
//! an agent's identifier cannot be passed where a server's is meant.

use std::{fmt, marker::PhantomData, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// 16 bytes that mean nothing outside the store, tagged with what they identify.
pub struct Id<Of>([u8; 16], PhantomData<fn() -> Of>);

macro_rules! kinds {
    ($($(#[$doc:meta])* $alias:ident of $tag:ident;)*) => {
        $($(#[$doc])* pub type $alias = Id<tag::$tag>;)*
        /// Tags; never built.
        mod tag { $(#[derive(Debug)] pub enum $tag {})* }
    };
}

kinds! {
    /// One installation of Peta: made at the first start, kept for life.
    InstallId of Install;
    /// One tenant; the first key of every row, cache and query.
    TenantId of Tenant;
    /// A registered server; survives a change of its URL.
    ServerId of Server;
    /// A registered agent; survives a rotation of its token.
    AgentId of Agent;
    /// One token of an agent or administrator.
    TokenId of Token;
    /// A credential; survives its rotation.
    CredentialId of Credential;
    /// A sink that the record is sent to.
    SinkId of Sink;
    /// One event of the record.
    EventId of Event;
    /// Whom a private part of the record concerns, under one key.
    SubjectId of Subject;
    /// One run of Core, from start to end.
    BootId of Boot;
}

/// The text is not 32 hex digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an identifier has 32 hex digits")]
pub struct IdError;

impl<Of> Id<Of> {
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes, PhantomData)
    }

    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl<Of> Clone for Id<Of> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<Of> Copy for Id<Of> {}
impl<Of> PartialEq for Id<Of> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
impl<Of> Eq for Id<Of> {}
impl<Of> PartialOrd for Id<Of> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl<Of> Ord for Id<Of> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.cmp(&other.0)
    }
}
impl<Of> std::hash::Hash for Id<Of> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}
impl<Of> fmt::Display for Id<Of> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}
impl<Of> fmt::Debug for Id<Of> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
impl<Of> FromStr for Id<Of> {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        if text.len() != 32 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(IdError);
        }
        let number = u128::from_str_radix(text, 16).map_err(|_| IdError)?;
        Ok(Self::from_bytes(number.to_be_bytes()))
    }
}
impl<Of> Serialize for Id<Of> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}
impl<'de, Of> Deserialize<'de> for Id<Of> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests;
