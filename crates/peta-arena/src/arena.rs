//! The arena: pages that hold what must not be found elsewhere, and the way to a slot in them.

use std::{io, sync::Arc};

use crate::{
    raw::{Ground, Locked, MapError, Piece},
    slot::{FillError, Slot},
};

/// Guarded, locked pages of a fixed size. A clone is the same arena; the pages live until the last slot is gone.
#[derive(Clone)]
pub struct Arena {
    ground: Arc<Ground>,
}

/// What to do if the pages cannot be locked into memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unlocked {
    /// Go on; [`Arena::locked`] tells.
    Tell,
    /// Have no arena.
    Refuse,
}

/// Why there is no arena.
#[derive(Debug, thiserror::Error)]
pub enum ArenaError {
    #[error(transparent)]
    Map(#[from] MapError),
    #[error("the arena cannot be locked into memory")]
    Unlocked(#[source] io::Error),
}

impl Arena {
    /// An arena for so many bytes, rounded up to whole pages. All of it is locked at once, and counts against
    /// RLIMIT_MEMLOCK (8 MiB by default).
    pub fn new(bytes: usize, unlocked: Unlocked) -> Result<Self, ArenaError> {
        let ground = Ground::new(bytes)?;
        if unlocked == Unlocked::Refuse {
            ground.must_be_locked().map_err(ArenaError::Unlocked)?;
        }
        Ok(Self { ground: Arc::new(ground) })
    }

    pub fn locked(&self) -> &Locked {
        self.ground.locked()
    }

    /// How many bytes there are in all.
    pub fn size(&self) -> usize {
        self.ground.size()
    }

    /// How many bytes no slot has. They may lie in several gaps.
    pub fn free(&self) -> usize {
        self.ground.free()
    }

    /// A slot that is filled where it lies, so that the plaintext is never anywhere else: `fill` is given `len` bytes,
    /// all zero, and says how many of them from the first on count. The others are wiped and given back; so is
    /// everything if it fails or panics.
    pub fn fill<E>(&self, len: usize, fill: impl FnOnce(&mut [u8]) -> Result<usize, E>) -> Result<Slot, FillError<E>> {
        let piece = Piece::take(&self.ground, len).ok_or(FillError::Full { wanted: len })?;
        Slot::fill(piece, len, fill)
    }
}
