//! What wiping costs, in nanoseconds: `cargo run --release -p peta-arena --example cost`. Best of several rounds.
#![expect(unsafe_code, clippy::print_stdout, reason = "calls allocators by hand, and prints what it measured")]

use std::{
    alloc::{GlobalAlloc, Layout},
    hint::black_box,
    time::{Duration, Instant},
};

use mimalloc::MiMalloc;
use peta_arena::{Arena, Leases, Unlocked, Wiping};

const ROUNDS: u32 = 15;
const SIZES: [(usize, u32); 3] = [(64, 200_000), (4 << 10, 50_000), (1 << 20, 1_000)];

fn main() {
    println!("{:>9} {:>34} {:>34} {:>34}", "", "take, free", "take, write all, free", "grow to twice the size");
    println!("{:>9} {}", "bytes", format!("{:>12} {:>10} {:>10}", "bare", "wiping", "more").repeat(3));
    for (size, times) in SIZES {
        let mut line = format!("{size:>9} ");
        for work in [take_and_free, take_write_and_free, grow] {
            let bare = best(times, || work(&MiMalloc, size));
            let wiping = best(times, || work(&Wiping::around(MiMalloc), size));
            line += &format!("{bare:>12.1} {wiping:>10.1} {:>10.1}", wiping - bare);
        }
        println!("{line}");
    }
    for (size, times) in SIZES {
        println!("{size:>9} lend, read, drop a lease: {:.1}", lease(size, times));
    }
}

/// Nanoseconds for one, in the best round.
fn best(times: u32, work: impl Fn()) -> f64 {
    let round = |_| {
        let begun = Instant::now();
        (0..times).for_each(|_| work());
        begun.elapsed()
    };
    let best = (0..ROUNDS).map(round).min().unwrap_or_default();
    best.as_secs_f64() * 1e9 / f64::from(times)
}

fn take_and_free(allocator: &dyn GlobalAlloc, size: usize) {
    let Ok(layout) = Layout::from_size_align(size, 8) else { return };
    // SAFETY: the size is not zero.
    let memory = black_box(unsafe { allocator.alloc(layout) });
    // SAFETY: it was asked for with this layout.
    unsafe { allocator.dealloc(memory, layout) };
}

fn take_write_and_free(allocator: &dyn GlobalAlloc, size: usize) {
    let Ok(layout) = Layout::from_size_align(size, 8) else { return };
    // SAFETY: the size is not zero.
    let memory = unsafe { allocator.alloc(layout) };
    // SAFETY: the block is ours and this large.
    unsafe { memory.write_bytes(7, size) };
    let memory = black_box(memory);
    // SAFETY: it was asked for with this layout.
    unsafe { allocator.dealloc(memory, layout) };
}

fn grow(allocator: &dyn GlobalAlloc, size: usize) {
    let (Ok(layout), Ok(larger)) = (Layout::from_size_align(size, 8), Layout::from_size_align(2 * size, 8)) else {
        return;
    };
    // SAFETY: the size is not zero.
    let memory = unsafe { allocator.alloc(layout) };
    // SAFETY: the block is ours and this large.
    unsafe { memory.write_bytes(7, size) };
    // SAFETY: it was asked for with this layout, and the size is one a layout may have.
    let memory = black_box(unsafe { allocator.realloc(black_box(memory), layout, larger.size()) });
    // SAFETY: it has this layout now.
    unsafe { allocator.dealloc(memory, larger) };
}

fn lease(size: usize, times: u32) -> f64 {
    let Ok(arena) = Arena::new(2 << 20, Unlocked::Tell) else { return f64::NAN };
    let leases = Leases::new(arena);
    best(times, || {
        let lease = leases.lend(size, Duration::MAX, |bytes| {
            bytes.fill(7);
            Ok::<_, ()>(bytes.len())
        });
        let read = lease.map(|lease| lease.with(Duration::ZERO, |bytes| black_box(bytes.len())));
        let _ = black_box(read);
    })
}
