use peta_model::{AgentId, Code, Outcome, Role, TokenId};

use super::*;
use crate::Door;

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
        ending: Some(Ending { outcome: Outcome::Ok, code: None, duration_us: 1500, response_bytes: 300 }),
    }
}

#[test]
fn a_call_as_json() {
    let expected = concat!(
        r#"{"id":"01010101010101010101010101010101","sequence":7,"time":"2026-11-25T09:30:00.250000Z","#,
        r#""kind":"tool_call","agent":"robot","agent_id":"02020202020202020202020202020202","user":"ada","#,
        r#""token":"03030303030303030303030303030303","role":null,"door":null,"session":"s1","server":"fs","#,
        r#""capability":"read\n\u001b[2J\"x","decision":"allow","reasons":["fs"],"outcome":"ok","code":null,"#,
        r#""duration_us":1500,"request_bytes":120,"response_bytes":300,"detail":null}"#
    );
    assert_eq!(serde_json::to_string(&call()).unwrap(), expected);
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
