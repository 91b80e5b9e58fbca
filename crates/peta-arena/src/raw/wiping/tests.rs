#![expect(unsafe_code, reason = "an allocator is called by hand")]

use std::{
    alloc::System,
    sync::atomic::{AtomicUsize, Ordering},
};

use super::*;

/// Looks at what comes back to it.
#[derive(Default)]
struct Witness {
    clean: AtomicUsize,
    dirty: AtomicUsize,
    moved: AtomicUsize,
}

// SAFETY: everything is done by the system's allocator; a block is read before it goes back, when it is whole.
unsafe impl GlobalAlloc for Witness {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: passed on as it came.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: the tests write a block before they free it, and its owner has given it up.
        let bytes = unsafe { slice::from_raw_parts(memory, layout.size()) };
        let seen = if bytes.iter().all(|byte| *byte == 0) { &self.clean } else { &self.dirty };
        seen.fetch_add(1, Ordering::Relaxed);
        // SAFETY: passed on as it came.
        unsafe { System.dealloc(memory, layout) }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        self.moved.fetch_add(1, Ordering::Relaxed);
        // SAFETY: passed on as it came.
        unsafe { System.realloc(memory, layout, size) }
    }
}

impl Witness {
    fn seen(&self) -> (usize, usize, usize) {
        let [clean, dirty, moved] = [&self.clean, &self.dirty, &self.moved].map(|count| count.load(Ordering::Relaxed));
        (clean, dirty, moved)
    }
}

/// A block full of one byte.
fn filled(allocator: &impl GlobalAlloc, layout: Layout) -> *mut u8 {
    // SAFETY: no layout of the tests has size zero.
    let memory = unsafe { allocator.alloc(layout) };
    assert!(!memory.is_null() && memory.addr().is_multiple_of(layout.align()));
    // SAFETY: the block is ours and this large.
    unsafe { ptr::write_bytes(memory, 0xAB, layout.size()) };
    memory
}

fn holds(memory: *mut u8, bytes: usize) -> bool {
    // SAFETY: the tests ask for blocks that they have, and for bytes that they wrote.
    unsafe { slice::from_raw_parts(memory, bytes) }.iter().all(|byte| *byte == 0xAB)
}

const LAYOUTS: [(usize, usize); 6] = [(1, 1), (24, 8), (64, 64), (4096, 16), (100_000, 4096), (1 << 20, 1)];

#[test]
fn what_is_freed_is_clean() {
    for (size, align) in LAYOUTS {
        let layout = Layout::from_size_align(size, align).unwrap();
        let wiping = Wiping::around(Witness::default());
        let memory = filled(&wiping, layout);
        // SAFETY: it was asked for with this layout.
        unsafe { wiping.dealloc(memory, layout) };
        assert_eq!(wiping.0.seen(), (1, 0, 0));
    }
}

#[test]
fn the_witness_sees_what_is_not_wiped() {
    let layout = Layout::from_size_align(64, 8).unwrap();
    let witness = Witness::default();
    let memory = filled(&witness, layout);
    // SAFETY: it was asked for with this layout.
    unsafe { witness.dealloc(memory, layout) };
    assert_eq!(witness.seen(), (0, 1, 0));
}

#[test]
fn what_moves_leaves_nothing_behind() {
    for (size, align) in LAYOUTS {
        for new in [1, size.div_ceil(2), size, size + 1, 2 * size] {
            let layout = Layout::from_size_align(size, align).unwrap();
            let wiping = Wiping::around(Witness::default());
            let memory = filled(&wiping, layout);
            // SAFETY: it was asked for with this layout, and the new size is one a layout may have.
            let moved = unsafe { wiping.realloc(memory, layout, new) };
            assert!(holds(moved, size.min(new)) && moved.addr().is_multiple_of(align));
            // The inner allocator was never asked to move anything itself.
            assert_eq!(wiping.0.seen(), (usize::from(new != size), 0, 0));
            // SAFETY: it was resized to this.
            unsafe { wiping.dealloc(moved, Layout::from_size_align(new, align).unwrap()) };
            assert_eq!(wiping.0.seen(), (1 + usize::from(new != size), 0, 0));
        }
    }
}

/// Has no memory.
struct Nothing;

// SAFETY: it gives out nothing.
unsafe impl GlobalAlloc for Nothing {
    unsafe fn alloc(&self, _: Layout) -> *mut u8 {
        ptr::null_mut()
    }

    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {
        panic!("nothing was given out");
    }
}

#[test]
fn a_block_that_cannot_move_stays_as_it_is() {
    let mut block = [0xAB_u8; 64];
    let layout = Layout::for_value(&block);
    // SAFETY: the block stands for one that was given out; without a new one it is not freed.
    let moved = unsafe { Wiping::around(Nothing).realloc(block.as_mut_ptr(), layout, 128) };
    assert!(moved.is_null());
    assert_eq!(block, [0xAB; 64]);
}
