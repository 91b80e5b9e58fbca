//! Faults of exports are found and named.

use peta_verify::{Fault, Keys, Signer, Trusted, Whole, check_export};
use proptest::prelude::*;

use crate::sample::{
    Files, LOG, SEEN, WITNESS, auditor, auditor_of, change, entry, expired, export, export_of, head, pruned, signer,
    witness,
};

fn check(files: &Files, trusted: &Trusted) -> Result<Whole, Fault> {
    check_export(files, trusted, |_| ())
}

#[test]
fn a_whole_log_is_whole() {
    for size in [1, 255, 256, 257, 513, 1_000] {
        let whole = check(&export(size), &auditor(size / 3)).unwrap();
        assert_eq!((whole.entries, whole.expired, whole.checkpoint.size), (size, 0, size));
        assert_eq!(whole.cosigned[WITNESS], (size / 2, SEEN));
        assert!(check(&export(size), &Trusted::default()).is_ok(), "with its own key");
    }
}

#[test]
fn what_expired_leaves_its_hashes() {
    let counts = |whole: Whole| (whole.entries, whole.expired, whole.expired_to, whole.left_out);
    // At the edge of a bundle, within one, and after two rounds of which the first has expired itself.
    for (to, bundles, missing) in [(256, 1, 256), (300, 2, 512), (513, 3, 768), (255, 1, 256), (1, 1, 256)] {
        let (files, entries) = pruned(1_000, to, 990);
        let whole = check(&files, &auditor_of(900, &entries)).unwrap();
        assert_eq!(counts(whole), (1_000 - missing, missing, to, 0), "{to} {bundles}");
        assert!(check(&files, &Trusted::default()).unwrap().to_string().contains(&format!("of the first {to})")));
    }
    let (mut files, entries) = pruned(1_000, 300, 990);
    // Above the edge nothing may be missing, and below it not the hashes.
    let kept = files.0.remove("tile/entries/002").unwrap();
    let fault = check(&files, &auditor_of(900, &entries)).unwrap_err();
    let told = "it is missing, and neither has it expired nor was it left out";
    assert_eq!(fault.to_string(), format!("tile/entries/002, entry 512: {told}"));
    files.0.insert("tile/entries/002".into(), kept);
    files.0.remove("tile/0/000").unwrap();
    let fault = check(&files, &auditor_of(900, &entries)).unwrap_err();
    assert_eq!(fault.to_string(), "tile/entries/000, entry 0: it is missing, and so are its hashes");
}

/// That something expired is told by Core in the log, or it did not expire.
#[test]
fn whoever_drops_entries_does_not_say_that_they_expired() {
    let told = |text: &str| {
        let text = text.to_owned();
        let entries = move |index: u64| if index == 990 { text.clone().into_bytes() } else { entry(index) };
        let mut files = export_of(1_000, entries);
        files.0.remove("tile/entries/000").unwrap();
        files.0.remove("cosigned/1").unwrap();
        check(&files, &Trusted::default()).map(drop).map_err(|fault| fault.to_string())
    };
    let whole = String::from_utf8(expired(256)).unwrap();
    assert_eq!(told(&whole), Ok(()));
    for (from, to) in [
        (r#""core""#, r#""http""#),
        ("record.expired", "record.damaged"),
        (r#""intent""#, r#""mark""#),
        (r#"\"to\":256"#, r#"\"to\":0"#),
        (r#"\"to\":256"#, r#"\"to\":-1"#),
        (r#"\"to\":256"#, r#"\"to\":991"#),
        (r#"\"to\":256"#, r#"\"to\":true"#),
    ] {
        assert!(whole.contains(from), "{whole}");
        let fault = told(&whole.replace(from, to)).unwrap_err();
        assert!(fault.starts_with("tile/entries/000, entry 0: it is missing, and neither"), "{to}: {fault}");
    }
}

/// A part of a log says that it is one.
#[test]
fn what_is_left_out_is_named() {
    let mut files = export(1_000);
    files.0.remove("tile/entries/001").unwrap();
    files.0.remove("tile/entries/003.p/232").unwrap();
    assert_eq!(check(&files, &auditor(900)).unwrap_err().file, "tile/entries/001");
    files.0.insert("left-out".into(), b"1 1\n3 3\n".to_vec());
    let whole = check(&files, &auditor(900)).unwrap();
    assert_eq!((whole.entries, whole.expired, whole.left_out), (512, 0, 488));
    assert!(
        whole.to_string().ends_with("488 left out of this export; witness.example.org saw the first 500 at 1790000000"),
        "{whole}"
    );
    files.0.insert("left-out".into(), b"0 1\n".to_vec());
    assert_eq!(check(&files, &auditor(900)).unwrap_err().file, "tile/entries/003.p/232");
    files.0.insert("left-out".into(), b"0 1".to_vec());
    assert_eq!(check(&files, &auditor(900)).unwrap_err().to_string(), "left-out: it is no list of bundles");
}

/// Whoever has the key and changes an old entry has to sign another tree: the kept checkpoint shows it, and so does what a
/// witness saw.
#[test]
fn a_log_that_was_written_anew_is_found_out() {
    let anew = |size, change| {
        let mut files = export_of(size, |index| if index == change { b"another".to_vec() } else { entry(index) });
        files.0.remove("cosigned/1");
        files
    };
    let files = anew(100, 10);
    assert!(check(&files, &Trusted::default()).is_ok(), "by itself it fits");
    let fault = check(&files, &auditor(50)).unwrap_err();
    assert_eq!(fault.to_string(), "the kept checkpoint 1: its 50 entries are not those of the export");
    let mut seen = files.clone();
    seen.0.insert("cosigned/1".into(), head(40, entry, &[&signer(), &witness()]).to_string().into_bytes());
    let fault = check(&seen, &Trusted { checkpoints: Vec::new(), ..auditor(0) }).unwrap_err();
    assert_eq!(fault.file, "cosigned/1");
    assert!(check(&anew(100, 60), &auditor(50)).is_ok(), "of what came after the checkpoint it says nothing");
    let fault = check(&anew(40, 99), &auditor(50)).unwrap_err();
    assert!(fault.what.contains("it was cut off"), "{fault}");
}

/// What was said is held against the entry that it is named after; the commitment was worked out with Python's hashlib.
#[test]
fn what_was_said_is_what_entries_commit_to() {
    const COMMIT: &str = "33a3f5c182568d85174ef80ddff3e6f24bf313141a21322f938847aad3e57f70";
    let told = |index: u64| match index {
        3 => format!(r#"{{"arguments":"{COMMIT}","result":7,"what":"intent"}}"#).into_bytes(),
        _ => entry(index),
    };
    let said = format!("{}\nfull 2\n{{}}", "07".repeat(32)).into_bytes();
    let with = |name: &str, said: &[u8]| {
        let mut files = export_of(300, told);
        files.0.remove("cosigned/1");
        files.0.insert(format!("payloads/{name}"), said.to_vec());
        check(&files, &Trusted::default())
    };
    let whole = with("3.arguments", &said).unwrap();
    assert_eq!(whole.payloads, 1);
    assert!(whole.to_string().ends_with(", 1 payloads"), "{whole}");
    for at in 0..said.len() {
        let mut other = said.clone();
        other[at] ^= 1;
        let fault = with("3.arguments", &other).unwrap_err();
        assert_eq!(fault.to_string(), "payloads/3.arguments: it is not what the entry commits to", "{at}");
    }
    for other in [&b""[..], &said[..64], &said[1..], b"full 2\n{}"] {
        assert_eq!(with("3.arguments", other).unwrap_err().file, "payloads/3.arguments");
    }
    for name in ["3.result", "4.arguments", "299.arguments", "300.arguments", "9999999.result"] {
        assert!(with(name, &said).unwrap_err().what.contains("no entry"), "{name}");
    }
    for name in ["03.arguments", "3", "3.else", "+3.result", "keys"] {
        assert_eq!(with(name, &said).unwrap_err().what, "it is no payload", "{name}");
    }
    // Of an entry that is not there there is nothing to hold it against.
    let mut files = export_of(300, told);
    files.0.remove("cosigned/1");
    files.0.remove("tile/entries/000");
    files.0.insert("left-out".into(), b"0 0\n".to_vec());
    files.0.insert("payloads/3.arguments".into(), said);
    assert!(check(&files, &Trusted::default()).unwrap_err().what.contains("no entry"));
}

/// An outcome is of an intent that stands before it and has none yet, as far as the entries are there.
#[test]
fn an_outcome_has_its_intent() {
    let told = |text: &'static str| {
        move |index: u64| {
            text.split(' ').nth(usize::try_from(index).unwrap()).map_or_else(Vec::new, |word| {
                match word.strip_prefix('o') {
                    Some("") => br#"{"what":"outcome"}"#.to_vec(),
                    Some(of) => format!(r#"{{"intent":{of},"what":"outcome"}}"#).into_bytes(),
                    None => br#"{"what":"intent"}"#.to_vec(),
                }
            })
        }
    };
    let verdict = |text: &'static str| {
        let entries = told(text);
        check(&export_of(text.split(' ').count() as u64, entries), &Trusted::default())
            .map(drop)
            .map_err(|fault| (fault.index, fault.what))
    };
    for whole in ["i o0 i i o3 o2", "i i i"] {
        verdict(whole).unwrap();
    }
    let none = |of: u64| format!("it is the outcome of {of}, which is no intent that is open");
    assert_eq!(verdict("i o1"), Err((Some(1), none(1))));
    assert_eq!(verdict("i o0 o0"), Err((Some(2), none(0))));
    assert_eq!(verdict("o1 i"), Err((Some(0), none(1))));
    assert_eq!(verdict("i o"), Err((Some(1), "it is an outcome of nothing".to_owned())));
    // The intent is in a bundle that expired.
    let entries = |index: u64| match index {
        256 => br#"{"intent":7,"what":"outcome"}"#.to_vec(),
        257 => expired(256),
        _ => br#"{"what":"intent"}"#.to_vec(),
    };
    let mut files = export_of(258, entries);
    files.0.remove("tile/entries/000");
    assert_eq!(check(&files, &Trusted::default()).unwrap().expired, 256);
}

#[test]
fn keys_are_good_for_their_sizes() {
    let key = signer().verifier().to_string();
    let of = |keys: &str| {
        let trusted = Trusted { keys: Some(Keys::read(keys).unwrap()), ..Trusted::default() };
        let mut files = export(300);
        // Of an older size.
        files.0.remove("cosigned/1");
        check(&files, &trusted).map_err(|fault| fault.to_string())
    };
    assert!(of(&format!("{key} 0 300")).is_ok() && of(&format!("{key} 300 -")).is_ok());
    let expected = format!("checkpoint: no key of {LOG} is good for 300 entries");
    assert_eq!(of(&format!("{key} 0 299")), Err(expected.clone()));
    assert_eq!(of(&format!("{key} 301 -")), Err(expected));
    let other = Signer::new(LOG, &[8; 32]).unwrap();
    assert!(of(&format!("{} 0 -", other.verifier())).unwrap_err().contains("there is no signature of"));
    for bad in ["", "x 0 -", &format!("{key} 0"), &format!("{key} a -"), &format!("{key} 0 - more")] {
        assert!(Keys::read(bad).is_err(), "{bad}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    /// Whatever byte is changed, dropped or added, in whatever file: it is found out, and the file is named.
    #[test]
    fn any_change_is_found_out(size in 2_u64..900, how in any::<(usize, usize, u8, u8)>()) {
        let mut files = export(size);
        let Some(name) = change(&mut files, how) else { return Ok(()) };
        let found = check(&files, &auditor(size - 1));
        match name.as_str() {
            // It counts for nothing beside the auditor's own.
            "keys" => {}
            // Signed by another witness, it is no cosignature of this one.
            "cosigned/1" => prop_assert!(!found.is_ok_and(|whole| whole.cosigned.contains_key(WITNESS))),
            _ => {
                let fault = found.expect_err("it is changed");
                // An entry that does not fit its hash: which of the two was changed shows only in the checkpoint.
                let about =
                    [name.clone(), name.replace("tile/0", "tile/entries"), name.replace("tile/entries", "tile/0")];
                prop_assert!(about.contains(&fault.file), "{}: {}", name, fault);
            }
        }
    }
}
