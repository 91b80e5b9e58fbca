//! The page docs/formats/sealing.md, read by another language: what the vault's vectors hold is opened and made again by
//! `examples/vault/open.py`, which uses no code of Peta's.

use std::{fs, path::Path};

use peta_testkit::{Ran, command, finish, python_peer};

async fn opened(folder: &Path) -> Ran {
    let mut python = command(&python_peer("python"));
    python.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/vault/open.py")).arg(folder);
    finish("examples/vault/open.py", python).await
}

#[tokio::test]
async fn python_opens_what_was_sealed() {
    let vectors = Path::new(env!("CARGO_MANIFEST_DIR")).join("../peta-vault/tests/vectors");
    let ran = opened(&vectors).await;
    let files = ["envelope", "keks", "passphrases", "key_file", "payload_file"];
    let expected: String = files.iter().map(|name| format!("{name}: as the page says\n")).collect();
    assert_eq!((ran.code, ran.stdout.as_str()), (0, expected.as_str()), "{ran:?}");

    // It would notice: one digit of what is sealed is another one.
    let folder = tempfile::tempdir().unwrap();
    for name in files {
        fs::copy(vectors.join(format!("{name}.json")), folder.path().join(format!("{name}.json"))).unwrap();
    }
    let file = folder.path().join("envelope.json");
    let text = fs::read_to_string(&file).unwrap();
    let at = text.find("\"rewrapped\"").unwrap() + 400;
    let digit = if text.as_bytes()[at] == b'0' { "1" } else { "0" };
    fs::write(&file, [&text[..at], digit, &text[at + 1..]].concat()).unwrap();
    let ran = opened(folder.path()).await;
    assert!(ran.code == 1 && ran.stdout.is_empty(), "{ran:?}");
}
