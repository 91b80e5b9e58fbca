//! A part of the pages that has one owner. It is zero when it is taken and zero when it is given back.

use std::{
    io,
    ops::Range,
    slice,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::{
    pages::{Locked, MapError, Pages},
    rooms::{self, Rooms},
};

/// Pages, and who has which part of them.
pub(crate) struct Ground {
    pages: Pages,
    rooms: Mutex<Rooms>,
}

/// A part of the pages. It keeps them mapped.
pub(crate) struct Piece {
    ground: Arc<Ground>,
    /// Taken from the ground's rooms, so it lies within the pages and belongs to no other piece.
    part: Range<usize>,
}

impl Ground {
    pub(crate) fn new(bytes: usize) -> Result<Self, MapError> {
        let pages = Pages::map(bytes)?;
        let rooms = Mutex::new(Rooms::new(pages.room()));
        Ok(Self { pages, rooms })
    }

    pub(crate) fn size(&self) -> usize {
        self.pages.room()
    }

    pub(crate) fn free(&self) -> usize {
        self.rooms().free()
    }

    /// Whether the pages are locked into memory.
    pub(crate) fn locked(&self) -> &Locked {
        self.pages.locked()
    }

    /// The reason why they are not, as an error for who will not do without.
    pub(crate) fn must_be_locked(&self) -> Result<(), io::Error> {
        match self.pages.locked() {
            Locked::Yes => Ok(()),
            // The error cannot be cloned; what it was made of can be read from it.
            Locked::No(error) => Err(error.raw_os_error().map_or(error.kind().into(), io::Error::from_raw_os_error)),
        }
    }

    /// The numbers are whole after each change, so a panic of somebody who held them spoils nothing.
    fn rooms(&self) -> MutexGuard<'_, Rooms> {
        self.rooms.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Piece {
    /// A piece of at least so many bytes; none if there is no room.
    pub(crate) fn take(ground: &Arc<Ground>, bytes: usize) -> Option<Self> {
        let part = ground.rooms().take(bytes)?;
        Some(Self { ground: Arc::clone(ground), part })
    }

    #[expect(unsafe_code, reason = "a slice out of a raw pointer")]
    pub(crate) fn bytes(&self) -> &[u8] {
        // SAFETY: the part lies within the pages, which are mapped and were zero at first, so every byte is
        // initialised. No other piece has a byte of it, and this one gives out what can write only for an exclusive
        // borrow, which cannot be there at the same time as this one.
        unsafe { slice::from_raw_parts(self.ground.pages.at(self.part.start), self.part.len()) }
    }

    #[expect(unsafe_code, reason = "a slice out of a raw pointer")]
    pub(crate) fn bytes_mut(&mut self) -> &mut [u8] {
        // SAFETY: as above, and the borrow of this piece is exclusive.
        unsafe { slice::from_raw_parts_mut(self.ground.pages.at(self.part.start), self.part.len()) }
    }

    /// Wipes what is over so many bytes, and gives back what of that are whole units.
    pub(crate) fn keep(&mut self, bytes: usize) {
        zeroize::zeroize_bytes(self.bytes_mut().get_mut(bytes..).unwrap_or_default());
        let kept = rooms::whole_units(bytes).map_or(self.part.len(), |kept| kept.min(self.part.len()));
        let end = std::mem::replace(&mut self.part.end, self.part.start + kept);
        if self.part.end < end {
            self.ground.rooms().give_back(self.part.end..end);
        }
    }
}

impl Drop for Piece {
    fn drop(&mut self) {
        zeroize::zeroize_bytes(self.bytes_mut());
        self.ground.rooms().give_back(self.part.clone());
    }
}
