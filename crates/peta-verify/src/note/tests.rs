use super::*;
use crate::{
    checkpoint::{Checkpoint, NoCheckpoint},
    hash::Hash,
    key::NoKey,
};

/// From the documentation of Go's golang.org/x/mod/sumdb/note.
const KEY: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const NOTE: &str = "If you think cryptography is the answer to your problem,\n\
    then you don't know what your problem is.\n\n\
    — PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

fn log() -> Signer {
    Signer::new("peta.example.com/acme/record", &[7; 32]).unwrap()
}

fn signed() -> Note {
    let checkpoint =
        Checkpoint { origin: "peta.example.com/acme/record".into(), size: 1_234_567, root: Hash::of_leaf(b"x") };
    let mut note = Note::new(&checkpoint.to_string()).unwrap();
    note.sign(&log(), 0);
    note
}

#[test]
fn a_note_of_go_is_read() {
    let (key, note): (Verifier, Note) = (KEY.parse().unwrap(), NOTE.parse().unwrap());
    assert_eq!((key.to_string(), note.to_string()), (KEY.to_owned(), NOTE.to_owned()));
    assert_eq!(note.check(&key), Ok(None));
    let forged: Note = NOTE.replace("answer", "Answer").parse().unwrap();
    assert!(matches!(forged.check(&key), Err(NoNote::Forged { .. })));
    assert!(matches!(note.check(log().verifier()), Err(NoNote::Unsigned { .. })));
}

#[test]
fn a_checkpoint_is_signed_and_cosigned() {
    let mut note = signed();
    let witness = Signer::witness("witness.example.org", &[9; 32]).unwrap();
    note.sign(&witness, 1_790_000_000);
    let text = note.to_string();
    let again: Note = text.parse().unwrap();
    assert_eq!(again, note);
    assert_eq!(again.check(log().verifier()), Ok(None));
    assert_eq!(again.check(witness.verifier()), Ok(Some(1_790_000_000)));
    assert_eq!(again.text().parse::<Checkpoint>().unwrap().size, 1_234_567);
    let spelled: Verifier = witness.verifier().to_string().parse().unwrap();
    assert!(spelled == *witness.verifier() && spelled.is_witness() && !log().verifier().is_witness());
    // Signed again it has one signature of each.
    note.sign(&witness, 1_790_000_001);
    assert_eq!((note.signatures().len(), note.check(witness.verifier())), (2, Ok(Some(1_790_000_001))));
}

#[test]
fn a_cosignature_that_came_alone_is_taken_in() {
    let mut note = signed();
    let (witness, other) =
        (Signer::witness("witness.example.org", &[9; 32]), Signer::witness("other.example", &[8; 32]));
    let (witness, other) = (witness.unwrap(), other.unwrap());
    let mut theirs = Note::new(note.text()).unwrap();
    theirs.sign(&other, 3);
    theirs.sign(&witness, 5);
    let lines = theirs.to_string().split_once("\n\n").unwrap().1.to_owned();
    for _ in 0..2 {
        // A second time it takes the place of the first.
        assert_eq!(note.take_in(&lines, witness.verifier()), Ok(Some(5)));
        assert_eq!(note.signatures().len(), 2, "no stranger's");
        assert!(note.check(log().verifier()).is_ok());
    }
    // Nothing is taken in of what is none, or of another text.
    for lines in ["", "witness.example.org\n", lines.trim_end(), &lines.replacen("— ", "x", 1)] {
        assert!(signed().take_in(lines, witness.verifier()).is_err(), "{lines}");
    }
    let mut older = Note::new("peta.example.com/acme/record\n1\nAAAA\n").unwrap();
    assert!(matches!(older.take_in(&lines, witness.verifier()), Err(NoNote::Forged { .. })));
    assert!(older.signatures().is_empty());
}

#[test]
fn no_byte_can_be_changed() {
    let text = signed().to_string();
    let log = log();
    for at in 0..text.len() {
        for bit in 0..8 {
            let mut bytes = text.clone().into_bytes();
            bytes[at] ^= 1 << bit;
            let Ok(changed) = String::from_utf8(bytes) else { continue };
            let good = changed.parse::<Note>().is_ok_and(|note| note.check(log.verifier()).is_ok());
            assert!(!good, "byte {at}, bit {bit}: {changed}");
        }
    }
}

#[test]
fn what_is_no_note_is_none() {
    let text = signed().to_string();
    for bad in [
        "",
        "\n",
        "x\n",
        "x\n\n",
        "x\n\n— a AAAA",
        "x\n\n— a \n",
        "x\n\n- a AAAAAAAA\n",
        "x\n\n—a AAAAAAAA\n",
        "x\u{7}\n\n— a AAAAAAAA\n",
    ] {
        assert!(bad.parse::<Note>().is_err(), "{bad:?}");
    }
    let many = format!("{text}{}", "— a AAAAAAA=\n".repeat(MOST));
    assert_eq!(many.parse::<Note>(), Err(NoNote::TooMany));
    assert_eq!(format!("{text}nothing\n").parse::<Note>(), Err(NoNote::Line(2)));
    assert!(Note::new("no end").is_err() && Note::new("\r\n").is_err());
}

#[test]
fn what_is_no_key_is_none() {
    let of = |text: &str| text.parse::<Verifier>().err();
    assert_eq!(of("a+b"), Some(NoKey::Form));
    assert_eq!(of(&KEY.replace("Peter", "Pe ter")), Some(NoKey::Name));
    assert_eq!(of(&KEY.replace("c74f20a3", "c74f20a4")), Some(NoKey::Id));
    assert_eq!(of(&KEY.replace("PeterN", "PeterM")), Some(NoKey::Id), "a key of another name is another key");
    assert_eq!(of(&KEY.replace("+ARpc", "+BRpc")), Some(NoKey::Type(5)));
    assert_eq!(Signer::new("with+plus", &[1; 32]).err(), Some(NoKey::Name));
}

#[test]
fn what_is_no_checkpoint_is_none() {
    let root = Hash::of_nothing();
    let of = |text: String| text.parse::<Checkpoint>().err();
    assert_eq!(of(format!("log\n0\n{root}\n")), None);
    assert_eq!(of(format!("log\n0\n{root}")), Some(NoCheckpoint::Lines));
    assert_eq!(of(format!("log\n0\n{root}\nextension\n")), Some(NoCheckpoint::Lines));
    assert_eq!(of(format!("\n0\n{root}\n")), Some(NoCheckpoint::Origin));
    for size in ["", "01", "+1", "-1", "1 ", "18446744073709551616"] {
        assert_eq!(of(format!("log\n{size}\n{root}\n")), Some(NoCheckpoint::Size), "{size}");
    }
    assert_eq!(of("log\n0\nAAAA\n".into()), Some(NoCheckpoint::Root));
}
