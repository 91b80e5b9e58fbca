use peta_model::{Decision, EventId, EventKind, Moment};

use super::*;
use crate::{Caller, Facts};

fn intent() -> Intent {
    Intent {
        id: EventId::from_bytes([1; 16]),
        time: Moment::from_micros(0),
        kind: EventKind::ToolCall,
        caller: Caller { agent: Some("robot".parse().unwrap()), user: Some("ada".into()), ..Caller::default() },
        session: None,
        server: None,
        capability: Some("read".into()),
        decision: Decision::Allow,
        reasons: Vec::new(),
        request_bytes: 0,
        detail: None,
        concerns: None,
        facts: Default::default(),
    }
}

#[test]
fn names_of_tools_are_public_and_addresses_are_not() {
    for name in ["read", "a.b/c_d-E9", &"x".repeat(128)] {
        assert!(is_public_name(name), "{name}");
    }
    for name in ["", "file:///home/ada", "a b", "ä", "a\nb", &"x".repeat(129)] {
        assert!(!is_public_name(name), "{name}");
    }
}

#[test]
fn what_is_sealed_comes_back_and_fits_its_commitment() {
    let private = Private::of(&Intent { capability: Some("file:///home/ada".into()), ..intent() });
    let bytes = private.to_bytes(&[7; SALT]);
    assert_eq!(&bytes[SALT..], br#"{"agent":"robot","capability":"file:///home/ada","user":"ada"}"#);
    assert_eq!(Private::of_text(text_of(&bytes)), Some(private));
    let facts = Facts { client: Some("Adas editor".into()), request: Some("for Ada".into()), ..Facts::default() };
    let of_a_call = Private::of(&Intent { facts, reasons: vec!["for Ada".into()], ..intent() });
    let bytes_of_it = of_a_call.to_bytes(&[7; SALT]);
    let text = br#"{"agent":"robot","client":"Adas editor","reasons":["for Ada"],"request":"for Ada","user":"ada"}"#;
    assert_eq!(&bytes_of_it[SALT..], text);
    assert_eq!(Private::of_text(text_of(&bytes_of_it)), Some(of_a_call));
    let plain = Facts { request: Some("-17".into()), ..Facts::default() };
    assert_eq!(Private::of(&Intent { facts: plain, ..intent() }).request, None);
    let other = Private::of(&intent()).to_bytes(&[7; SALT]);
    assert_ne!(commitment(&bytes), commitment(&other));
    // The same text with another salt: nobody learns by comparing.
    assert_ne!(commitment(&bytes), commitment(&[&[8; SALT][..], &bytes[SALT..]].concat()));
}

/// With Python: hashlib.sha256(b"peta:commit:v1" + bytes(32) + b"{}").hexdigest()
#[test]
fn a_commitment_by_another_hand() {
    let commitment = commitment(&Private::default().to_bytes(&[0; SALT]));
    let hex: String = commitment.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(hex, "af559d11abcbad34d86fed586cab60b6f1b749dc3f978898f5f8ec9f5ac26255");
}

#[test]
fn what_core_says_of_itself_concerns_nobody() {
    let own = Intent::of_core(EventId::from_bytes([1; 16]), Moment::from_micros(0), "clock.step", "{}".into());
    assert!(Private::of(&own).is_empty());
}

fn text_of(salted: &[u8]) -> &str {
    std::str::from_utf8(&salted[SALT..]).unwrap()
}
