//! The hashes of RFC 6962, section 2.1: a leaf and a node can never be taken for each other.

use std::{fmt, str::FromStr};

use aws_lc_rs::digest::{Context, SHA256};
use base64::{Engine as _, engine::general_purpose::STANDARD};

/// SHA-256 of a leaf, a node, or a whole tree. Its text is base64, as in checkpoints.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Hash(pub [u8; 32]);

/// A text is no hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is no base64 of 32 bytes")]
pub struct NoHash;

impl Hash {
    /// Of no entries at all.
    pub fn of_nothing() -> Self {
        Self::of(&[])
    }

    pub fn of_leaf(entry: &[u8]) -> Self {
        Self::of(&[&[0], entry])
    }

    pub fn of_node(left: &Self, right: &Self) -> Self {
        Self::of(&[&[1], &left.0, &right.0])
    }

    fn of(parts: &[&[u8]]) -> Self {
        let mut context = Context::new(&SHA256);
        parts.iter().for_each(|part| context.update(part));
        let mut hash = [0; 32];
        hash.iter_mut().zip(context.finish().as_ref()).for_each(|(to, from)| *to = *from);
        Self(hash)
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&STANDARD.encode(self.0))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Hash {
    type Err = NoHash;

    fn from_str(text: &str) -> Result<Self, NoHash> {
        STANDARD.decode(text).ok().and_then(|bytes| bytes.try_into().ok()).map(Self).ok_or(NoHash)
    }
}
