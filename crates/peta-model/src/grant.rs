//! Grants: what an agent may use. `SERVER` (everything), `SERVER/KIND:NAME`, or `SERVER/NAME` for a tool;
//! a `*` at the end of NAME makes it a prefix.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{CapabilityKind, CapabilityRef, NameError, Slug};

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
        let scope = Scope::read(capability).ok_or_else(|| wrong(text))?;
        Ok(Self { server: server.parse()?, scope })
    }
}

impl Scope {
    fn read(text: &str) -> Option<Self> {
        // A tool's name holds no colon in practice, but may; only a known kind before the colon counts as one.
        let known = |kind: &str| kind.parse::<CapabilityKind>().ok();
        let (kind, name) = match text.split_once(':').map(|(kind, name)| (known(kind), name)) {
            Some((Some(kind), name)) => (kind, name),
            _ => (CapabilityKind::Tool, text),
        };
        if name.is_empty() || name.chars().any(char::is_control) {
            return None;
        }
        Some(match name.strip_suffix('*') {
            Some(prefix) => Self::Prefix(kind, prefix.into()),
            None => Self::One(kind, name.into()),
        })
    }

    /// Whether a capability is in it, by its own name.
    pub fn covers(&self, capability: CapabilityRef<'_>) -> bool {
        match self {
            Self::All => true,
            Self::One(kind, name) => *kind == capability.kind && **name == *capability.name,
            Self::Prefix(kind, start) => *kind == capability.kind && capability.name.starts_with(&**start),
        }
    }
}

/// `TOOL` or `KIND:NAME`, without a server.
impl FromStr for Scope {
    type Err = GrantError;

    fn from_str(text: &str) -> Result<Self, GrantError> {
        Self::read(text).ok_or_else(|| wrong(text))
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("*"),
            Self::One(kind, name) => write!(f, "{kind}:{name}"),
            Self::Prefix(kind, name) => write!(f, "{kind}:{name}*"),
        }
    }
}

fn wrong(text: &str) -> GrantError {
    GrantError::Capability(text.chars().take(120).flat_map(char::escape_debug).collect())
}

impl fmt::Display for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.scope {
            Scope::All => write!(f, "{}", self.server),
            scope => write!(f, "{}/{scope}", self.server),
        }
    }
}

impl Serialize for Grant {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl Serialize for Scope {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Scope {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
    }
}

impl<'de> Deserialize<'de> for Grant {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests;
