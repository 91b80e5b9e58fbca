//! A thousand logs, most of them changed somewhere: the auditor's program and `examples/verify/verify.py`, which shares no
//! code with it, say the same of each.

use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
};

use crate::{
    sample::{Files, change, entry, export, head, keys, pruned, signer, witness},
    subject,
};

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

fn python() -> PathBuf {
    let python = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/peers/.venv/bin/python");
    assert!(python.exists(), "tests/peers/install.sh makes it; `make test` runs that");
    python
}

fn script() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/verify/verify.py")
}

fn write(folder: &Path, files: &Files) {
    for (path, bytes) in &files.0 {
        let path = folder.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
}

#[test]
fn both_verifiers_agree() {
    let python = python();
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
        write(&folder, &files);
        folders.push(folder);
    }
    let ours = run(env!("CARGO_BIN_EXE_peta-verify"), &options, &folders);
    let script = script();
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

#[test]
fn both_verifiers_agree_on_events_of_a_person() {
    let room = tempfile::tempdir().unwrap();
    let whole = subject::files(&[subject::line(), subject::plain()]);
    let length = whole.0[peta_verify::SUBJECT].len();
    let mut folders = Vec::new();
    // Each byte of the file is another one, once; the first is left as it is.
    for at in 0..=length {
        let mut files = Files(whole.0.clone());
        if let Some(at) = at.checked_sub(1) {
            files.0.get_mut(peta_verify::SUBJECT).unwrap()[at] ^= 1;
        }
        let folder = room.path().join(at.to_string());
        write(&folder, &files);
        folders.push(folder);
    }
    let ours = run(env!("CARGO_BIN_EXE_peta-verify"), &[], &folders);
    let theirs = run(python(), &[script().to_str().unwrap()], &folders);
    let (ours_say, theirs_say) = (verdicts(&ours), verdicts(&theirs));
    assert_eq!((ours_say.len(), theirs_say.len()), (folders.len(), folders.len()), "{theirs:?}");
    let said = |output: &Output, at| String::from_utf8_lossy(&output.stdout).lines().nth(at).unwrap().to_owned();
    for (at, ours_says) in ours_say.iter().enumerate() {
        assert_eq!(*ours_says, theirs_say[at], "{}\n{}", said(&ours, at), said(&theirs, at));
    }
    assert!(ours_say[0], "{}", said(&ours, 0));
    let text = String::from_utf8(whole.0[peta_verify::SUBJECT].clone()).unwrap();
    for part in [subject::TEXT.get(2..7).unwrap(), "0707", "2026-11-30", "tool_call", "robot"] {
        let at = text.find(part).unwrap();
        assert!(ours_say[at + 1..=at + part.len()].iter().all(|intact| !intact), "{part} was changed");
    }
}
