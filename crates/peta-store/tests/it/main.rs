//! The store from outside: each test has a data directory of its own.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says what it expects, and fails otherwise"
)]

mod acts;
mod dice;
mod directory;
mod expiry;
mod keys;
mod reading;
mod record;
mod runs;
mod searching;
mod sessions;
mod sharing;
mod world;
mod written;
