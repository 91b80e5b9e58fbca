//! The OAuth client against scripted servers over real HTTP on loopback, through the guarded dialer.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests: what they lean on outside of test functions may fail loudly, too"
)]

mod any;
mod connect;
mod corpus;
mod discovery;
mod hostile;
mod own;
mod peer;
mod providers;
mod registration;
mod script;
mod steps;
mod suite;
