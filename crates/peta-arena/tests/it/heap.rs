//! The allocator at work under this whole test program: what is left where something was freed.

use crate::memory;

/// Bytes that stand nowhere else; made while the program runs.
fn secret(len: usize) -> impl Iterator<Item = u8> {
    let key = std::hint::black_box(0x5D_u8);
    (0..len).map(move |at| u8::try_from(at * 7 % 251).unwrap() ^ key)
}

/// Whether any sixteen bytes of the secret stand there.
fn is_left(address: usize, len: usize) -> bool {
    // Pages that went back to the kernel hold nothing.
    let Ok(there) = memory::read(address, len) else { return false };
    let secret: Vec<u8> = secret(len).collect();
    there.chunks_exact(16).zip(secret.chunks_exact(16)).any(|(there, secret)| there == secret)
}

const SIZES: [usize; 5] = [64, 500, 4_096, 70_000, 1 << 20];

#[test]
fn nothing_where_it_was_freed() {
    for len in SIZES {
        let held: Vec<u8> = secret(len).collect();
        let address = held.as_ptr().addr();
        assert!(is_left(address, len));
        drop(held);
        assert!(!is_left(address, len), "{len}");
    }
}

#[test]
fn nothing_where_it_grew_from_or_shrank_from() {
    for len in SIZES {
        let mut held = Vec::with_capacity(len);
        held.extend(secret(len));
        let address = held.as_ptr().addr();
        held.reserve_exact(len + 1);
        assert_ne!(held.as_ptr().addr(), address);
        assert!(!is_left(address, len), "{len}");
        let (address, large) = (held.as_ptr().addr(), held);
        let small = large.into_boxed_slice();
        assert!(small.iter().copied().eq(secret(len)));
        assert!(!is_left(address, len), "{len}");
    }
}
