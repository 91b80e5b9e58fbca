use peta_model::{AgentId, BootId, Code, CredentialId, DeliveryClass, Operation, Outcome, Role, TenantId, TokenId};

use super::*;
use crate::{Carried, Door, Pin, Stage, Stages};

fn call() -> Event {
    Event {
        id: EventId::from_bytes([1; 16]),
        sequence: 7,
        time: "2026-11-25T09:30:00.25Z".parse().unwrap(),
        kind: "tool_call".into(),
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
            capability: Some("read\n\u{1b}[2J\"x".into()),
        },
        decision: Decision::Allow,
        reasons: vec!["fs".into()],
        request_bytes: 120,
        detail: None,
        ending: Some(Ending {
            outcome: Outcome::Ok,
            code: None,
            duration_us: 1500,
            response_bytes: 300,
            stages: Stages::NONE,
        }),
        facts: Facts::default(),
        origin: Origin::default(),
    }
}

#[test]
fn a_call_as_json() {
    let expected = concat!(
        r#"{"id":"01010101010101010101010101010101","sequence":7,"time":"2026-11-25T09:30:00.250000Z","#,
        r#""tenant":null,"boot":null,"kind":"tool_call","agent":"robot","agent_id":"02020202020202020202020202020202","user":"ada","#,
        r#""token":"03030303030303030303030303030303","role":null,"door":null,"client":null,"session":"s1","#,
        r#""request":null,"server":"fs","#,
        r#""capability":"read\n\u001b[2J\"x","pin":null,"operation":null,"decision":"allow","reasons":["fs"],"#,
        r#""policy_version":null,"credentials":null,"outcome":"ok","code":null,"#,
        r#""duration_us":1500,"stages":null,"request_bytes":120,"response_bytes":300,"detail":null}"#
    );
    assert_eq!(serde_json::to_string(&call()).unwrap(), expected);
}

#[test]
fn a_call_with_all_that_is_known_of_it() {
    let mut stages = Stages::NONE;
    [(Stage::Server, 1400), (Stage::First, 3), (Stage::Judge, 7)]
        .into_iter()
        .for_each(|(stage, micros)| stages.set(stage, micros));
    let known = Event {
        facts: Facts {
            client: Some("Cursor 1.4\n".into()),
            request: Some("a\"b".into()),
            pin: Some(Pin([0xab; 32])),
            operation: Some(Operation::Destructive),
            policy_version: Some(42),
            credentials: vec![Carried {
                id: CredentialId::from_bytes([9; 16]),
                version: 3,
                delivery: DeliveryClass::Fd,
            }],
        },
        origin: Origin { tenant: Some(TenantId::from_bytes([7; 16])), boot: Some(BootId::from_bytes([8; 16])) },
        ending: call().ending.map(|ending| Ending { stages, ..ending }),
        ..call()
    };
    let text = serde_json::to_string(&known).unwrap();
    let pin = "ab".repeat(32);
    for part in [
        r#""tenant":"07070707070707070707070707070707","boot":"08080808080808080808080808080808","kind""#,
        r#""client":"Cursor 1.4\n","session":"s1","request":"a\"b","server""#,
        &format!(r#""pin":"{pin}","operation":"destructive","decision""#),
        r#""policy_version":42,"credentials":[{"delivery":"fd","id":"09090909090909090909090909090909","version":3}],"#,
        r#""duration_us":1500,"stages":{"first":3,"judge":7,"server":1400},"request_bytes""#,
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
}

#[test]
fn an_open_event_and_an_act() {
    let open = Event { ending: None, ..call() };
    let text = serde_json::to_string(&open).unwrap();
    assert!(text.contains(r#""outcome":null,"code":null,"duration_us":null,"#), "{text}");

    let act = Event {
        kind: "server.add".into(),
        caller: Caller { admin: Some(Admin { role: Role::Owner, door: Door::Socket }), ..Caller::default() },
        detail: Some(r#"{"after":{"n":1.50}}"#.into()),
        ending: Some(Ending { code: Some(Code::ADMIN_NAME_TAKEN), ..Ending::of(Outcome::Refused) }),
        ..call()
    };
    let text = serde_json::to_string(&act).unwrap();
    assert!(text.contains(r#""role":"owner","door":"socket""#), "{text}");
    assert!(text.contains(r#""outcome":"refused","code":"P7004","duration_us":0"#), "{text}");
    assert!(text.ends_with(r#""detail":{"after":{"n":1.50}}}"#), "{text}");
    let broken = Event { detail: Some("{".into()), ..act };
    assert!(serde_json::to_string(&broken).unwrap().ends_with(r#""detail":"{"}"#));
}
