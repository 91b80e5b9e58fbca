//! Replays the committed fuzz corpora: what once was found stays found.

#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

#[path = "../../../../fuzz/checks.rs"]
mod checks;
#[path = "../../../../fuzz/replay.rs"]
mod replay;

use replay::replay;

#[test]
fn messages() {
    replay("message", checks::message);
}

#[test]
fn lines() {
    replay("line", checks::lines);
}

#[test]
fn passages() {
    replay("passage", checks::passage);
}

#[test]
fn frames() {
    replay("frames", checks::frames);
}

#[test]
fn events() {
    replay("sse", checks::events);
}
