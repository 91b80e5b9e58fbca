//! The crate's door: vectors that others can check, the committed fuzz corpus, what sealing costs.

#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

#[path = "../../../../fuzz/checks/envelope.rs"]
mod checks;
mod speed;
mod vectors;

#[test]
fn envelopes() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/envelope");
    let mut seen = 0;
    for file in std::fs::read_dir(&folder).expect("the corpus is committed") {
        let path = file.expect("a readable folder").path();
        checks::envelope(&std::fs::read(&path).expect("a readable file"));
        seen += 1;
    }
    assert!(seen > 0, "an empty corpus proves nothing: {}", folder.display());
}
