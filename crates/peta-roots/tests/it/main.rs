//! Key providers through the crate's door: services that are written from their public documentation, and AWS's own API as
//! `moto` has it.

#![allow(clippy::unwrap_used, reason = "tests: what they lean on outside of test functions may fail loudly, too")]
#![allow(
    clippy::panic,
    clippy::print_stdout,
    reason = "tests: what they lean on may fail loudly, and say what it left out"
)]
#![allow(clippy::indexing_slicing, reason = "tests: what they lean on outside of test functions may fail loudly, too")]

mod aws;
mod azure;
mod gcp;
#[cfg(feature = "keychain")]
mod keychain;
mod local;
mod moto;
mod rotate;
mod transit;
mod weather;
mod world;
