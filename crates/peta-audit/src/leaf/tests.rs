use std::collections::BTreeMap;

use peta_model::{Code, CredentialId, DeliveryClass, Outcome as Word, Role};
use serde_json::Value;

use super::*;
use crate::{Door, Stage};

fn intent<'a>() -> Public<'a> {
    Public {
        id: EventId::from_bytes([1; 16]),
        time: Moment::from_micros(1_764_063_000_250_000),
        kind: "tool_call",
        agent: Some(AgentId::from_bytes([2; 16])),
        token: Some(TokenId::from_bytes([3; 16])),
        admin: None,
        session: Some("s1"),
        server: Some("fs"),
        capability: Some("read"),
        decision: Decision::Allow,
        reasons: vec!["fs".into(), "fs/tool:re*".into()],
        request_bytes: 120,
        facts: PublicFacts::default(),
        detail: None,
        private: Some(([4; 16], [5; 32])),
        arguments: None,
    }
}

fn text(leaf: &Leaf<'_>) -> String {
    String::from_utf8(leaf.to_bytes()).unwrap()
}

/// Once released, these never change: hashes of them are signed.
#[test]
fn the_form_of_each_entry() {
    let at = Moment::from_micros(1_764_063_000_250_000);
    assert_eq!(
        text(&Leaf::Boot(BootId::from_bytes([9; 16]), at)),
        r#"{"boot":"09090909090909090909090909090909","time":1764063000250000,"v":1,"what":"boot"}"#
    );
    assert_eq!(text(&Leaf::Closed(at)), r#"{"time":1764063000250000,"v":1,"what":"closed"}"#);
    assert_eq!(text(&Leaf::Mark(at)), r#"{"time":1764063000250000,"v":1,"what":"mark"}"#);
    assert_eq!(text(&Leaf::Missing), r#"{"v":1,"what":"missing"}"#);
    assert_eq!(
        text(&Leaf::Intent(intent())),
        concat!(
            r#"{"agent":"02020202020202020202020202020202","capability":"read","#,
            r#""commit":"0505050505050505050505050505050505050505050505050505050505050505","decision":"allow","#,
            r#""event":"01010101010101010101010101010101","kind":"tool_call","reasons":["fs","fs/tool:re*"],"#,
            r#""request_bytes":120,"server":"fs","session":"s1","subject":"04040404040404040404040404040404","#,
            r#""time":1764063000250000,"token":"03030303030303030303030303030303","v":1,"what":"intent"}"#
        )
    );
    let act = Public {
        kind: "record.damaged",
        agent: None,
        token: None,
        admin: Some(Admin { role: Role::Owner, door: Door::Core }),
        session: None,
        server: None,
        capability: None,
        reasons: Vec::new(),
        request_bytes: 0,
        detail: Some(r#"{"bytes":7}"#),
        private: None,
        ..intent()
    };
    assert_eq!(
        text(&Leaf::Intent(act)),
        concat!(
            r#"{"decision":"allow","detail":"{\"bytes\":7}","door":"core","#,
            r#""event":"01010101010101010101010101010101","kind":"record.damaged","request_bytes":0,"role":"owner","#,
            r#""time":1764063000250000,"v":1,"what":"intent"}"#
        )
    );
    let known = PublicFacts {
        request: Some("req-7"),
        pin: Some(Pin([0xab; 32])),
        operation: Some(Operation::Write),
        policy_version: Some(42),
        credentials: vec![Carried {
            id: CredentialId::from_bytes([9; 16]),
            version: u64::MAX,
            delivery: DeliveryClass::Request,
        }],
    };
    assert_eq!(
        text(&Leaf::Intent(Public { facts: known, ..intent() })),
        concat!(
            r#"{"agent":"02020202020202020202020202020202","capability":"read","#,
            r#""commit":"0505050505050505050505050505050505050505050505050505050505050505","#,
            r#""credentials":[{"delivery":"request","id":"09090909090909090909090909090909","version":9007199254740991}],"#,
            r#""decision":"allow","event":"01010101010101010101010101010101","kind":"tool_call","operation":"write","#,
            r#""pin":"abababababababababababababababababababababababababababababababab","policy_version":42,"#,
            r#""reasons":["fs","fs/tool:re*"],"request":"req-7","request_bytes":120,"server":"fs","session":"s1","#,
            r#""subject":"04040404040404040404040404040404","time":1764063000250000,"#,
            r#""token":"03030303030303030303030303030303","v":1,"what":"intent"}"#
        )
    );
    let stages = Stages::NONE;
    let end = Outcome {
        intent: 6,
        outcome: Word::Ok,
        code: None,
        duration_us: 1500,
        response_bytes: u64::MAX,
        stages,
        result: None,
    };
    assert_eq!(
        text(&Leaf::Outcome(end)),
        r#"{"duration_us":1500,"intent":6,"outcome":"ok","response_bytes":9007199254740991,"v":1,"what":"outcome"}"#
    );
    let end = Outcome {
        intent: 6,
        outcome: Word::Failed,
        code: Some(Code::RECORD_DAMAGED.as_str()),
        duration_us: 0,
        response_bytes: 0,
        stages,
        result: None,
    };
    assert_eq!(
        text(&Leaf::Outcome(end)),
        r#"{"code":"P6002","duration_us":0,"intent":6,"outcome":"failed","response_bytes":0,"v":1,"what":"outcome"}"#
    );
    let mut stages = Stages::NONE;
    [(Stage::Server, u64::MAX), (Stage::First, 3), (Stage::Judge, 7)]
        .into_iter()
        .for_each(|(stage, micros)| stages.set(stage, micros));
    let end = Outcome {
        intent: 6,
        outcome: Word::Ok,
        code: None,
        duration_us: 1500,
        response_bytes: 1,
        stages,
        result: None,
    };
    assert_eq!(
        text(&Leaf::Outcome(end)),
        concat!(
            r#"{"duration_us":1500,"intent":6,"outcome":"ok","response_bytes":1,"#,
            r#""stages":{"first":3,"judge":7,"server":9007199254740991},"v":1,"what":"outcome"}"#
        )
    );
}

/// What stands for arguments and results, where these are kept.
#[test]
fn commitments_to_payloads_stand_among_the_others() {
    let leaf = text(&Leaf::Intent(Public { arguments: Some([6; 32]), ..intent() }));
    let stands = format!(r#"{{"agent":"{}","arguments":"{}","capability":"read","#, "02".repeat(16), "06".repeat(32));
    assert!(leaf.starts_with(&stands), "{leaf}");
    let (outcome, result) = (Word::Ok, Some([7; 32]));
    let end =
        Outcome { intent: 6, outcome, code: None, duration_us: 1, response_bytes: 2, result, stages: Stages::NONE };
    let stands = format!(
        r#"{{"duration_us":1,"intent":6,"outcome":"ok","response_bytes":2,"result":"{}","v":1,"what":"outcome"}}"#,
        "07".repeat(32)
    );
    assert_eq!(text(&Leaf::Outcome(end)), stands);
}

/// RFC 8785: members in order, no white space, strings as short as can be.
#[test]
fn it_is_canonical_whatever_a_stranger_says() {
    let foreign = "q\"\\/\u{8}\t\n\u{c}\r\u{1b}\u{7f}\u{2028}é€😂";
    let facts = PublicFacts { request: Some(foreign), ..PublicFacts::default() };
    let leaf = text(&Leaf::Intent(Public { session: Some(foreign), reasons: vec![foreign.into()], facts, ..intent() }));
    assert!(leaf.contains("\"session\":\"q\\\"\\\\/\\b\\t\\n\\f\\r\\u001b\u{7f}\u{2028}é€😂\""), "{leaf}");
    let read: BTreeMap<String, Value> = serde_json::from_str(&leaf).unwrap();
    assert_eq!(read["session"], foreign);
    // A BTreeMap of ASCII names has the order that RFC 8785 asks for.
    assert_eq!(serde_json::to_string(&read).unwrap(), leaf);
}
