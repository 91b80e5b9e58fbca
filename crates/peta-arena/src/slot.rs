//! A slot: bytes in the arena that one owner has.

use crate::raw::Piece;

/// Bytes in the arena. They are wiped when this is dropped, or before by [`Slot::wipe`].
///
/// There is one way to them, [`Slot::with`], and none by accident. That a slot can be sent to another thread shows the
/// form of the examples that follow, none of which compiles:
///
/// ```
/// fn is<T: Send + Sync>() {}
/// is::<peta_arena::Slot>();
/// ```
/// It cannot be copied,
/// ```compile_fail
/// fn is<T: Clone>() {}
/// is::<peta_arena::Slot>();
/// ```
/// printed,
/// ```compile_fail
/// fn is<T: std::fmt::Debug>() {}
/// is::<peta_arena::Slot>();
/// ```
/// ```compile_fail
/// fn is<T: std::fmt::Display>() {}
/// is::<peta_arena::Slot>();
/// ```
/// written to a file or an answer,
/// ```compile_fail
/// fn is<T: serde::Serialize>() {}
/// is::<peta_arena::Slot>();
/// ```
/// compared (the time that takes tells how much was right),
/// ```compile_fail
/// fn is<T: PartialEq>() {}
/// is::<peta_arena::Slot>();
/// ```
/// or taken for its bytes.
/// ```compile_fail
/// fn is<T: AsRef<[u8]>>() {}
/// is::<peta_arena::Slot>();
/// ```
/// ```compile_fail
/// fn is<T: std::ops::Deref>() {}
/// is::<peta_arena::Slot>();
/// ```
/// And what is read does not outlive the reading:
/// ```compile_fail
/// fn out(slot: &peta_arena::Slot) -> &[u8] {
///     slot.with(|bytes| bytes)
/// }
/// ```
pub struct Slot {
    /// None once it is wiped.
    piece: Option<Piece>,
    len: usize,
}

/// Why a slot could not be filled. Nothing of it is left in the arena.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum FillError<E> {
    #[error("the arena has no room for {wanted} bytes")]
    Full { wanted: usize },
    #[error("{filled} bytes cannot have been filled where there are {len}")]
    Overrun { filled: usize, len: usize },
    #[error("what belongs into the arena could not be made")]
    Fill(#[source] E),
}

impl Slot {
    /// The first `len` bytes of the piece are filled. The piece is in its slot before that begins, so that it is wiped
    /// whatever happens.
    pub(crate) fn fill<E>(
        piece: Piece,
        len: usize,
        fill: impl FnOnce(&mut [u8]) -> Result<usize, E>,
    ) -> Result<Self, FillError<E>> {
        let mut slot = Self { piece: Some(piece), len: 0 };
        if let Some(piece) = &mut slot.piece {
            let filled = fill(piece.bytes_mut().get_mut(..len).unwrap_or_default()).map_err(FillError::Fill)?;
            if filled > len {
                return Err(FillError::Overrun { filled, len });
            }
            piece.keep(filled);
            slot.len = filled;
        }
        Ok(slot)
    }

    /// Reads the bytes where they are: none once they are wiped. Whoever copies them out of the closure has taken them
    /// out of the arena.
    pub fn with<R>(&self, read: impl FnOnce(&[u8]) -> R) -> R {
        read(self.piece.as_ref().and_then(|piece| piece.bytes().get(..self.len)).unwrap_or_default())
    }

    /// How many bytes it holds.
    pub fn len(&self) -> usize {
        self.len
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Wipes the bytes and gives the room back.
    pub fn wipe(&mut self) {
        self.len = 0;
        self.piece = None;
    }
}

#[cfg(test)]
mod tests;
