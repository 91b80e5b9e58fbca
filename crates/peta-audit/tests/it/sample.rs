//! One call, with every field, as the document shows it.

use peta_audit::{Caller, Carried, Ending, Event, Facts, Origin, Pin, Stage, Stages, Subject, format::Issuer};
use peta_model::{
    AgentId, BootId, CredentialId, Decision, DeliveryClass, EventId, Operation, Outcome, TenantId, TokenId,
};

pub(crate) fn call() -> Event {
    let mut stages = Stages::NONE;
    for (stage, micros) in [(Stage::Judge, 12), (Stage::Record, 9), (Stage::Credential, 6), (Stage::Server, 15_190)] {
        stages.set(stage, micros);
    }
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
        ending: Some(Ending { outcome: Outcome::Ok, code: None, duration_us: 15_250, response_bytes: 300, stages }),
        facts: Facts {
            client: Some("Cursor 1.4.2".into()),
            request: Some("17".into()),
            pin: Some(Pin([0x9d; 32])),
            operation: Some(Operation::Read),
            policy_version: Some(42),
            credentials: vec![Carried {
                id: CredentialId::from_bytes([0xc3; 16]),
                version: 2,
                delivery: DeliveryClass::Request,
            }],
        },
        origin: Origin { tenant: Some(TenantId::from_bytes([0x7e; 16])), boot: Some(BootId::from_bytes([0xb0; 16])) },
    }
}

pub(crate) fn issuer() -> Issuer {
    Issuer { install: "5c".repeat(16), version: "0.1.0", host: "peta.example.com".into() }
}
