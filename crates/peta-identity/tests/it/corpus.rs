//! The committed corpora of the fuzz targets that read what strangers say.

#[path = "../../../../fuzz/checks/oauth.rs"]
mod oauth;
#[path = "../../../../fuzz/replay.rs"]
mod replay;

use replay::replay;

#[test]
fn challenges() {
    replay("challenge", oauth::challenge);
}

#[test]
fn callbacks() {
    replay("callback", oauth::callback);
}

#[test]
fn what_is_kept() {
    replay("kept", oauth::kept);
}

#[test]
fn documents() {
    replay("metadata", oauth::metadata);
    // The corpus leads through all steps.
    let reached = |name: &str| {
        let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/metadata").join(name);
        oauth::reached(&std::fs::read(file).unwrap())
    };
    assert_eq!([reached("whole"), reached("of_march"), reached("query")], ["a grant"; 3]);
    assert_eq!([reached("private"), reached("other_issuer"), reached("other_resource")], ["nothing"; 3]);
    assert_eq!((reached("altered"), reached("odd_token")), ("a server", "a link"));
}
