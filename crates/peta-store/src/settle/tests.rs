//! Half-states of an act, as kills and power cuts leave them.

use std::path::Path;

use peta_audit::{Caller, Event, Intent};
use peta_model::{Decision, EventId};
use sqlx::{ConnectOptions, Connection, sqlite::SqliteConnectOptions};

use super::*;
use crate::{Config, EventQuery, Part, Store, privacy::Veil};

fn at(micros: i64) -> Moment {
    Moment::from_micros(micros)
}

fn act(number: u8) -> Intent {
    Intent {
        id: EventId::from_bytes([number; 16]),
        time: at(i64::from(number)),
        kind: EventKind::Admin("agent.add"),
        caller: Caller::default(),
        session: None,
        server: None,
        capability: None,
        decision: Decision::Allow,
        reasons: vec![],
        request_bytes: 0,
        detail: Some("{}".into()),
        concerns: None,
        facts: Default::default(),
    }
}

async fn open(dir: &Path) -> Store {
    Store::open(Config::new(dir), at(100)).await.unwrap()
}

async fn connect(dir: &Path) -> SqliteConnection {
    SqliteConnectOptions::new().filename(dir.join("peta.db")).connect().await.unwrap()
}

/// The row that a change writes with itself.
async fn made(dir: &Path, tenant: TenantId, event: u64, act: &Intent) {
    let mut conn = connect(dir).await;
    let entry = Told { act: true, ..Told::of(act, Privy::Plain) }.bytes(event);
    let query = sqlx::query(sql::ADD_ACT).bind(tenant.as_bytes().to_vec()).bind(i64::try_from(event).unwrap());
    query.bind(entry).execute(&mut conn).await.unwrap();
    conn.close().await.unwrap();
}

async fn rows(dir: &Path) -> i64 {
    let mut conn = connect(dir).await;
    sqlx::query_scalar("SELECT count(*) FROM acts").fetch_one(&mut conn).await.unwrap()
}

async fn ends(store: &Store) -> Vec<(u8, String)> {
    let query = EventQuery { part: Part::After(None), ..EventQuery::default() };
    let events = store.events(&query).await.unwrap().events;
    let end = |event: &Event| {
        let ending = event.ending.unwrap();
        (event.id.as_bytes()[0], format!("{} {}", ending.outcome, ending.code.map_or("", |code| code.as_str())))
    };
    events.iter().map(end).collect()
}

fn expected(ends: &[(u8, &str)]) -> Vec<(u8, String)> {
    ends.iter().map(|(number, end)| (*number, (*end).to_owned())).collect()
}

#[tokio::test]
async fn how_a_cut_act_ended_the_database_knows() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path()).await;
    let tenant = store.snapshot().tenant;
    let done = store.recorder().act(&act(1), &Veil::none()).await.unwrap();
    let cut = store.recorder().act(&act(2), &Veil::none()).await.unwrap();
    let call = store.recorder().intent(act(3)).await.unwrap();
    made(dir.path(), tenant, done.event(), &act(1)).await;
    let _kept = [done, cut, call].map(std::mem::forget);
    drop(store);

    let store = open(dir.path()).await;
    let ended = expected(&[(1, "ok "), (2, "failed P6003"), (3, "unknown P5009")]);
    assert_eq!(ends(&store).await, ended);
    assert_eq!(rows(dir.path()).await, 0);
    drop(store);
    // Once is enough.
    assert_eq!(ends(&open(dir.path()).await).await, ended);
}

#[tokio::test]
async fn an_act_whose_entries_a_power_cut_took_is_recorded_again() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path()).await;
    let tenant = store.snapshot().tenant;
    let file = dir.path().join("record/00000000000000000001.log");
    let kept = file.metadata().unwrap().len();
    let lost = store.recorder().act(&act(1), &Veil::none()).await.unwrap();
    made(dir.path(), tenant, lost.event(), &act(1)).await;
    store.recorder().acted(lost, Ending::of(Outcome::Ok)).await;
    drop(store);
    std::fs::OpenOptions::new().write(true).open(&file).unwrap().set_len(kept).unwrap();

    let store = open(dir.path()).await;
    assert_eq!(ends(&store).await, expected(&[(1, "ok ")]));
    assert_eq!(store.events(&EventQuery::default()).await.unwrap().events[0].kind, "agent.add");
    assert_eq!(rows(dir.path()).await, 0);
}

#[tokio::test]
async fn every_act_stands_beside_its_change() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path()).await;
    store.add_admin_token(act(1), [1; 32], peta_model::Role::Owner, None).await.unwrap();
    assert_eq!(rows(dir.path()).await, 1);
    // A refused one changed nothing, and is on record all the same.
    let refused = store.revoke_admin_token(act(2), peta_model::TokenId::from_bytes([7; 16])).await;
    assert!(refused.is_err());
    assert_eq!(rows(dir.path()).await, 1);
    assert_eq!(ends(&store).await, expected(&[(1, "ok "), (2, "refused P7003")]));
    store.close(at(200)).await;
    open(dir.path()).await.close(at(300)).await;
    assert_eq!(rows(dir.path()).await, 0);
}
