//! The key of one person's part of the record. While it exists, what was sealed under it opens; once it is destroyed,
//! nothing of it does, wherever it was copied to. Its form and its limits: `docs/formats/subjects.md`.

use std::{
    fmt,
    sync::{
        PoisonError, RwLock,
        atomic::{AtomicU32, Ordering},
    },
};

use peta_model::SubjectId;

use crate::{
    gcm::{Gcm, NONCE, TAG},
    key::Key,
};

/// Seals that are reserved at once: what a killed Core did not use up is lost, and never counted too low.
pub const BLOCK: u32 = 1 << 16;
/// With fewer left, the next block is fetched.
pub const LOW: u32 = 1 << 12;
/// So many and no more: nonces are random, and NIST's bound for them is 2^32. Another key follows.
pub const LIMIT: u64 = 1 << 32;

/// A key that is ready for use. It cannot be printed or copied; wiping it reaches everybody who holds it.
pub struct SubjectKey {
    id: SubjectId,
    cipher: RwLock<Option<Gcm>>,
    /// Seals that may still be made.
    left: AtomicU32,
}

/// Why nothing was sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotSealed {
    #[error("the key was wiped: the vault was locked, or the person erased")]
    Wiped,
    #[error("no seals of the key are reserved")]
    Spent,
    #[error("the crypto library refused")]
    Cipher,
}

impl SubjectKey {
    /// It opens at once, and seals as soon as seals were granted.
    pub(crate) fn new(id: SubjectId, key: &Key) -> Result<Self, NotSealed> {
        let cipher = Gcm::new(key).map_err(|_| NotSealed::Cipher)?;
        Ok(Self { id, cipher: RwLock::new(Some(cipher)), left: AtomicU32::new(0) })
    }

    pub const fn id(&self) -> SubjectId {
        self.id
    }

    /// Adds seals that were reserved, durably.
    pub fn grant(&self, seals: u32) {
        // The function never says no.
        let _ = self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| Some(left.saturating_add(seals)));
    }

    /// Whether so many are left that nobody needs to fetch more.
    pub fn has_seals(&self) -> bool {
        self.left.load(Ordering::Relaxed) >= LOW
    }

    /// Nonce, ciphertext, tag. The nonce is random, and never one that was used before.
    pub fn seal(&self, aad: &[u8], plaintext: &[u8], nonce: [u8; NONCE]) -> Result<Vec<u8>, NotSealed> {
        let cipher = self.cipher.read().unwrap_or_else(PoisonError::into_inner);
        let cipher = cipher.as_ref().ok_or(NotSealed::Wiped)?;
        let less = |left: u32| left.checked_sub(1);
        self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).map_err(|_| NotSealed::Spent)?;
        let mut out = Vec::with_capacity(NONCE + plaintext.len() + TAG);
        out.extend_from_slice(&nonce);
        cipher.seal(nonce, aad, plaintext, &mut out).map_err(|_| NotSealed::Cipher)?;
        Ok(out)
    }

    /// None: it was sealed under another key, with other words beside it, was changed, or the key was wiped.
    pub fn open(&self, aad: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE>()?;
        let mut out = vec![0; sealed.len().checked_sub(TAG)?];
        let cipher = self.cipher.read().unwrap_or_else(PoisonError::into_inner);
        cipher.as_ref()?.open(*nonce, aad, sealed, &mut out).ok()?;
        Some(out)
    }

    /// Wipes the key. Whoever holds it has nothing from now on.
    pub fn wipe(&self) {
        *self.cipher.write().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

impl fmt::Debug for SubjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SubjectKey({})", self.id)
    }
}

#[cfg(test)]
mod tests;
