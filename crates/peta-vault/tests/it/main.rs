//! The crate's door: vectors that others can check, the sanitizer as a whole, the committed fuzz corpora.

#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod echo;
#[path = "../../../../fuzz/checks/envelope.rs"]
mod envelope;
#[path = "../../../../fuzz/replay.rs"]
mod replay;
#[path = "../../../../fuzz/checks/sanitize.rs"]
mod sanitize;
mod vectors;

use replay::replay;

#[test]
fn envelopes() {
    replay("envelope", envelope::envelope);
}

#[test]
fn sanitized() {
    replay("sanitize", sanitize::sanitize);
}
