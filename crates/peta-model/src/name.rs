//! Names that people choose: of servers (slugs, part of every prefixed tool name), of agents, of credentials and of
//! sinks.

use std::{fmt, str::FromStr, sync::Arc};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A server's name: `[a-z][a-z0-9-]{0,15}`. It holds no underscore, so `{slug}__{tool}` splits one way only.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slug(Arc<str>);

/// An agent's name: 1 to 64 of `A-Z a-z 0-9 . _ -`, starting with a letter or digit.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AgentName(Arc<str>);

/// A credential's name, of the same form as an agent's.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CredentialName(Arc<str>);

/// A sink's name, of the same form as an agent's.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SinkName(Arc<str>);

/// Why a name was refused; the text says what a good one looks like.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    #[error("`{0}` is no server name: a lower-case letter, then up to 15 lower-case letters, digits or `-`")]
    Slug(String),
    #[error("`{0}` is no agent name: 1 to 64 letters, digits, `.`, `_` or `-`, starting with a letter or digit")]
    Agent(String),
    #[error("`{0}` is no credential name: 1 to 64 letters, digits, `.`, `_` or `-`, starting with a letter or digit")]
    Credential(String),
    #[error("`{0}` is no sink name: 1 to 64 letters, digits, `.`, `_` or `-`, starting with a letter or digit")]
    Sink(String),
}

impl FromStr for Slug {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let first = text.bytes().next().is_some_and(|b| b.is_ascii_lowercase());
        let rest = text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if first && rest && text.len() <= 16 { Ok(Self(text.into())) } else { Err(NameError::Slug(shown(text))) }
    }
}

impl FromStr for AgentName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        if is_plain(text) { Ok(Self(text.into())) } else { Err(NameError::Agent(shown(text))) }
    }
}

impl FromStr for CredentialName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        if is_plain(text) { Ok(Self(text.into())) } else { Err(NameError::Credential(shown(text))) }
    }
}

impl FromStr for SinkName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        if is_plain(text) { Ok(Self(text.into())) } else { Err(NameError::Sink(shown(text))) }
    }
}

fn is_plain(text: &str) -> bool {
    let first = text.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric());
    let rest = text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'));
    first && rest && text.len() <= 64
}

/// A refused name is shown escaped and cut, for it may hold anything.
fn shown(text: &str) -> String {
    text.chars().take(80).flat_map(char::escape_debug).collect()
}

macro_rules! text_like {
    ($($name:ident),*) => {$(
        impl $name {
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&*self.0, f)
            }
        }
        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.serialize_str(&self.0)
            }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
            }
        }
    )*};
}
text_like!(Slug, AgentName, CredentialName, SinkName);

#[cfg(test)]
mod tests;
