//! The crate's door: vectors that others can check, the sanitizer as a whole, the committed fuzz corpora, what sealing
//! costs.

#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod echo;
#[path = "../../../../fuzz/checks/envelope.rs"]
mod envelope;
#[path = "../../../../fuzz/checks/sanitize.rs"]
mod sanitize;
mod speed;
mod vectors;

fn replay(target: &str, check: fn(&[u8])) {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(target);
    let mut seen = 0;
    for file in std::fs::read_dir(&folder).expect("the corpus is committed") {
        let path = file.expect("a readable folder").path();
        check(&std::fs::read(&path).expect("a readable file"));
        seen += 1;
    }
    assert!(seen > 0, "an empty corpus proves nothing: {}", folder.display());
}

#[test]
fn envelopes() {
    replay("envelope", envelope::envelope);
}

#[test]
fn sanitized() {
    replay("sanitize", sanitize::sanitize);
}
