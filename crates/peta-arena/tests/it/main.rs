//! The crate from outside: what the kernel says about the arena, and what can be read in the memory of this process.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says what it expects, and fails otherwise"
)]

mod child;
mod harden;
mod heap;
mod lints;
mod memory;
mod pages;
mod storm;
mod wiped;

use peta_arena::Wiping;

/// As the binary has it.
#[global_allocator]
static MEMORY: Wiping<mimalloc::MiMalloc> = Wiping::around(mimalloc::MiMalloc);
