//! How often a KEK may wrap. Nonces are random, so a key must not be used without end (NIST: 2^32 times). The store counts
//! in blocks that a running Core takes in advance: what a killed one did not use up is lost, and never counted too low.

use std::sync::atomic::{AtomicU32, Ordering};

use peta_model::{Moment, Span};

use super::kek::KekId;

/// Wraps that are reserved at once.
pub const BLOCK: u32 = 4_096;
/// From so many on the key is rotated; and from this age on.
pub const ROTATE_AT: u64 = 1 << 28;
pub const ROTATE_AFTER: Span = Span::from_secs(90 * 86_400);
/// So many and no more.
pub const LIMIT: u64 = 1 << 31;

/// Wraps of one KEK that were reserved for this run of Core.
#[derive(Debug)]
pub struct Block {
    kek: KekId,
    left: AtomicU32,
}

/// Leave to wrap one key under one KEK. It is used up by being given away.
#[derive(Debug)]
pub struct Wrap(KekId);

/// The KEK has wrapped as often as it may: rotate it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the key has wrapped as often as it may")]
pub struct Spent;

/// Why a KEK should be rotated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    Count,
    Age,
}

/// Takes the next block. The number must be in the store, durably, before the block is used; the store compares it with
/// the one it came from, so that two replicas never take the same block.
pub fn reserve(kek: KekId, reserved: u64) -> Result<(u64, Block), Spent> {
    let next = reserved.checked_add(u64::from(BLOCK)).filter(|next| *next <= LIMIT).ok_or(Spent)?;
    Ok((next, Block { kek, left: AtomicU32::new(BLOCK) }))
}

/// Whether a KEK with so many wraps reserved, made then, should be rotated by now.
pub fn due(reserved: u64, made: Moment, now: Moment) -> Option<Due> {
    if reserved >= ROTATE_AT {
        Some(Due::Count)
    } else if now >= made.after(ROTATE_AFTER) {
        Some(Due::Age)
    } else {
        None
    }
}

impl Block {
    /// Of a key that has none reserved yet.
    pub const fn empty(kek: KekId) -> Self {
        Self { kek, left: AtomicU32::new(0) }
    }

    pub const fn kek(&self) -> KekId {
        self.kek
    }

    pub fn left(&self) -> u32 {
        self.left.load(Ordering::Relaxed)
    }

    /// Leave for one wrap, if any is left.
    pub fn take(&self) -> Option<Wrap> {
        let less = |left: u32| left.checked_sub(1);
        self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).ok().map(|_| Wrap(self.kek))
    }

    /// Adds what is left of another block of the same key; gives it back if it is of another.
    pub fn add(&self, other: Self) -> Result<(), Self> {
        if other.kek != self.kek {
            return Err(other);
        }
        let more = |left: u32| Some(left.saturating_add(other.left()));
        // The function never says no.
        let _ = self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more);
        Ok(())
    }
}

impl Wrap {
    /// Uses the leave up; true if it was given for this key.
    pub(crate) fn spend(self, kek: KekId) -> bool {
        self.0 == kek
    }
}

#[cfg(test)]
mod tests;
