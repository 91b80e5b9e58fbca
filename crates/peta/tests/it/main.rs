//! The built `peta`, from outside: real processes, real sockets, raw bytes. Each test has a Core of its own.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "the helpers of tests too: a failed step is a failed test"
)]

mod agents;
mod apps;
mod archive;
mod attack;
mod cancel;
mod changes;
mod chaos;
mod combos;
mod command_line;
mod conformance;
mod credentials;
mod disk;
mod door;
mod ends;
mod events;
mod expiry;
mod facts;
mod failing;
mod fidelity;
mod go;
mod house;
mod isolation;
mod large;
mod legacy;
mod messages;
mod names;
mod oauth;
mod pages;
mod paging;
mod payloads;
mod peers;
mod record;
mod reports;
mod restart;
mod resume;
mod reverse;
mod sessions;
mod sinks;
mod start;
mod stdio;
mod system;
mod tasks;
mod tokens;
mod vault;
mod versions;
mod witness;
