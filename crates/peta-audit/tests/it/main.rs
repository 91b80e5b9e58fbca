//! The forms in which events leave Peta, read again by strict readers.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

#[path = "../../../../fuzz/checks/lines.rs"]
mod checks;
#[path = "../../../../fuzz/replay.rs"]
mod replay;

mod any;
mod document;
mod line_forging;
mod ocsf;
mod sample;
