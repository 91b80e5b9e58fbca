//! Replays the committed fuzz corpora: what once was found stays found.

#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

#[path = "../../../../fuzz/checks.rs"]
mod checks;

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
