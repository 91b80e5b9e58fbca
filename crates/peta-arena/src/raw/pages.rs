//! The mapping: anonymous pages between two guard pages, named, left out of core files, emptied in a forked child, and
//! locked into memory where the machine allows it.

use std::{
    io,
    ptr::{self, NonNull},
    slice,
};

use rustix::{
    io::Errno,
    mm::{self, Advice, MapFlags, MprotectFlags, ProtFlags},
    process::set_virtual_memory_region_name,
};

/// Whether the pages are locked into memory, so that they never reach a swap device.
#[derive(Debug)]
pub enum Locked {
    Yes,
    /// The machine refused; most often RLIMIT_MEMLOCK is too low.
    No(io::Error),
}

/// Why there are no pages.
#[derive(Debug, thiserror::Error)]
pub enum MapError {
    #[error("no process can map {0} bytes")]
    Size(usize),
    #[error("the pages cannot be mapped")]
    Map(#[source] io::Error),
    #[error("the pages between the guards cannot be opened for reading and writing")]
    Open(#[source] io::Error),
    #[error("the pages cannot be kept out of core files")]
    Dump(#[source] io::Error),
    #[error("the pages cannot be kept from forked children")]
    Fork(#[source] io::Error),
}

/// The mapping, for as long as this lives.
pub(super) struct Pages {
    /// Where the guard page before them begins.
    start: NonNull<u8>,
    guard: usize,
    room: usize,
    locked: Locked,
}

// SAFETY: these are plain bytes without a tie to the thread that mapped them. `Pages` itself reads and writes none of
// them once it is made; who may is said by `Piece`.
#[expect(unsafe_code, reason = "a raw pointer is neither Send nor Sync by itself")]
unsafe impl Send for Pages {}
// SAFETY: as above: nothing that `&Pages` offers touches the bytes.
#[expect(unsafe_code, reason = "a raw pointer is neither Send nor Sync by itself")]
unsafe impl Sync for Pages {}

impl Pages {
    /// Room for so many bytes, rounded up to whole pages; all of them zero.
    pub(super) fn map(bytes: usize) -> Result<Self, MapError> {
        let guard = rustix::param::page_size();
        let room = bytes.max(1).checked_next_multiple_of(guard).ok_or(MapError::Size(bytes))?;
        let whole = room.checked_add(2 * guard).filter(|whole| isize::try_from(*whole).is_ok());
        let start = reserve(whole.ok_or(MapError::Size(bytes))?).map_err(|error| MapError::Map(error.into()))?;
        let mut pages = Self { start, guard, room, locked: Locked::Yes };
        pages.open().map_err(|error| MapError::Open(error.into()))?;
        pages.advise(Advice::LinuxDontDump).map_err(|error| MapError::Dump(error.into()))?;
        // Where a child cannot be given empty pages it is given none.
        pages
            .advise(Advice::LinuxWipeOnFork)
            .or_else(|_| pages.advise(Advice::LinuxDontFork))
            .map_err(|error| MapError::Fork(error.into()))?;
        // Only for the eye: a kernel that is built without names keeps the pages just as well.
        let _ = set_virtual_memory_region_name(pages.untouched(), Some(c"peta-arena"));
        pages.locked = match pages.lock() {
            Ok(()) => Locked::Yes,
            Err(error) => Locked::No(error.into()),
        };
        Ok(pages)
    }

    /// How many bytes there are between the guards.
    pub(super) fn room(&self) -> usize {
        self.room
    }

    pub(super) fn locked(&self) -> &Locked {
        &self.locked
    }

    /// Where the byte with this number is. The pointer may be used for numbers up to `room`.
    pub(super) fn at(&self, number: usize) -> *mut u8 {
        self.start.as_ptr().wrapping_add(self.guard).wrapping_add(number)
    }

    #[expect(unsafe_code, reason = "changes what the pages may be used for")]
    fn open(&self) -> Result<(), Errno> {
        // SAFETY: these pages are ours, and no reference to them exists yet.
        unsafe { mm::mprotect(self.at(0).cast(), self.room, MprotectFlags::READ | MprotectFlags::WRITE) }
    }

    #[expect(unsafe_code, reason = "some advice changes what stands in the pages")]
    fn advise(&self, advice: Advice) -> Result<(), Errno> {
        // SAFETY: these pages are ours, and none of the three kinds of advice that are given changes a byte of theirs
        // in this process.
        unsafe { mm::madvise(self.at(0).cast(), self.room, advice) }
    }

    #[expect(unsafe_code, reason = "takes a raw pointer")]
    fn lock(&self) -> Result<(), Errno> {
        // SAFETY: these pages are ours and mapped; locking changes no byte of them.
        unsafe { mm::mlock(self.at(0).cast(), self.room) }
    }

    /// The bytes before anybody was given one.
    #[expect(unsafe_code, reason = "a slice out of a raw pointer")]
    fn untouched(&mut self) -> &[u8] {
        // SAFETY: the pages are mapped, readable and zero, and the exclusive borrow outlives the slice.
        unsafe { slice::from_raw_parts(self.at(0), self.room) }
    }
}

impl Drop for Pages {
    #[expect(unsafe_code, reason = "takes the pages away")]
    fn drop(&mut self) {
        // SAFETY: this is the mapping as it was made, and whoever has a piece of it keeps it alive.
        let unmapped = unsafe { mm::munmap(self.start.as_ptr().cast(), self.room + 2 * self.guard) };
        // It fails for addresses that were never mapped, and for nothing else that could be mended here.
        debug_assert!(unmapped.is_ok());
    }
}

/// Address space that may not be touched.
#[expect(unsafe_code, reason = "makes a mapping")]
fn reserve(bytes: usize) -> Result<NonNull<u8>, Errno> {
    // SAFETY: without an address of our choosing the kernel takes one where nothing is mapped.
    let start = unsafe { mm::mmap_anonymous(ptr::null_mut(), bytes, ProtFlags::empty(), MapFlags::PRIVATE) }?;
    NonNull::new(start.cast()).ok_or(Errno::NOMEM)
}
