//! One person's events are held against the entries at their places.

use peta_verify::{OfSubject, SUBJECT, Trusted, Whole, check_export};
use serde_json::{Value, json};

use crate::sample::{Files, entry, export_of};

/// Worked out with Python's hashlib.
const COMMIT: &str = "dc23e27fc00fc4fec4f203b0fa83fdeced8398523dd27453f9c7ebf006fbeb79";
pub(crate) const TEXT: &str = r#"{"agent":"robot","detail":"{\"n\":1}","user":"ada"}"#;

/// An event of a person at 3, which ends at 4; one of a time without keys at 5.
fn told(index: u64) -> Vec<u8> {
    match index {
        3 => json!({
            "what": "intent", "event": "e3", "kind": "tool_call", "time": 1_796_031_000_250_000_u64, "decision": "allow",
            "request_bytes": 7, "agent": "a1", "capability": "echo", "reasons": ["fs"], "commit": COMMIT,
        }),
        4 => json!({ "what": "outcome", "intent": 3, "outcome": "ok", "duration_us": 5, "response_bytes": 9 }),
        5 => json!({ "what": "intent", "event": "e5", "kind": "list", "time": 0, "decision": "allow",
            "request_bytes": 0, "capability": "echo", "reasons": ["fs/resource:…"] }),
        _ => return entry(index),
    }
    .to_string()
    .into_bytes()
}

pub(crate) fn line() -> Value {
    json!({
        "place": 3,
        "opening": { "salt": "07".repeat(32), "text": TEXT },
        "event": {
            "id": "e3", "sequence": 4, "time": "2026-11-30T09:30:00.250000Z", "kind": "tool_call", "agent": "robot",
            "agent_id": "a1", "user": "ada", "client": null, "capability": "echo", "decision": "allow", "reasons": ["fs"],
            "request_bytes": 7, "outcome": "ok", "duration_us": 5, "response_bytes": 9, "detail": { "n": 1 },
        },
    })
}

pub(crate) fn plain() -> Value {
    json!({
        "place": 5,
        "event": {
            "id": "e5", "sequence": 6, "time": "1970-01-01T00:00:00.000000Z", "kind": "list", "decision": "allow",
            "reasons": ["fs/resource:…"], "capability": "echo", "request_bytes": 0, "user": "ada",
        },
    })
}

pub(crate) fn files(lines: &[Value]) -> Files {
    let mut files = export_of(300, told);
    files.0.remove("cosigned/1");
    let lines: String = lines.iter().map(|line| format!("{line}\n")).collect();
    files.0.insert(SUBJECT.to_owned(), lines.into_bytes());
    files
}

fn check(files: &Files) -> Result<Whole, String> {
    check_export(files, &Trusted::default(), |_| ()).map_err(|fault| fault.to_string())
}

#[test]
fn what_is_opened_is_what_entries_commit_to() {
    let whole = check(&files(&[line(), plain()])).unwrap();
    assert_eq!(whole.subject, Some(OfSubject { events: 2, opened: 1, loose: 1, ..OfSubject::default() }));
    assert!(whole.to_string().ends_with(", 2 events of one person, 1 opened, 1 with texts that no entry commits to"));
    let opening = "subject.jsonl, entry 3: the opening is not what the entry commits to";
    for (at, to) in [
        ("/opening/salt", json!("08".repeat(32))),
        ("/opening/salt", json!("07".repeat(31))),
        ("/opening/salt", json!("+7".repeat(32))),
        ("/opening/text", json!(TEXT.replace("ada", "bob"))),
        ("/opening/text", json!("")),
    ] {
        let mut other = line();
        *other.pointer_mut(at).unwrap() = to;
        assert_eq!(check(&files(&[other])).unwrap_err(), opening, "{at}");
    }
    // An entry that commits to nothing says what it says, all the same.
    for (name, lie) in [("capability", json!("rm")), ("reasons", json!(["other"]))] {
        let mut liar = plain();
        liar["event"][name] = lie;
        assert_eq!(
            check(&files(&[liar])).unwrap_err(),
            format!("subject.jsonl, entry 5: {name} is not what the entry says")
        );
    }
    let mut named = plain();
    named["event"]["reasons"] = json!(["fs/resource:file:///home/ada"]);
    assert_eq!(check(&files(&[named])).unwrap().subject.unwrap().loose, 1);
    let mut moved = plain();
    moved["opening"] = line()["opening"].clone();
    let fault = check(&files(&[moved])).unwrap_err();
    assert_eq!(fault, "subject.jsonl, entry 5: it is opened, and the entry commits to nothing");
}

#[test]
fn an_event_that_says_something_else_is_found() {
    for (name, member) in line()["event"].as_object().unwrap() {
        let mut other = line();
        other["event"][name] = if member.is_null() { json!("x") } else { Value::Null };
        let fault = check(&files(&[other])).unwrap_err();
        assert!(fault.starts_with(&format!("subject.jsonl, entry 3: {name} is not what the entry")), "{name}: {fault}");
    }
    for place in [2, 4, 5, 299, 300] {
        let mut moved = line();
        moved["place"] = json!(place);
        assert!(check(&files(&[moved])).is_err(), "{place}");
    }
    assert!(check(&files(&[line(), line()])).unwrap_err().contains("line 2 is of entry 3, and another one is"));
    let mut cut = files(&[line()]);
    cut.0.get_mut(SUBJECT).unwrap().pop();
    assert_eq!(check(&cut).unwrap_err(), "subject.jsonl: it breaks off");
}

#[test]
fn what_is_not_opened_shows_nothing() {
    let mut dropped = line();
    dropped.as_object_mut().unwrap().remove("opening");
    let fault = check(&files(&[dropped.clone()])).unwrap_err();
    assert_eq!(fault, "subject.jsonl, entry 3: agent is not what the entry commits to");
    for name in ["agent", "user", "detail"] {
        dropped["event"][name] = Value::Null;
    }
    let whole = check(&files(&[dropped])).unwrap();
    assert_eq!(whole.subject, Some(OfSubject { events: 1, sealed: 1, ..OfSubject::default() }));
    assert!(whole.to_string().ends_with("1 whose private part is not there: erased, or withheld"), "{whole}");
}

#[test]
fn an_event_has_its_entry() {
    let mut export = files(&[line()]);
    export.0.remove("tile/entries/000");
    export.0.insert("left-out".to_owned(), b"0 0\n".to_vec());
    assert_eq!(check(&export).unwrap_err(), "subject.jsonl, entry 3: its entry is not in the export");
}
