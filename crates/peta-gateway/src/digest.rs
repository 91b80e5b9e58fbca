//! Digests for telling whether something changed; never for security.

use std::hash::{DefaultHasher, Hash, Hasher};

pub(crate) fn digest(what: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    what.hash(&mut hasher);
    hasher.finish()
}
