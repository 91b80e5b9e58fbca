//! A thousand logs, most of them changed somewhere: the auditor's program and `examples/verify/verify.py`, which shares no
//! code with it, say the same of each.

use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
};

use crate::sample::{Files, change, entry, export, head, keys, pruned, signer, witness};

const LOGS: u64 = 1_000;

#[expect(clippy::disallowed_methods, reason = "the two programs that are compared")]
fn run(program: impl AsRef<Path>, words: &[&str], folders: &[PathBuf]) -> Output {
    Command::new(program.as_ref()).args(words).args(folders).output().unwrap()
}

/// What is said of each folder: whether it is intact.
fn verdicts(output: &Output) -> Vec<bool> {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    assert!(matches!(output.status.code(), Some(0 | 1)), "{output:?}");
    text.lines().map(|line| !line.contains(": not intact: ")).collect()
}

/// A whole log, one that has expired at its beginning, or a part of one.
fn some(number: u64, next: &mut impl FnMut() -> u64) -> Files {
    match number % 4 {
        // Behind the kept checkpoint, which is of the first two.
        1 => {
            let size = 300 + next() % 300;
            pruned(size, 1 + next() % 290, size - 2).0
        }
        3 => {
            let mut files = export(257 + next() % 300);
            files.0.remove("tile/entries/000").unwrap();
            files.0.insert("left-out".to_owned(), b"0 0\n".to_vec());
            files
        }
        _ => export(2 + next() % 300),
    }
}

#[test]
fn both_verifiers_agree() {
    let python = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/peers/.venv/bin/python");
    assert!(python.exists(), "tests/peers/install.sh makes it; `make test` runs that");
    let room = tempfile::tempdir().unwrap();
    let given = |name: &str, text: &str| {
        let path = room.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let (keys, kept) = (given("keys", &keys()), given("kept", &head(2, entry, &[&signer()]).to_string()));
    let witness = witness().verifier().to_string();
    let options = ["--keys", &keys, "--checkpoint", &kept, "--witness", &witness];

    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let (mut folders, mut changed) = (Vec::new(), Vec::new());
    for number in 0..LOGS {
        let mut files = some(number, &mut next);
        let how = (next() as usize, next() as usize, next() as u8, next() as u8);
        // One in ten is left as it is.
        changed.push(if number % 10 == 0 { None } else { change(&mut files, how) });
        let folder = room.path().join(number.to_string());
        for (path, bytes) in &files.0 {
            let path = folder.join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, bytes).unwrap();
        }
        folders.push(folder);
    }
    let ours = run(env!("CARGO_BIN_EXE_peta-verify"), &options, &folders);
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/verify/verify.py");
    let theirs = run(python, &[&[script.to_str().unwrap()], options.as_slice()].concat(), &folders);
    let (ours_say, theirs_say) = (verdicts(&ours), verdicts(&theirs));
    assert_eq!((ours_say.len(), theirs_say.len()), (folders.len(), folders.len()), "{theirs:?}");
    let said = |output: &Output, at| String::from_utf8_lossy(&output.stdout).lines().nth(at).unwrap().to_owned();
    for (at, changed) in changed.iter().enumerate() {
        assert_eq!(ours_say[at], theirs_say[at], "{changed:?}\n{}\n{}", said(&ours, at), said(&theirs, at));
        match changed.as_deref() {
            None => assert!(ours_say[at], "{}", said(&ours, at)),
            Some("keys" | "cosigned/1" | "left-out") => {}
            Some(name) => assert!(!ours_say[at], "{name} was changed: {}", said(&ours, at)),
        }
    }
    assert!(changed.iter().flatten().count() > 800, "most were changed");
}
