//! The store from outside: each test has a data directory of its own.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says what it expects, and fails otherwise"
)]

mod acts;
mod directory;
mod reading;
mod record;
mod sessions;
mod sharing;
mod world;
