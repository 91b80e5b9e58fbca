//! What administrators do: it changes the snapshot, wakes those who wait, and is on record with the change.

use std::sync::Arc;

use peta_model::{CapabilityKind, CapabilityRef, Code, HttpMode, Outcome, Role, Span, Transport};
use peta_store::{EventQuery, Page, Part, Rotation, Store, TokenOwner, TokenState};

use crate::world::{act, agent, at, open, server};

async fn recorded(store: &Store) -> Vec<String> {
    let query = EventQuery { part: Part::After(None), limit: 1000, ..EventQuery::default() };
    let events = store.events(&query).await.unwrap().events;
    events.iter().map(|event| format!("{} {}", event.kind, event.ending.unwrap().outcome)).collect()
}

fn allowed(store: &Store, name: &str, tool: &str) -> bool {
    let snapshot = store.snapshot();
    let agent = snapshot.agent_named(name).unwrap();
    let capability = CapabilityRef { kind: CapabilityKind::Tool, name: tool };
    snapshot.policy.judge(agent.id, &"fs".parse().unwrap(), capability).allowed()
}

#[tokio::test]
async fn every_act_is_seen_heard_and_recorded() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path()).await;
    let mut changes = store.changes();
    let before = store.snapshot();
    let fs = store.add_server(act("server.add"), server("fs")).await.unwrap();
    assert_eq!(changes.next().await, before.sequence + 1);
    assert!(before.server("fs").is_none());
    assert_eq!(store.snapshot().server("fs").unwrap(), &fs);

    let robot = store.add_agent(act("agent.add"), agent("robot", &["fs/read"], 1)).await.unwrap();
    assert!(allowed(&store, "robot", "read") && !allowed(&store, "robot", "write"));
    store.add_grant(act("grant.add"), robot.id, "fs/w*".parse().unwrap()).await.unwrap();
    assert!(allowed(&store, "robot", "write"));
    store.remove_grant(act("grant.remove"), robot.id, "fs/read".parse().unwrap()).await.unwrap();
    assert!(!allowed(&store, "robot", "read"));
    assert_eq!(changes.next().await, before.sequence + 4);
    store.set_disabled(act("server.disable"), fs.id, true).await.unwrap();
    assert!(store.snapshot().server("fs").unwrap().disabled);
    store.revoke_agent(act("agent.revoke"), robot.id).await.unwrap();
    assert!(!allowed(&store, "robot", "write"));

    let words = ["server.add", "agent.add", "grant.add", "grant.remove", "server.disable", "agent.revoke"];
    assert_eq!(recorded(&store).await, words.map(|word| format!("{word} ok")));
}

#[tokio::test]
async fn a_refused_act_changes_nothing_and_is_recorded() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path()).await;
    let fs = store.add_server(act("server.add"), server("fs")).await.unwrap();
    let robot = store.add_agent(act("agent.add"), agent("robot", &[], 1)).await.unwrap();
    let sequence = store.snapshot().sequence;
    let refusals = [
        store.add_server(act("server.add"), server("fs")).await.unwrap_err(),
        store.set_server(act("server.set"), fs.id, server("other")).await.unwrap_err(),
        store.add_agent(act("agent.add"), agent("robot", &[], 2)).await.unwrap_err(),
        store.add_agent(act("agent.add"), agent("second", &["git"], 2)).await.unwrap_err(),
        store.add_grant(act("grant.add"), robot.id, "git/x".parse().unwrap()).await.unwrap_err(),
        store.remove_grant(act("grant.remove"), robot.id, "fs/x".parse().unwrap()).await.unwrap_err(),
    ];
    let said: Vec<_> = refusals.iter().map(|error| format!("{} {error}", error.code())).collect();
    assert_eq!(
        said,
        [
            "P7004 there is already a server named `fs`",
            "P7008 a server cannot be renamed: its name is part of what agents call",
            "P7004 there is already an agent named `robot`",
            "P7003 there is no server named `git`",
            "P7003 there is no server named `git`",
            "P7003 there is no grant `fs/tool:x` of the agent `robot`",
        ]
    );
    assert_eq!(store.snapshot().sequence, sequence);
    assert!(store.snapshot().agent_named("second").is_none() && store.snapshot().token(&[2; 32]).is_none());
    let refused = recorded(&store).await.into_iter().filter(|line| line.ends_with(" refused")).count();
    assert_eq!(refused, refusals.len());
    assert_eq!(refusals[0].code(), Code::ADMIN_NAME_TAKEN);
}

#[tokio::test]
async fn learning_the_same_again_wakes_nobody() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path()).await;
    let fs = store.add_server(act("server.add"), server("fs")).await.unwrap();
    let page = |answer: &str| Page { list: "tools".into(), cursor: None, answer: answer.into() };
    let first = store.save_learnt(fs.id, at(5), "{}".into(), vec![page("a")]).await.unwrap();
    let sequence = store.snapshot().sequence;
    let again = store.save_learnt(fs.id, at(6), "{}".into(), vec![page("a")]).await.unwrap();
    assert_eq!((first.revision, store.snapshot().sequence), (1, sequence));
    assert!(Arc::ptr_eq(&first, &again));
    let changed = store.save_learnt(fs.id, at(7), "{}".into(), vec![page("b"), page("c")]).await.unwrap();
    assert_eq!((changed.revision, store.snapshot().sequence), (2, sequence + 1));
    store.close(at(8)).await;

    let store = open(dir.path()).await;
    assert_eq!(store.snapshot().server("fs").unwrap().learnt.as_ref(), Some(&changed));
    // Another dialect or time-out is the same server; another URL is not.
    let mut spec = server("fs");
    spec.idle = Some(Span::from_secs(5));
    let set = store.set_server(act("server.set"), fs.id, spec.clone()).await.unwrap();
    assert!(set.learnt.is_some());
    spec.transport = Transport::Http { url: "https://elsewhere.example".into(), mode: HttpMode::Auto };
    assert!(store.set_server(act("server.set"), fs.id, spec).await.unwrap().learnt.is_none());
}

#[tokio::test]
async fn a_removed_server_takes_its_grants_along() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path()).await;
    let fs = store.add_server(act("server.add"), server("fs")).await.unwrap();
    store.add_server(act("server.add"), server("git")).await.unwrap();
    store.save_learnt(fs.id, at(5), "{}".into(), vec![]).await.unwrap();
    store.add_agent(act("agent.add"), agent("robot", &["fs/read", "git"], 1)).await.unwrap();
    store.remove_server(act("server.remove"), fs.id).await.unwrap();
    assert!(store.remove_server(act("server.remove"), fs.id).await.is_err());
    store.add_server(act("server.add"), server("fs")).await.unwrap();
    assert!(!allowed(&store, "robot", "read"));
    assert_eq!(store.snapshot().agent_named("robot").unwrap().grants, ["git".parse().unwrap()]);
    assert!(store.snapshot().server("fs").unwrap().learnt.is_none());
}

#[tokio::test]
async fn rotation_with_and_without_grace() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path()).await;
    let robot = store.add_agent(act("agent.add"), agent("robot", &[], 1)).await.unwrap();
    let state = |token: u8, seconds| store.snapshot().token(&[token; 32]).unwrap().state(at(seconds));
    let rotation = |token: u8, grace| Rotation { token: [token; 32], expires: None, grace };
    store.rotate(act("agent.rotate"), robot.id, rotation(2, Some(Span::from_secs(600)))).await.unwrap();
    assert_eq!(
        (state(1, 600), state(1, 602), state(2, 999)),
        (TokenState::Live, TokenState::Expired, TokenState::Live)
    );
    store.rotate(act("agent.rotate"), robot.id, rotation(3, None)).await.unwrap();
    assert_eq!((state(1, 2), state(2, 2), state(3, 2)), (TokenState::Revoked, TokenState::Revoked, TokenState::Live));
    let snapshot = store.snapshot();
    assert_eq!(snapshot.tokens_of(snapshot.agent(&robot.id).unwrap()).count(), 3);
    store.revoke_agent(act("agent.revoke"), robot.id).await.unwrap();
    assert_eq!(state(3, 2), TokenState::Revoked);
    let again = store.revoke_agent(act("agent.revoke"), robot.id).await.unwrap_err();
    assert_eq!(again.code(), Code::ADMIN_CONFLICT);
    assert!(store.rotate(act("agent.rotate"), robot.id, rotation(4, None)).await.is_err());
}

#[tokio::test]
async fn the_name_of_a_revoked_agent_can_be_given_again() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path()).await;
    let old = store.add_agent(act("agent.add"), agent("robot", &[], 1)).await.unwrap();
    store.revoke_agent(act("agent.revoke"), old.id).await.unwrap();
    assert_eq!(store.snapshot().agent_named("robot").unwrap().id, old.id);
    let new = store.add_agent(act("agent.add"), agent("robot", &[], 2)).await.unwrap();
    assert_eq!(store.snapshot().agent_named("robot").unwrap().id, new.id);
    store.close(at(5)).await;
    let store = open(dir.path()).await;
    assert_eq!(store.snapshot().agent_named("robot").unwrap().id, new.id);
    assert_eq!(store.snapshot().agents().len(), 2);
}

#[tokio::test]
async fn administrators_tokens() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path()).await;
    let id = store.add_admin_token(act("admin.token"), [5; 32], Role::Auditor, Some(at(60))).await.unwrap();
    let token = store.snapshot().token(&[5; 32]).cloned().unwrap();
    assert_eq!(
        (token.owner, token.state(at(59)), token.state(at(60))),
        (TokenOwner::Admin(Role::Auditor), TokenState::Live, TokenState::Expired)
    );
    store.revoke_admin_token(act("admin.revoke"), id).await.unwrap();
    assert_eq!(store.snapshot().admin_tokens()[0].state(at(2)), TokenState::Revoked);
}

#[tokio::test]
async fn a_change_is_finished_though_its_caller_goes_away() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path()).await;
    let mut changes = store.changes();
    let mut adding = Box::pin(store.add_server(act("server.add"), server("fs")));
    assert!(std::future::poll_fn(|cx| std::task::Poll::Ready(adding.as_mut().poll(cx))).await.is_pending());
    drop(adding);
    changes.next().await;
    assert!(store.snapshot().server("fs").is_some());
    assert_eq!(recorded(&store).await, [format!("server.add {}", Outcome::Ok)]);
}
