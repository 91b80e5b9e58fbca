//! Grants: what an agent may use. `SERVER` (everything), `SERVER/KIND:NAME`, or `SERVER/NAME` for a tool;
//! a `*` at the end of NAME makes it a prefix.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{CapabilityKind, NameError, Slug};

/// A server, and what of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Grant {
    pub server: Slug,
    pub scope: Scope,
}

/// What of a server a grant covers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// Everything the server has, today and tomorrow.
    All,
    /// One capability, by the server's own name for it.
    One(CapabilityKind, Box<str>),
    /// All capabilities of a kind whose name starts so.
    Prefix(CapabilityKind, Box<str>),
}

/// Why a text is no grant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GrantError {
    #[error(transparent)]
    Server(#[from] NameError),
    #[error(
        "`{0}` names no capability: write SERVER, SERVER/TOOL or SERVER/KIND:NAME with kind tool, prompt, resource or template"
    )]
    Capability(String),
}

impl FromStr for Grant {
    type Err = GrantError;

    fn from_str(text: &str) -> Result<Self, GrantError> {
        let Some((server, capability)) = text.split_once('/') else {
            return Ok(Self { server: text.parse()?, scope: Scope::All });
        };
        let wrong = || GrantError::Capability(text.chars().take(120).flat_map(char::escape_debug).collect());
        // A tool's name holds no colon in practice, but may; only a known kind before the colon counts as one.
        let (kind, name) = match capability.split_once(':') {
            Some((kind, name)) if kind.parse::<CapabilityKind>().is_ok() => (kind.parse().map_err(|_| wrong())?, name),
            _ => (CapabilityKind::Tool, capability),
        };
        if name.is_empty() || name.chars().any(char::is_control) {
            return Err(wrong());
        }
        let scope = match name.strip_suffix('*') {
            Some(prefix) => Scope::Prefix(kind, prefix.into()),
            None => Scope::One(kind, name.into()),
        };
        Ok(Self { server: server.parse()?, scope })
    }
}

impl fmt::Display for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.scope {
            Scope::All => write!(f, "{}", self.server),
            Scope::One(kind, name) => write!(f, "{}/{kind}:{name}", self.server),
            Scope::Prefix(kind, name) => write!(f, "{}/{kind}:{name}*", self.server),
        }
    }
}

impl Serialize for Grant {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Grant {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests;
