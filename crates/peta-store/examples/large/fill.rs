//! Writes the year, as Core writes it: intent, then outcome, with others between.

use std::{collections::VecDeque, path::Path};

use peta_audit::{Admin, Caller, Door, Intent};
use peta_model::{Decision, EventId, EventKind, Moment, Role};
use peta_store::{Config, NewAgent, Store};

use crate::{
    figures::{Watch, memory, pace, row},
    keys::unlock,
    year::{AGENTS, START, YEAR, Year, agent},
};

/// Calls that run at the same time.
const AT_ONCE: usize = 64;

pub(crate) async fn fill(dir: &Path, events: u64) {
    let store = Store::open(Config::new(dir), Moment::from_micros(START)).await.unwrap();
    unlock(&store);
    let mut agents = Vec::new();
    for number in 0..AGENTS {
        agents.push(store.add_agent(act(), new_agent(number)).await.unwrap().id);
    }
    let (year, recorder) = (Year { events, agents }, store.recorder());
    let watch = Watch::start();
    let mut running = VecDeque::new();
    for number in 0..events {
        let (intent, ending) = year.event(number);
        if intent.decision == Decision::Deny {
            recorder.whole(intent, ending).await.unwrap();
            continue;
        }
        running.push_back((recorder.intent(intent).await.unwrap(), ending));
        if running.len() > AT_ONCE {
            let (receipt, ending) = running.pop_front().unwrap();
            recorder.outcome(receipt, ending).await.unwrap();
        }
    }
    for (receipt, ending) in running {
        recorder.outcome(receipt, ending).await.unwrap();
    }
    row("events written, intent and outcome", &pace(events, &watch));
    row("memory of who writes", &memory());
    let watch = Watch::start();
    let tree = store.tree().grow().await.unwrap();
    row("entries bound into the tree", &pace(tree.size, &watch));
    store.close(Moment::from_micros(START + YEAR)).await;
}

fn new_agent(number: u64) -> NewAgent {
    NewAgent {
        name: agent(number).parse().unwrap(),
        user: Some(format!("person-{}", number / 2)),
        groups: vec![],
        grants: vec![],
        token: [u8::try_from(number).unwrap(); 32],
        expires: None,
    }
}

fn act() -> Intent {
    Intent {
        id: EventId::from_bytes([9; 16]),
        time: Moment::from_micros(START),
        kind: EventKind::Admin("agent.add"),
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
