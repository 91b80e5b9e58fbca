//! An allocator that wipes memory before it goes back, around any other.
//!
//! The arena keeps what Peta itself holds; this is for what passes through memory that others own: buffers of a
//! connection, a string that grew, what a library copied. It does not help while something is *not* freed.

use std::{
    alloc::{GlobalAlloc, Layout},
    ptr, slice,
};

/// Wipes what is freed, and what is left behind when memory moves.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wiping<A>(A);

impl<A> Wiping<A> {
    pub const fn around(inner: A) -> Self {
        Self(inner)
    }
}

// SAFETY: memory comes from the inner allocator and goes back to it with the layout it was asked for with; in between,
// bytes are written only when their owner has given them up.
#[expect(unsafe_code, reason = "whoever gives out memory makes a promise that the compiler cannot check")]
unsafe impl<A: GlobalAlloc> GlobalAlloc for Wiping<A> {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promise is the same as the inner allocator asks for.
        unsafe { self.0.alloc(layout) }
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as above.
        unsafe { self.0.alloc_zeroed(layout) }
    }

    #[inline]
    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: the caller gives up the whole block, which is this large.
        unsafe { wipe(memory, layout.size()) };
        // SAFETY: it came from the inner allocator with this layout.
        unsafe { self.0.dealloc(memory, layout) };
    }

    /// Always moves: the inner allocator would free the old block itself when it moves, unwiped.
    #[inline]
    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if size == layout.size() {
            return memory;
        }
        // SAFETY: the caller promises that the size, rounded up to the alignment, is one that a layout may have.
        let wanted = unsafe { Layout::from_size_align_unchecked(size, layout.align()) };
        // SAFETY: the caller promises that the size is not zero.
        let moved = unsafe { self.0.alloc(wanted) };
        if !moved.is_null() {
            // SAFETY: both blocks are at least this large, and a new block overlaps none that is in use.
            unsafe { ptr::copy_nonoverlapping(memory, moved, layout.size().min(size)) };
            // SAFETY: the old block is given up, now that there is a new one.
            unsafe { self.dealloc(memory, layout) };
        }
        moved
    }
}

/// Writes zeros that the compiler may not leave out, as fast as memory can be written.
///
/// # Safety
///
/// The block is ours to write, and nobody reads it any more.
#[expect(unsafe_code, reason = "the bytes may never have been written, so there can be no reference to them before")]
#[inline]
unsafe fn wipe(memory: *mut u8, size: usize) {
    // SAFETY: the caller's promise.
    unsafe { ptr::write_bytes(memory, 0, size) };
    // SAFETY: every byte was just written, and the caller promises that nobody else uses them.
    let wiped = unsafe { slice::from_raw_parts(memory, size) };
    // Takes a look at the bytes, as far as the compiler can know: so the zeros must be there.
    zeroize::optimization_barrier(wiped);
}

#[cfg(test)]
mod tests;
