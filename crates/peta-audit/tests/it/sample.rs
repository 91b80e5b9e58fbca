//! One call, with every field, as the document shows it.

use peta_audit::{Caller, Ending, Event, Subject, format::Issuer};
use peta_model::{AgentId, Decision, EventId, Outcome, TokenId};

pub(crate) fn call() -> Event {
    Event {
        id: EventId::from_bytes(*b"\x0f\x2a\x61\x8c\x34\xd0\x4b\x7e\x9a\x15\xc2\x60\x7d\xe1\x88\x3b"),
        sequence: 4711,
        time: "2026-11-30T09:30:00.25Z".parse().unwrap(),
        kind: "tool_call".into(),
        caller: Caller {
            agent: Some("robot".parse().unwrap()),
            agent_id: Some(AgentId::from_bytes([0xa1; 16])),
            user: Some("ada".into()),
            token: Some(TokenId::from_bytes([0x70; 16])),
            admin: None,
        },
        subject: Subject {
            session: Some("s-1f".into()),
            server: Some("fs".parse().unwrap()),
            capability: Some("read_file".into()),
        },
        decision: Decision::Allow,
        reasons: vec!["fs/tool:read_*".into()],
        request_bytes: 120,
        detail: Some(r#"{"credentials":[{"name":"key","version":2}]}"#.into()),
        ending: Some(Ending { outcome: Outcome::Ok, code: None, duration_us: 15_250, response_bytes: 300 }),
    }
}

pub(crate) fn issuer() -> Issuer {
    Issuer { install: "5c".repeat(16), version: "0.1.0", host: "peta.example.com".into() }
}
