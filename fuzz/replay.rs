//! Replays a committed corpus in the ordinary tests: what once was found stays found.

pub(crate) fn replay(target: &str, check: fn(&[u8])) {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(target);
    let mut seen = 0;
    for file in std::fs::read_dir(&folder).expect("the corpus is committed") {
        let path = file.expect("a readable folder").path();
        check(&std::fs::read(&path).expect("a readable file"));
        seen += 1;
    }
    assert!(seen > 0, "an empty corpus proves nothing: {}", folder.display());
}
