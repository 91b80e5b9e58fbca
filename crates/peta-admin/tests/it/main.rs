//! The crate's door: the admin API over a real store and a real runtime, asked as clients ask it.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that meets the unexpected ends; what helps tests is outside of the functions that clippy knows as such"
)]

mod acts;
mod contract;
mod credentials;
mod events;
mod input;
mod keeper;
mod matrix;
mod peer;
mod reports;
mod sinks;
mod vault;
mod world;
