use std::collections::BTreeMap;

use peta_audit::{Caller, Ending, Intent};
use peta_model::{
    CredentialId, Decision, Delivery, EventId, EventKind, HttpMode, Isolation, Outcome, Owner, Role, ServerId,
    ServerSpec, SinkId, Transport, Whose,
};
use peta_vault::{
    Attempts, NoRandom, Random,
    keys::{KekRow, Purpose, reserve},
    root::LocalRoot,
};
use sqlx::{Executor, SqlSafeStr};

use super::*;
use crate::{
    change::{NewAgent, Rotation},
    credential::{KeptSecret, NewCredential, NewSecret},
    entry::Page,
    links::{Link, LinkStage},
    oauth::OAuth,
    privacy::Veil,
    record::{Entry, Privy, Told, Unwritten},
    sink::{NewSink, SinkFilter, SinkSpec},
    things::{SealedThing, ThingSort},
    vault::RootRow,
};

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
        concerns: None,
        facts: Default::default(),
    }
}

fn later(seconds: i64) -> Intent {
    Intent { time: at(seconds), ..act() }
}

fn spec(name: &str) -> ServerSpec {
    ServerSpec {
        name: name.parse().unwrap(),
        transport: Transport::Http { url: "https://x.example".into(), mode: HttpMode::Auto },
        isolation: Isolation::PerSession,
        eager: true,
        discover: false,
        idle: None,
        total: None,
        credential: Whose::default(),
        payloads: None,
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
    let credentials: Vec<_> = snapshot.credentials().into_iter().map(|entry| credential(snapshot, entry)).collect();
    let sinks: Vec<_> = snapshot.sinks().collect();
    format!("{} {servers:#?} {agents:#?} {named:?} {tokens:#?} {credentials:#?} {sinks:#?}", snapshot.sequence)
}

fn credential(snapshot: &Snapshot, entry: &CredentialEntry) -> String {
    let mut of: Vec<_> = snapshot.credentials_of(entry.server, &entry.owner).iter().map(|other| &other.name).collect();
    of.sort();
    let mut places = snapshot.credential_places(entry.server).unwrap().places.clone();
    places.sort_by_key(|place| format!("{place:?}"));
    let CredentialEntry { name, delivery, held, version, sealed, changed_by, changed, added, .. } = entry;
    let bound = String::from_utf8(entry.bound()).unwrap();
    format!("{name} {delivery:?} {held} {version} {sealed:?} {changed_by} {changed} {added} {bound} {of:?} {places:?}")
}

fn new_credential(name: &str, server: ServerId, owner: Owner, variable: &str) -> NewCredential {
    NewCredential {
        id: CredentialId::from_bytes([name.len() as u8; 16]),
        name: name.parse().unwrap(),
        server,
        owner,
        delivery: Delivery::Env { variable: variable.into() },
        scope: (variable == "B").then(|| "search*".parse().unwrap()),
        origin: "stdio".into(),
        held: false,
        by: "an owner".into(),
        sealed: vec![1, 2],
        prints: vec![3],
        oauth: None,
    }
}

fn new_sink(name: &str, read: u64) -> NewSink {
    let spec = SinkSpec {
        to: "webhook+https://hooks.example/in".parse().unwrap(),
        format: peta_audit::format::Format::Cef,
        private: true,
        filter: SinkFilter { decision: Some(Decision::Deny), ..SinkFilter::default() },
        headers: vec![("x-a".into(), "b".into())],
        user: None,
        region: None,
        ack: false,
        ca: Some("-----".into()),
    };
    let id = SinkId::from_bytes([u8::try_from(read).unwrap(); 16]);
    NewSink { id, name: name.parse().unwrap(), spec, sealed: Some(vec![5, 6]), read }
}

fn new_secret(version: u64) -> NewSecret {
    NewSecret {
        version,
        origin: "stdio".into(),
        held: false,
        by: "me".into(),
        sealed: vec![9],
        prints: vec![8],
        oauth: None,
    }
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
    let grace = Some(Span::from_secs(60));
    store.rotate(later(7), one.id, Rotation { token: [3; 32], expires: None, grace }).await.unwrap();
    store.revoke_agent(later(8), two.id).await.unwrap();
    store.add_agent(later(9), agent("two", &["git"], 4)).await.unwrap();
    let token = store.add_admin_token(later(10), [5; 32], Role::Owner, None).await.unwrap();
    store.revoke_admin_token(later(11), token).await.unwrap();
    store.set_disabled(later(12), fs.id, true).await.unwrap();
    let ada = || Owner::User("ada".into());
    let first = store.add_credential(later(12), new_credential("a", fs.id, ada(), "A")).await.unwrap();
    store.add_credential(later(12), new_credential("bb", fs.id, ada(), "B")).await.unwrap();
    store.add_credential(later(12), new_credential("ccc", fs.id, Owner::Shared, "A")).await.unwrap();
    store.add_credential(later(12), new_credential("dddd", git.id, Owner::Shared, "A")).await.unwrap();
    let gone = store.add_credential(later(12), new_credential("eeeee", fs.id, ada(), "E")).await.unwrap();
    store.set_secret(later(12), first.id, new_secret(2)).await.unwrap();
    store.remove_credential(later(12), gone.id).await.unwrap();
    store.add_sink(later(12), new_sink("siem", 3)).await.unwrap();
    store.add_sink(later(12), new_sink("gone", 4)).await.unwrap();
    store.remove_sink(later(12), "gone".parse().unwrap()).await.unwrap();
    store.remove_server(later(13), git.id).await.unwrap();
    let live = store.snapshot();
    let read = load(&mut store.0.commits.writer.lock().await.as_mut().unwrap().conn, live.install, live.tenant).await;
    assert_eq!(shown(&live), shown(&read.unwrap()));
}

/// A sink's place is kept beside the snapshot, and goes with it, as does its secret.
#[tokio::test]
async fn a_sink_keeps_its_place_and_its_secret_until_it_is_removed() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(Config::new(dir.path()), at(0)).await.unwrap();
    let sink = store.add_sink(later(1), new_sink("siem", 3)).await.unwrap();
    let twin = NewSink { id: SinkId::from_bytes([77; 16]), ..new_sink("siem", 9) };
    assert_eq!(store.add_sink(later(1), twin).await.unwrap_err().code(), peta_model::Code::ADMIN_NAME_TAKEN);
    assert_eq!(store.sink_read(sink.id).await.unwrap(), Some(3));
    let sequence = store.snapshot().sequence;
    store.save_sink_read(sink.id, 41).await.unwrap();
    assert_eq!(store.snapshot().sequence, sequence, "that it has read on is no change");
    store.close(at(2)).await;
    drop(store);
    let store = Store::open(Config::new(dir.path()), at(3)).await.unwrap();
    assert_eq!(store.sink_read(sink.id).await.unwrap(), Some(41));
    assert_eq!(store.sink_secret(sink.id).await.unwrap(), Some(vec![5, 6]));
    store.forget_things(at(1_000_000)).await.unwrap();
    assert!(store.sink_secret(sink.id).await.unwrap().is_some());
    assert_eq!(store.things().await.unwrap().len(), 1, "whoever wraps secrets anew finds it");
    store.remove_sink(later(4), sink.name.clone()).await.unwrap();
    assert_eq!(store.sink_read(sink.id).await.unwrap(), None);
    assert!(store.things().await.unwrap().is_empty());
    let none = store.remove_sink(later(5), sink.name.clone()).await.unwrap_err();
    assert_eq!(none.code(), peta_model::Code::ADMIN_NOT_FOUND);
}

/// Every event that ended behind a number comes once, with the number that it ended with, wherever a reader begins anew.
#[tokio::test]
async fn a_reader_goes_on_where_it_was() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(Config::new(dir.path()), at(0)).await.unwrap();
    let recorder = store.recorder();
    let begin = store.recorded();
    let first = recorder.intent(act()).await.unwrap();
    for _ in 0..20 {
        recorder.whole(act(), Ending::of(Outcome::Ok)).await.unwrap();
        let receipt = recorder.intent(act()).await.unwrap();
        recorder.outcome(receipt, Ending::of(Outcome::Failed)).await.unwrap();
    }
    recorder.outcome(first, Ending::of(Outcome::Ok)).await.unwrap();
    let read = async |from: u64| {
        let mut follow = store.follow_from(from, EventQuery::default());
        let mut numbers = Vec::new();
        while follow.position() < store.recorded() {
            numbers.extend(follow.look().await.unwrap().into_iter().map(|ended| ended.number));
        }
        numbers
    };
    let all = read(begin).await;
    assert_eq!(all.len(), 41);
    assert!(all.is_sorted_by(|a, b| a < b), "{all:?}");
    for (at, number) in all.iter().enumerate() {
        assert_eq!(read(*number).await, all[at + 1..], "behind {number}");
        assert_eq!(read(number - 1).await, all[at..], "before {number}");
    }
}

#[tokio::test]
async fn what_is_handed_to_a_server_is_told_apart_and_remembered_for_a_day() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(Config::new(dir.path()), at(0)).await.unwrap();
    let fs = store.add_server(later(1), spec("fs")).await.unwrap();
    let first = store.add_credential(later(2), new_credential("a", fs.id, Owner::Shared, "A")).await.unwrap();
    let twin = store.add_credential(later(2), new_credential("bb", fs.id, Owner::Shared, "A")).await.unwrap_err();
    assert_eq!(twin.code(), peta_model::Code::ADMIN_CONFLICT);
    let name = store.add_credential(later(2), new_credential("a", fs.id, Owner::Shared, "C")).await.unwrap_err();
    assert_eq!(name.code(), peta_model::Code::ADMIN_NAME_TAKEN);
    let before = store.snapshot().credential_places(fs.id).unwrap().revision;
    store.set_secret(later(100), first.id, new_secret(2)).await.unwrap();
    assert!(store.snapshot().credential_places(fs.id).unwrap().revision > before);
    let skipped = store.set_secret(later(100), first.id, new_secret(2)).await.unwrap_err();
    assert_eq!(skipped.code(), peta_model::Code::ADMIN_CONFLICT);

    let versions = async |since| {
        let prints = store.prints_of(fs.id, at(since)).await.unwrap();
        prints.iter().map(|kept| kept.version).collect::<Vec<_>>()
    };
    assert_eq!((versions(100).await, versions(101).await), (vec![1, 2], vec![2]));
    let kept = store.secrets_after((CredentialId::from_bytes([0; 16]), 0), 10).await.unwrap();
    assert_eq!(kept.iter().map(|kept| kept.sealed.is_some()).collect::<Vec<_>>(), [false, true]);
    assert_eq!(store.forget_secrets(at(101)).await.unwrap(), 1);
    assert_eq!(versions(0).await, [2]);
    store.remove_server(later(200), fs.id).await.unwrap();
    assert!(versions(0).await.is_empty() && store.snapshot().credentials().is_empty());
}

#[tokio::test]
async fn what_came_since_a_revision_is_known_for_a_while() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(Config::new(dir.path()), at(0)).await.unwrap();
    let fs = store.add_server(later(1), spec("fs")).await.unwrap();
    let first = store.add_credential(later(2), new_credential("a", fs.id, Owner::Shared, "A")).await.unwrap();
    let places = || Arc::clone(store.snapshot().credential_places(fs.id).unwrap());
    let seen = places().revision;
    assert_eq!((places().since(0), places().since(seen)), (Some(vec![(first.id, 1)]), Some(vec![])));
    let ada = Owner::User("ada".into());
    let second = store.add_credential(later(3), new_credential("bb", fs.id, ada, "A")).await.unwrap();
    store.set_secret(later(4), first.id, new_secret(2)).await.unwrap();
    let came = places().since(seen).unwrap();
    assert_eq!(came, [(second.id, 1), (first.id, 2)]);
    let rows = store.prints_of_versions(came).await.unwrap();
    assert_eq!(
        rows.iter().map(|row| (row.credential, row.version)).collect::<Vec<_>>(),
        [(second.id, 1), (first.id, 2)]
    );
    // What is wrapped anew, or not used any more, is no new version; what was never there has no row.
    let seen = places().revision;
    store.distrust(at(5), vec![second.id]).await.unwrap();
    assert!(places().revision > seen);
    assert_eq!(places().since(seen), Some(vec![]));
    assert!(store.prints_of_versions(vec![(second.id, 9)]).await.unwrap().is_empty());
    assert_eq!(places().since(places().revision + 1), None, "of another run");
    for version in 3..400 {
        store.set_secret(later(6), first.id, new_secret(version)).await.unwrap();
    }
    assert_eq!(places().since(seen), None, "too long ago");
    let latest = places().since(places().revision - 1).unwrap();
    assert_eq!(latest, [(first.id, 399)]);
}

#[tokio::test]
async fn more_credentials_than_are_read_at_once_are_all_read() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(Config::new(dir.path()), at(0)).await.unwrap();
    let fs = store.add_server(later(1), spec("fs")).await.unwrap();
    // Whole pages and one more.
    for number in 0..2_001 {
        let owner = Owner::User(format!("p{number}"));
        let id = u128::from_be_bytes(*b"\0credentials....") + number;
        let new = NewCredential {
            id: CredentialId::from_bytes(id.to_be_bytes()),
            ..new_credential(&format!("c{number}"), fs.id, owner, "A")
        };
        store.grant_credential(at(2), new).await.unwrap();
    }
    let live = store.snapshot();
    let read = load(&mut store.0.commits.writer.lock().await.as_mut().unwrap().conn, live.install, live.tenant).await;
    assert_eq!(read.unwrap().credentials().len(), 2_001);
}

struct Counted(u8);

impl Random for Counted {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), NoRandom> {
        for byte in out {
            self.0 = self.0.wrapping_add(1);
            *byte = self.0;
        }
        Ok(())
    }
}

#[tokio::test]
async fn keys_are_kept_counted_and_dropped_when_nothing_names_them() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(Config::new(dir.path()), at(0)).await.unwrap();
    assert!(store.vault().await.unwrap().0.is_none());
    let (install, tenant) = (store.snapshot().install, store.snapshot().tenant);
    let root = LocalRoot::random(&mut Counted(0)).unwrap();
    let (row, _) = KekRow::make(&root, (install, tenant, Purpose::Vault), at(5), &mut Counted(9)).unwrap();
    let attempts = Attempts { wrong: 2, last: Some(at(4)) };
    let kept = RootRow { kind: "passphrase".into(), derivation: Some(vec![7; 44]), attempts, made: at(5) };
    store.save_vault(kept.clone(), vec![row.clone()]).await.unwrap();
    assert_eq!(store.vault().await.unwrap(), (Some(kept), vec![row.clone()]));

    let (to, _) = reserve(row.id, 0).unwrap();
    assert!(store.reserve_wraps(row.id, (0, to)).await.unwrap());
    assert!(!store.reserve_wraps(row.id, (0, to)).await.unwrap());
    store.save_attempts(Attempts::default()).await.unwrap();
    let (root_row, keks) = store.vault().await.unwrap();
    assert_eq!((root_row.unwrap().attempts, keks[0].reserved), (Attempts::default(), to));

    let fs = store.add_server(later(1), spec("fs")).await.unwrap();
    let named = [b"PSV1\x01\x01\0\0".as_slice(), row.id.as_bytes(), &[0; 60]].concat();
    let new = NewCredential { sealed: named, ..new_credential("a", fs.id, Owner::Shared, "A") };
    let entry = store.add_credential(later(2), new).await.unwrap();
    assert!(!store.drop_kek(row.id).await.unwrap());
    let other = KeptSecret { credential: entry.id, version: 1, sealed: Some(vec![0; 84]), prints: vec![0; 84] };
    store.rewrap(at(3), vec![other]).await.unwrap();
    assert_eq!(store.snapshot().credential(&entry.id).unwrap().sealed.len(), 84);
    assert!(store.drop_kek(row.id).await.unwrap());
    assert!(store.vault().await.unwrap().1.is_empty());
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

/// Makes the disk of the record full for as long as the body runs.
async fn on_a_full_disk(store: &Store, body: impl AsyncFnOnce()) {
    let full = Arc::new(std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap());
    let disk = store.0.log.exchange(full);
    body().await;
    store.0.log.exchange(disk);
}

fn all() -> EventQuery {
    EventQuery { part: crate::Part::After(None), ..EventQuery::default() }
}

async fn outcomes(store: &Store) -> Vec<String> {
    let events = store.events(&all()).await.unwrap().events;
    let word = |event: &peta_audit::Event| {
        let ending = event.ending.unwrap();
        format!("{} {} {}", event.kind, ending.outcome, ending.code.map_or("", |code| code.as_str())).trim().to_owned()
    };
    events.iter().map(word).collect()
}

#[tokio::test]
async fn while_the_record_cannot_be_written_nothing_is_promised() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(Config::new(dir.path()), at(0)).await.unwrap();
    let recorder = store.recorder();
    let receipt = recorder.intent(act()).await.unwrap();
    let dropped = recorder.intent(act()).await.unwrap();
    let sequence = store.snapshot().sequence;
    assert!(store.recording());
    on_a_full_disk(&store, async || {
        assert!(recorder.whole(act(), Ending::of(Outcome::Ok)).await.is_err());
        assert!(recorder.intent(act()).await.is_err());
        assert!(recorder.outcome(receipt, Ending::of(Outcome::Ok)).await.is_err());
        drop(dropped);
        // No act without its event.
        let refused = store.add_server(act(), spec("fs")).await.unwrap_err();
        assert_eq!(refused.code(), peta_model::Code::NOT_RECORDED);
        assert!(store.snapshot().server("fs").is_none() && store.snapshot().sequence == sequence);
        assert!(!store.recording());
    })
    .await;
    recorder.whole(act(), Ending::of(Outcome::Ok)).await.unwrap();
    assert!(store.recording());
    store.add_server(act(), spec("fs")).await.unwrap();
    // What was held back, and what was dropped, ended as unknown once that could be written.
    let expected = ["test.act unknown P6001", "test.act unknown P5009", "test.act ok", "test.act ok"];
    assert_eq!(outcomes(&store).await, expected);
    store.close(at(9)).await;
    assert_eq!(outcomes(&Store::open(Config::new(dir.path()), at(10)).await.unwrap()).await, expected);
}

#[tokio::test]
async fn an_act_that_is_made_ends_well_though_the_disk_is_full_by_then() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(Config::new(dir.path()), at(0)).await.unwrap();
    let receipt = store.recorder().act(&act(), &Veil::none()).await.unwrap();
    on_a_full_disk(&store, async || store.recorder().acted(receipt, Ending::of(Outcome::Ok)).await).await;
    store.recorder().whole(act(), Ending::of(Outcome::Ok)).await.unwrap();
    assert_eq!(outcomes(&store).await, ["test.act ok", "test.act ok"]);
}

/// Until it can be written nobody needs to call: Core tries by itself.
#[tokio::test]
async fn a_disk_that_has_room_again_is_noticed() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(Config::new(dir.path()), at(0)).await.unwrap();
    on_a_full_disk(&store, async || {
        assert!(store.recorder().whole(act(), Ending::of(Outcome::Ok)).await.is_err());
        assert!(!store.recording());
    })
    .await;
    while !store.recording() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn the_database_recovers_from_a_full_disk() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(Config::new(dir.path()), at(0)).await.unwrap();
    let limit = async |text: &'static str| {
        let mut guard = store.0.commits.writer.lock().await;
        guard.as_mut().unwrap().conn.execute(text).await.unwrap();
    };
    // SQLite's own limit gives the error that a full disk gives.
    limit("PRAGMA max_page_count = 1").await;
    let url = format!("https://x.example/{}", "x".repeat(100_000));
    let wide = || ServerSpec { transport: Transport::Http { url: url.clone(), mode: HttpMode::Auto }, ..spec("fs") };
    for _ in 0..3 {
        assert!(store.add_server(act(), wide()).await.is_err());
    }
    limit("PRAGMA max_page_count = 1000000").await;
    store.add_server(act(), wide()).await.unwrap();
    let failed = "test.act failed P8012";
    assert_eq!(outcomes(&store).await, [failed, failed, failed, "test.act ok"]);
}

#[tokio::test]
async fn an_entry_that_is_too_large_is_refused_alone() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(Config::new(dir.path()), at(0)).await.unwrap();
    let huge = Intent { detail: Some("x".repeat(17 << 20)), ..act() };
    let huge = Entry::Whole(Told::of(&huge, Privy::Plain), Ending::of(Outcome::Ok));
    assert!(matches!(store.0.log.append(&huge), Err(Unwritten::TooLarge)));
    assert!(store.recording());
    store.recorder().whole(act(), Ending::of(Outcome::Ok)).await.unwrap();
    assert_eq!(outcomes(&store).await, ["test.act ok"]);
}

#[tokio::test]
async fn full_means_on_the_disk_and_many_share_the_wait() {
    let dir = tempfile::tempdir().unwrap();
    let config = Config { sync: crate::Sync::Full, ..Config::new(dir.path()) };
    let store = Store::open(config, at(0)).await.unwrap();
    let callers: Vec<_> = (0..20)
        .map(|_| {
            let recorder = store.recorder();
            tokio::spawn(async move {
                let receipt = recorder.intent(act()).await.unwrap();
                recorder.outcome(receipt, Ending::of(Outcome::Ok)).await.unwrap();
            })
        })
        .collect();
    for caller in callers {
        caller.await.unwrap();
    }
    assert_eq!(outcomes(&store).await.len(), 20);
}

/// What was answered, and what may have been done, is on the disk; that something is about to be read is not waited for.
#[tokio::test]
async fn ordered_waits_for_what_a_power_cut_must_not_take() {
    let dir = tempfile::tempdir().unwrap();
    let config = Config { sync: crate::Sync::Ordered, ..Config::new(dir.path()) };
    let store = Store::open(config, at(0)).await.unwrap();
    let recorder = store.recorder();
    let reading = recorder.intent(Intent { kind: EventKind::ResourceRead, ..act() }).await.unwrap();
    assert_eq!(recorder.synced().await, 0);
    recorder.outcome(reading, Ending::of(Outcome::Ok)).await.unwrap();
    assert_eq!(recorder.synced().await, store.0.log.next());
    let calling = recorder.intent(Intent { kind: EventKind::ToolCall, ..act() }).await.unwrap();
    assert_eq!(recorder.synced().await, store.0.log.next());
    drop(calling);
    assert!(recorder.synced().await < store.0.log.next(), "nobody waits for who went away");
}

#[tokio::test]
async fn links_serve_once_and_sealed_things_go_with_their_credential() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(Config::new(dir.path()), at(0)).await.unwrap();
    let fs = store.add_server(later(1), spec("fs")).await.unwrap();
    let entry = store.add_credential(later(2), new_credential("a", fs.id, Owner::Shared, "A")).await.unwrap();
    let link = |number: u8, until| Link {
        hash: [number; 32],
        credential: entry.id,
        person: None,
        administrator: Some("me".into()),
        scopes: None,
        made: at(i64::from(number)),
        until: at(until),
        stage: LinkStage::Waiting,
        code: None,
        told: None,
    };
    store.add_link(link(1, 100)).await.unwrap();
    assert_eq!(store.open_link([1; 32], at(100)).await.unwrap(), None, "it is over");
    assert_eq!(store.open_link([1; 32], at(99)).await.unwrap().unwrap().stage, LinkStage::Opened);
    assert_eq!(store.open_link([1; 32], at(99)).await.unwrap(), None, "it was used");
    store.end_link([1; 32], LinkStage::Failed, Some(("P4023".into(), "no".into()))).await.unwrap();
    assert_eq!(store.newest_link(entry.id).await.unwrap().unwrap().code.as_deref(), Some("P4023"));
    for number in 2..20 {
        store.add_link(link(number, 100)).await.unwrap();
    }
    assert!(store.link([5; 32]).await.unwrap().is_none() && store.link([12; 32]).await.unwrap().is_some());

    let thing = |sort, key, owner| SealedThing {
        sort,
        key: [key; 32],
        object: [key; 16],
        owner,
        sealed: vec![key; 90],
        until: Some(at(50)).filter(|_| owner.is_none()),
    };
    store.keep_thing(thing(ThingSort::Pending, 1, None)).await.unwrap();
    store.keep_thing(thing(ThingSort::Given, 2, Some(entry.id))).await.unwrap();
    let old = store.thing(ThingSort::Given, [2; 32]).await.unwrap().unwrap();
    store.rewrap_thing(old.clone(), vec![7; 90]).await.unwrap();
    store.rewrap_thing(old, vec![8; 90]).await.unwrap();
    assert_eq!(store.thing(ThingSort::Given, [2; 32]).await.unwrap().unwrap().sealed, vec![7; 90]);
    assert!(store.take_thing(ThingSort::Pending, [1; 32]).await.unwrap().is_some());
    assert!(store.take_thing(ThingSort::Pending, [1; 32]).await.unwrap().is_none());
    let oauth = OAuth { broken: Some("P4021".into()), ..OAuth::default() };
    store.set_oauth(entry.id, at(3), oauth.clone()).await.unwrap();
    assert_eq!(store.snapshot().credential(&entry.id).unwrap().oauth.as_deref(), Some(&oauth));
    store.remove_credential(later(4), entry.id).await.unwrap();
    assert!(store.things().await.unwrap().is_empty() && store.link([12; 32]).await.unwrap().is_none());
}
