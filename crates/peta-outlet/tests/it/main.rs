//! Sinks against receivers that are away, slow, broken, and true in the end.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says what it expects, and fails otherwise"
)]

mod bank;
mod elastic;
mod file;
#[path = "../../../peta-store/tests/it/keys.rs"]
mod keys;
mod kinds;
mod otlp;
mod outage;
mod s3;
mod splunk;
mod syslog;
mod told;
mod webhook;
mod witness;
mod world;
