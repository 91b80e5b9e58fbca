//! What the tests need to set a scene.

use std::path::Path;

use peta_audit::{Admin, Caller, Door, Ending, Intent};
use peta_model::{
    AgentId, Decision, EventId, EventKind, HttpMode, Isolation, Moment, Outcome, Role, ServerSpec, Transport, Whose,
};
use peta_store::{Config, NewAgent, Store};

use crate::keys::unlock;

/// A moment, so many seconds into the test.
pub(crate) fn at(seconds: i64) -> Moment {
    Moment::from_micros(1_800_000_000_000_000 + seconds * 1_000_000)
}

/// With a vault that is open.
pub(crate) async fn open(dir: &Path) -> Store {
    let store = Store::open(Config::new(dir), at(0)).await.unwrap();
    unlock(&store);
    store
}

pub(crate) fn act(word: &'static str) -> Intent {
    Intent {
        id: EventId::from_bytes([9; 16]),
        time: at(1),
        kind: EventKind::Admin(word),
        caller: Caller { admin: Some(Admin { role: Role::Owner, door: Door::Socket }), ..Caller::default() },
        session: None,
        server: None,
        capability: None,
        decision: Decision::Allow,
        reasons: vec![],
        request_bytes: 0,
        detail: None,
        concerns: None,
        facts: Default::default(),
    }
}

pub(crate) fn call(number: u8, tool: &str) -> Intent {
    let agent_id = Some(AgentId::from_bytes([number; 16]));
    Intent {
        id: EventId::from_bytes([number; 16]),
        time: at(i64::from(number)),
        kind: EventKind::ToolCall,
        caller: Caller { agent: Some("robot".parse().unwrap()), agent_id, ..Caller::default() },
        session: Some("s1".into()),
        server: Some("fs".parse().unwrap()),
        capability: Some(tool.into()),
        reasons: vec!["fs".into()],
        request_bytes: 100,
        ..act("")
    }
}

pub(crate) fn ok() -> Ending {
    Ending { duration_us: 1500, response_bytes: 300, ..Ending::of(Outcome::Ok) }
}

/// An agent `robot`, and a call of it.
pub(crate) async fn robot(store: &Store) -> impl Fn(u8, &str) -> Intent + use<> {
    let agent_id = Some(store.add_agent(act("agent.add"), agent("robot", &[], 1)).await.unwrap().id);
    move |number, tool| {
        let intent = call(number, tool);
        Intent { caller: Caller { agent_id, ..intent.caller.clone() }, ..intent }
    }
}

pub(crate) fn server(name: &str) -> ServerSpec {
    ServerSpec {
        name: name.parse().unwrap(),
        transport: Transport::Http { url: format!("https://{name}.example/mcp"), mode: HttpMode::Auto },
        isolation: Isolation::PerSession,
        eager: false,
        discover: true,
        idle: None,
        total: None,
        credential: Whose::default(),
        payloads: None,
    }
}

pub(crate) fn agent(name: &str, grants: &[&str], token: u8) -> NewAgent {
    NewAgent {
        name: name.parse().unwrap(),
        user: Some("ada".into()),
        groups: vec!["dev".into()],
        grants: grants.iter().map(|text| text.parse().unwrap()).collect(),
        token: [token; 32],
        expires: None,
    }
}
