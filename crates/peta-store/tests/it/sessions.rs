//! Sessions of agents that survive a restart.

use peta_model::{AgentId, ServerId};
use peta_store::{KeptSession, SessionBatch, Store};

use crate::world::{act, agent, at, open};

fn session(agent: AgentId, number: u8) -> KeptSession {
    KeptSession {
        hash: [number; 32],
        agent,
        server: (number.is_multiple_of(2)).then(|| "fs".parse().unwrap()),
        version: "2025-11-25".into(),
        hello: r#"{"capabilities":{"x":1e0}}"#.into(),
        level: None,
        subscriptions: vec![(ServerId::from_bytes([7; 16]), "a://\"b\"".into())],
        seen: vec![("tools".into(), u64::MAX)],
        used: at(i64::from(number)),
    }
}

async fn save(store: &Store, save: Vec<KeptSession>) {
    store.write_sessions(SessionBatch { save, ..SessionBatch::default() }).await.unwrap();
}

#[tokio::test]
async fn sessions_come_back_as_they_were() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path()).await;
    let ada = store.add_agent(act("agent.add"), agent("ada", &[], 1)).await.unwrap().id;
    let mut first = session(ada, 1);
    save(&store, vec![first.clone(), session(ada, 2)]).await;
    first.level = Some("debug".into());
    first.subscriptions.clear();
    first.used = at(50);
    save(&store, vec![first.clone()]).await;
    store.close(at(60)).await;
    drop(store);

    let store = open(dir.path()).await;
    assert_eq!(store.session(&[1; 32], at(0)).await.unwrap(), Some(first));
    assert_eq!(store.session(&[2; 32], at(0)).await.unwrap(), Some(session(ada, 2)));
    assert_eq!(store.session(&[2; 32], at(3)).await.unwrap(), None, "not used for too long");
    assert_eq!(store.session(&[3; 32], at(0)).await.unwrap(), None);
}

#[tokio::test]
async fn what_has_ended_does_not_come_back() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path()).await;
    let ada = store.add_agent(act("agent.add"), agent("ada", &[], 1)).await.unwrap().id;
    save(&store, vec![session(ada, 1), session(ada, 2)]).await;
    let batch = SessionBatch { save: vec![session(ada, 1), session(ada, 3)], end: vec![[1; 32], [8; 32]] };
    store.write_sessions(batch).await.unwrap();
    assert_eq!(store.session(&[1; 32], at(0)).await.unwrap(), None);
    assert!(store.session(&[2; 32], at(0)).await.unwrap().is_some());
    assert!(store.session(&[3; 32], at(0)).await.unwrap().is_some());
}

#[tokio::test]
async fn old_sessions_and_those_of_revoked_agents_are_forgotten() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path()).await;
    let ada = store.add_agent(act("agent.add"), agent("ada", &[], 1)).await.unwrap().id;
    let bob = store.add_agent(act("agent.add"), agent("bob", &[], 2)).await.unwrap().id;
    save(&store, (1..=6).map(|number| session(ada, number)).chain([session(bob, 20)]).collect()).await;
    store.revoke_agent(act("agent.revoke"), bob).await.unwrap();
    assert_eq!(store.forget_sessions(at(2), 3).await.unwrap(), 4, "one is old, one is bob's, two are too many");
    let mut left = Vec::new();
    for number in (1..=6).chain([20]) {
        left.extend(store.session(&[number; 32], at(0)).await.unwrap().map(|_| number));
    }
    assert_eq!(left, [4, 5, 6]);
}
