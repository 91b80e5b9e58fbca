use peta_model::{AgentId, CredentialId, Decision, DeliveryClass, EventId, Moment, Operation, TokenId};

use super::*;
use crate::{Carried, Origin, Pin};

fn event(kind: &str, capability: &str, reasons: &[&str]) -> Event {
    Event {
        id: EventId::from_bytes([1; 16]),
        sequence: 7,
        time: Moment::from_micros(1),
        kind: kind.to_owned(),
        caller: Caller {
            agent: Some("robot".parse().unwrap()),
            agent_id: Some(AgentId::from_bytes([2; 16])),
            user: Some("ada".into()),
            token: Some(TokenId::from_bytes([3; 16])),
            admin: None,
        },
        subject: Subject {
            session: Some("s1".into()),
            server: Some("fs".parse().unwrap()),
            capability: Some(capability.to_owned()),
        },
        decision: Decision::Allow,
        reasons: reasons.iter().map(|&text| text.to_owned()).collect(),
        request_bytes: 1,
        detail: Some("{}".into()),
        ending: None,
        facts: Facts {
            client: Some("Adas editor 7".into()),
            request: Some("call 7".into()),
            pin: Some(Pin([4; 32])),
            operation: Some(Operation::Read),
            policy_version: Some(5),
            credentials: vec![Carried {
                id: CredentialId::from_bytes([6; 16]),
                version: 8,
                delivery: DeliveryClass::Request,
            }],
        },
        origin: Origin::default(),
    }
}

#[test]
fn persons_and_texts_stay_behind() {
    let whole = event("tool_call", "read_file", &["fs"]);
    let public = whole.clone().public();
    assert_eq!((&public.caller.agent, &public.caller.user, &public.detail), (&None, &None, &None));
    assert_eq!((&public.facts.client, &public.facts.request), (&None, &None));
    let kept = Event {
        caller: Caller { agent: None, user: None, ..whole.caller.clone() },
        detail: None,
        facts: Facts { client: None, request: None, ..whole.facts.clone() },
        ..whole
    };
    assert_eq!(public, kept, "all else is as it was");
}

#[test]
fn only_plain_names_of_capabilities_are_public() {
    let long = "a".repeat(129);
    for (kind, capability, is_public) in [
        ("tool_call", "read_file", true),
        ("tool_call", "a/b.c-D_9", true),
        ("tool_call", &long[..128], true),
        ("tool_call", &long, false),
        ("tool_call", "", false),
        ("tool_call", "file:///home/ada", false),
        ("tool_call", "Ada Lovelace", false),
        ("tool_call", "é", false),
        ("prompt_get", "greet", true),
        ("resource_read", "file:///home/ada", false),
        ("resource_read", "plain", false),
        ("subscription", "plain", false),
    ] {
        let kept = event(kind, capability, &[]).public().subject.capability;
        assert_eq!(kept.as_deref(), is_public.then_some(capability), "{kind} {capability}");
    }
}

#[test]
fn only_plain_ids_of_requests_are_public() {
    for (id, is_public) in [("7", true), ("-7", true), ("req-7.a", true), ("for Ada", false), ("", false), ("é", false)]
    {
        let event = event("tool_call", "x", &[]);
        let facts = Facts { request: Some(id.into()), ..event.facts.clone() };
        let kept = Event { facts, ..event }.public().facts.request;
        assert_eq!(kept.as_deref(), is_public.then_some(id), "{id}");
    }
}

#[test]
fn reasons_name_no_uri() {
    for (grant, shown) in [
        ("fs", "fs"),
        ("fs/read_file", "fs/read_file"),
        ("fs/read_*", "fs/read_*"),
        ("fs/prompt:greet", "fs/prompt:greet"),
        ("fs/prompt:*", "fs/prompt:*"),
        ("fs/resource:file:///home/ada/*", "fs/resource:…"),
        ("fs/template:plain", "fs/template:…"),
        ("fs/tool:for Ada", "fs/tool:…"),
        ("fs/for Ada", "fs/tool:…"),
        ("rule-7.a", "rule-7.a"),
        ("for Ada", "…"),
        ("Ada Lovelace:x", "…"),
        ("", "…"),
    ] {
        assert_eq!(event("tool_call", "x", &[grant]).public().reasons, [shown], "{grant}");
    }
}
