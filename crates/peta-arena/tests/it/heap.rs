//! The allocator at work under this whole test program: what is left where something was freed.

use std::alloc::{GlobalAlloc, Layout, System};

use peta_arena::Wiping;

use crate::memory;

/// Bytes that stand nowhere else, not even in another test; made while the program runs.
fn secret(key: u8, len: usize) -> impl Iterator<Item = u8> {
    let key = std::hint::black_box(key);
    (0..len).map(move |at| u8::try_from(at * 7 % 251).unwrap() ^ key)
}

/// Looks at memory without taking any: what was just freed would be given out again for it.
struct Eye {
    key: u8,
    seen: Vec<u8>,
}

impl Eye {
    fn new(key: u8) -> Self {
        Self { key, seen: vec![0; SIZES[SIZES.len() - 1]] }
    }

    /// Whether any sixteen bytes of the secret stand there.
    fn finds(&mut self, address: usize, len: usize) -> bool {
        let seen = &mut self.seen[..len];
        // Pages that went back to the kernel hold nothing.
        if memory::read_into(address, seen).is_err() {
            return false;
        }
        let mut same = 0;
        seen.iter().zip(secret(self.key, len)).any(|(seen, secret)| {
            same = if *seen == secret { same + 1 } else { 0 };
            same == 16
        })
    }
}

const SIZES: [usize; 5] = [64, 500, 4_096, 70_000, 1 << 20];

#[test]
fn nothing_where_it_was_freed() {
    let mut eye = Eye::new(0x5D);
    for len in SIZES {
        let held: Vec<u8> = secret(eye.key, len).collect();
        let address = held.as_ptr().addr();
        assert!(eye.finds(address, len));
        drop(held);
        assert!(!eye.finds(address, len), "{len}");
    }
}

#[test]
fn nothing_where_it_grew_from_or_shrank_from() {
    let mut eye = Eye::new(0xA6);
    for len in SIZES {
        let mut held = Vec::with_capacity(len);
        held.extend(secret(eye.key, len));
        let address = held.as_ptr().addr();
        held.reserve_exact(len + 1);
        assert_ne!(held.as_ptr().addr(), address);
        assert!(!eye.finds(address, len), "{len}");
        let (address, large) = (held.as_ptr().addr(), held);
        let small = large.into_boxed_slice();
        assert!(small.iter().copied().eq(secret(eye.key, len)));
        assert!(!eye.finds(address, len), "{len}");
    }
}

/// The compiler knows what `free` does, and leaves out what is written before it if it may. With optimisation this
/// fails without the barrier.
#[test]
fn nothing_where_the_system_freed_it() {
    let mut eye = Eye::new(0x33);
    for len in SIZES {
        let address = take_and_free(eye.key, len);
        assert!(!eye.finds(address, len), "{len}");
    }
}

#[expect(unsafe_code, reason = "an allocator is called by hand")]
fn take_and_free(key: u8, len: usize) -> usize {
    let (allocator, layout) = (Wiping::around(System), Layout::from_size_align(len, 8).unwrap());
    // SAFETY: the size is not zero.
    let memory = unsafe { allocator.alloc(layout) };
    for (at, byte) in secret(key, len).enumerate() {
        // SAFETY: the block is ours and this large.
        unsafe { memory.wrapping_add(at).write_volatile(byte) };
    }
    // SAFETY: it was asked for with this layout.
    unsafe { allocator.dealloc(memory, layout) };
    memory.addr()
}
