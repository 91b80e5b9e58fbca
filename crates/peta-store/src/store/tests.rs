use std::collections::BTreeMap;

use peta_audit::{Caller, Ending, Intent};
use peta_model::{Decision, EventId, EventKind, HttpMode, Isolation, Outcome, Transport};
use sqlx::{ConnectOptions, Executor, SqlSafeStr, sqlite::SqliteConnectOptions};

use super::*;

fn at(seconds: i64) -> Moment {
    Moment::from_micros(seconds * 1_000_000)
}

fn act() -> Intent {
    Intent {
        id: EventId::from_bytes([9; 16]),
        time: at(1),
        kind: EventKind::Admin("test.act"),
        caller: Caller::default(),
        session: None,
        server: None,
        capability: None,
        decision: Decision::Allow,
        reasons: vec![],
        request_bytes: 0,
        detail: None,
    }
}

fn later(seconds: i64) -> Intent {
    Intent { time: at(seconds), ..act() }
}

fn spec(name: &str) -> ServerSpec {
    ServerSpec {
        name: name.parse().unwrap(),
        transport: Transport::Http { url: "https://x.example".into(), mode: HttpMode::Auto },
        isolation: Isolation::Shared,
        eager: true,
        discover: false,
        idle: None,
        total: None,
    }
}

fn agent(name: &str, grants: &[&str], token: u8) -> NewAgent {
    NewAgent {
        name: name.parse().unwrap(),
        user: None,
        groups: vec!["g".into()],
        grants: grants.iter().map(|text| text.parse().unwrap()).collect(),
        token: [token; 32],
        expires: Some(at(1000)),
    }
}

/// Everything of a snapshot that can be compared.
fn shown(snapshot: &Snapshot) -> String {
    let servers: Vec<_> = snapshot.servers().collect();
    let agents = snapshot.agents();
    let named: Vec<_> = agents.iter().map(|agent| snapshot.agent_named(agent.name.as_str()).unwrap().id).collect();
    let tokens: BTreeMap<_, _> = agents
        .iter()
        .flat_map(|agent| snapshot.tokens_of(agent))
        .chain(snapshot.admin_tokens())
        .map(|token| (token.id, (token.owner, token.created, token.expires, token.revoked)))
        .collect();
    format!("{} {servers:#?} {agents:#?} {named:?} {tokens:#?}", snapshot.sequence)
}

#[tokio::test]
async fn every_statement_can_be_prepared() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(Config::new(dir.path()), at(0)).await.unwrap();
    let mut guard = store.0.commits.writer.lock().await;
    let conn = &mut guard.as_mut().unwrap().conn;
    for text in sql::ALL {
        conn.prepare(text.into_sql_str()).await.unwrap_or_else(|error| panic!("{text}: {error}"));
    }
}

#[tokio::test]
async fn the_snapshot_after_changes_is_what_the_database_holds() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(Config::new(dir.path()), at(0)).await.unwrap();
    let fs = store.add_server(later(1), spec("fs")).await.unwrap();
    let git = store.add_server(later(2), spec("git")).await.unwrap();
    let page = Page { list: "tools".into(), cursor: Some("c".into()), answer: "{}".into() };
    store.save_learnt(fs.id, at(2), "{}".into(), vec![page.clone(), page]).await.unwrap();
    let one = store.add_agent(later(3), agent("one", &["git", "fs/b", "fs/a", "fs/a"], 1)).await.unwrap();
    let two = store.add_agent(later(4), agent("two", &["fs"], 2)).await.unwrap();
    store.add_grant(later(5), one.id, "fs/prompt:*".parse().unwrap()).await.unwrap();
    store.remove_grant(later(6), one.id, "fs/a".parse().unwrap()).await.unwrap();
    let grace = Some(peta_model::Span::from_secs(60));
    store.rotate(later(7), one.id, Rotation { token: [3; 32], expires: None, grace }).await.unwrap();
    store.revoke_agent(later(8), two.id).await.unwrap();
    store.add_agent(later(9), agent("two", &["git"], 4)).await.unwrap();
    let token = store.add_admin_token(later(10), [5; 32], Role::Owner, None).await.unwrap();
    store.revoke_admin_token(later(11), token).await.unwrap();
    store.set_disabled(later(12), fs.id, true).await.unwrap();
    store.remove_server(later(13), git.id).await.unwrap();
    let live = store.snapshot();
    let read = load(&mut store.0.commits.writer.lock().await.as_mut().unwrap().conn, live.install, live.tenant).await;
    assert_eq!(shown(&live), shown(&read.unwrap()));
}

#[tokio::test]
async fn a_change_shares_what_it_does_not_touch() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(Config::new(dir.path()), at(0)).await.unwrap();
    store.add_server(act(), spec("fs")).await.unwrap();
    store.add_agent(act(), agent("one", &["fs"], 1)).await.unwrap();
    let before = store.snapshot();
    store.add_agent(act(), agent("two", &["fs"], 2)).await.unwrap();
    let after = store.snapshot();
    assert!(Arc::ptr_eq(before.server("fs").unwrap(), after.server("fs").unwrap()));
    assert!(Arc::ptr_eq(before.agent_named("one").unwrap(), after.agent_named("one").unwrap()));
    assert!(Arc::ptr_eq(before.token(&[1; 32]).unwrap(), after.token(&[1; 32]).unwrap()));
}

#[tokio::test]
async fn while_the_record_cannot_be_written_nothing_is_promised() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(Config::new(dir.path()), at(0)).await.unwrap();
    let recorder = store.recorder();
    let receipt = recorder.intent(act()).await.unwrap();
    let sequence = store.snapshot().sequence;
    let mut other = SqliteConnectOptions::new().filename(dir.path().join("peta.db")).connect().await.unwrap();
    sqlx::query("ALTER TABLE endings RENAME TO elsewhere").execute(&mut other).await.unwrap();
    assert!(recorder.whole(act(), Ending::of(Outcome::Ok)).await.is_err());
    assert!(recorder.outcome(receipt, Ending::of(Outcome::Ok)).await.is_err());
    // No act without its event.
    assert!(store.add_server(act(), spec("fs")).await.is_err());
    assert!(store.snapshot().server("fs").is_none() && store.snapshot().sequence == sequence);

    sqlx::query("ALTER TABLE elsewhere RENAME TO endings").execute(&mut other).await.unwrap();
    recorder.whole(act(), Ending::of(Outcome::Ok)).await.unwrap();
    store.add_server(act(), spec("fs")).await.unwrap();
}

#[tokio::test]
async fn the_writer_recovers_from_a_full_disk() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(Config::new(dir.path()), at(0)).await.unwrap();
    let recorder = store.recorder();
    let limit = async |text: &'static str| {
        let mut guard = store.0.commits.writer.lock().await;
        guard.as_mut().unwrap().conn.execute(text).await.unwrap();
    };
    // SQLite's own limit gives the error that a full disk gives.
    limit("PRAGMA max_page_count = 1").await;
    let wide = || Intent { detail: Some("x".repeat(100_000)), ..act() };
    for _ in 0..3 {
        assert!(recorder.whole(wide(), Ending::of(Outcome::Ok)).await.is_err());
        assert!(recorder.intent(wide()).await.is_err());
        assert!(store.add_server(wide(), spec("fs")).await.is_err());
    }
    limit("PRAGMA max_page_count = 1000000").await;
    recorder.whole(wide(), Ending::of(Outcome::Ok)).await.unwrap();
    store.add_server(wide(), spec("fs")).await.unwrap();
    let receipt = recorder.intent(wide()).await.unwrap();
    recorder.outcome(receipt, Ending::of(Outcome::Ok)).await.unwrap();
    assert_eq!(store.events(&EventQuery::default()).await.unwrap().events.len(), 3);
}
