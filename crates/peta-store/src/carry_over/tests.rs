use std::path::PathBuf;

use peta_audit::Event;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, migrate::Migrator, sqlite::SqliteConnectOptions};

use super::*;
use crate::{Config, EventQuery, Part, Store, open::migrator};

fn at(micros: i64) -> Moment {
    Moment::from_micros(micros)
}

async fn connect(dir: &Path) -> SqliteConnection {
    SqliteConnectOptions::new().filename(dir.join("peta.db")).create_if_missing(true).connect().await.unwrap()
}

/// A data directory as the version before left it: `calls` calls that have ended, and one that was cut.
async fn old(dir: &Path, calls: i64) {
    let mut conn = connect(dir).await;
    Migrator::with_migrations(vec![migrator().iter().next().unwrap().clone()]).run(&mut conn).await.unwrap();
    let id = |byte: u8| format!("x'{}'", format!("{byte:02x}").repeat(16));
    let (install, tenant, agent, token) = (id(1), id(2), id(3), id(4));
    let mut text = format!(
        "INSERT INTO installs VALUES ({install}, 1); INSERT INTO tenants VALUES ({tenant}, 'default', 1); \
         INSERT INTO boots VALUES ({tenant}, {install}, 1, NULL, 1); \
         INSERT INTO events VALUES ({tenant}, 1, {install}, {agent}, 10, 'server.add', NULL, NULL, NULL, NULL, 'owner', \
         'socket', NULL, 'fs', NULL, 'allow', NULL, 0, '{{\"a\":1}}'); \
         INSERT INTO endings VALUES ({tenant}, 1, 2, 'ok', NULL, 5, 0); \
         INSERT INTO events VALUES ({tenant}, 3, {install}, {agent}, 20, 'tool_call', 'robot', {agent}, 'ada', {token}, \
         NULL, NULL, 's1', 'fs', 'cut', 'allow', '[\"fs\",\"fs/x\"]', 7, NULL); "
    );
    for call in 0..calls {
        let (event, ending) = (4 + 2 * call, 5 + 2 * call);
        text += &format!(
            "INSERT INTO events VALUES ({tenant}, {event}, {install}, {agent}, {time}, 'tool_call', 'robot', {agent}, \
             NULL, {token}, NULL, NULL, 's1', 'fs', 'tool{call}', 'deny', NULL, {call}, NULL); \
             INSERT INTO endings VALUES ({tenant}, {event}, {ending}, 'refused', 'P2001', {call}, 9); ",
            time = 30 + call
        );
    }
    sqlx::raw_sql(AssertSqlSafe(text)).execute(&mut conn).await.unwrap();
    conn.close().await.unwrap();
}

async fn store(dir: &Path) -> Store {
    Store::open(Config { segment: 4096, ..Config::new(dir) }, at(1000)).await.unwrap()
}

async fn all(store: &Store) -> Vec<Event> {
    let query = EventQuery { part: Part::After(None), limit: 1000, ..EventQuery::default() };
    store.events(&query).await.unwrap().events
}

fn whole(events: &[Event], calls: usize) {
    assert_eq!(events.len(), calls + 2);
    let [act, cut, .., last] = events else { panic!() };
    assert_eq!((act.kind.as_str(), act.sequence, act.detail.as_deref()), ("server.add", 1, Some("{\"a\":1}")));
    assert_eq!(act.caller.admin.unwrap().door, Door::Socket);
    assert_eq!((cut.caller.user.as_deref(), &cut.reasons[..]), (Some("ada"), &["fs".to_owned(), "fs/x".into()][..]));
    // The last sign of life was the last call's end.
    let end = cut.ending.unwrap();
    assert_eq!((end.outcome.word(), end.code), ("unknown", Some(Code::OUTCOME_UNKNOWN)));
    assert_eq!(i64::try_from(end.duration_us).unwrap(), 30 + 2 * (i64::try_from(calls).unwrap() - 1) - 20);
    let end = last.ending.unwrap();
    assert_eq!((end.code, end.response_bytes), (Some(Code::NO_SUCH_CAPABILITY), 9));
    assert!(events.is_sorted_by(|one, other| one.sequence < other.sequence));
}

fn files(dir: &Path) -> Vec<PathBuf> {
    let found = fs::read_dir(dir.join("record")).unwrap();
    found.map(|file| file.unwrap().path()).collect()
}

#[tokio::test]
async fn rows_become_files_and_nothing_is_lost() {
    let dir = tempfile::tempdir().unwrap();
    old(dir.path(), 200).await;
    let first = store(dir.path()).await;
    let events = all(&first).await;
    whole(&events, 200);
    assert!(files(dir.path()).len() > 3);
    first.close(at(2000)).await;
    let again = store(dir.path()).await;
    assert_eq!(all(&again).await, events);
    let mut conn = connect(dir.path()).await;
    assert_eq!(sqlx::query_scalar::<_, i64>(TABLES).fetch_one(&mut conn).await.unwrap(), 0);
}

#[tokio::test]
async fn a_kill_on_the_way_loses_and_doubles_nothing() {
    // Before the folder has its name: what is there is thrown away.
    let dir = tempfile::tempdir().unwrap();
    old(dir.path(), 50).await;
    fs::create_dir(dir.path().join("record.new")).unwrap();
    fs::write(dir.path().join("record.new/00000000000000000001.log"), "half").unwrap();
    whole(&all(&store(dir.path()).await).await, 50);

    // After it, but before the tables are gone.
    let dir = tempfile::tempdir().unwrap();
    old(dir.path(), 50).await;
    let mut conn = connect(dir.path()).await;
    carry_over(&mut conn, &dir.path().join("record"), 4096).await.unwrap();
    conn.close().await.unwrap();
    whole(&all(&store(dir.path()).await).await, 50);
}

#[tokio::test]
async fn an_old_database_beside_a_newer_record_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    old(dir.path(), 5).await;
    let backup = fs::read(dir.path().join("peta.db")).unwrap();
    store(dir.path()).await.close(at(2000)).await;
    let record = files(dir.path());
    for file in ["peta.db", "peta.db-wal", "peta.db-shm"] {
        fs::remove_file(dir.path().join(file)).ok();
    }
    fs::write(dir.path().join("peta.db"), backup).unwrap();
    let error = Store::open(Config::new(dir.path()), at(3000)).await.unwrap_err();
    assert_eq!(error.code(), Code::RECORD_DAMAGED);
    assert!(error.to_string().contains("newer than the database"), "{error}");
    assert_eq!(files(dir.path()), record);
}

#[tokio::test]
async fn a_new_directory_has_nothing_to_carry() {
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(all(&store(dir.path()).await).await, []);
}
