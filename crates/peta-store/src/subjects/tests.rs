use std::{
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use peta_arena::{Arena, Unlocked};
use peta_audit::{Admin, Caller, Door, Intent};
use peta_model::{AgentId, Code, Decision, EventId, EventKind, Moment, Role, SubjectId};
use peta_vault::{
    NoRandom, Random,
    keys::{BLOCK, Block, KekId, KekRow, Purpose, reserve},
    root::LocalRoot,
    safe::Safe,
    subject::{self, SubjectKey},
};

use super::{Concerned, KeysFault, PayloadKeys, Subjects};
use crate::{ChangeError, Config, EventQuery, NewAgent, NewHold, Part, Store};

/// The system's own.
struct Chance;

impl Random for Chance {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), NoRandom> {
        aws_lc_rs::rand::fill(out).map_err(|_| NoRandom)
    }
}

/// Keeps one payload key, in memory.
#[derive(Default)]
struct Keeper {
    reserved: AtomicU64,
    erased: Mutex<Vec<(SubjectId, KekId, Moment)>>,
    broken: Mutex<Option<KeysFault>>,
}

impl PayloadKeys for Keeper {
    fn reserve(&self, kek: KekId) -> Result<Block, KeysFault> {
        let (next, block) = reserve(kek, self.reserved.load(Ordering::Relaxed)).unwrap();
        self.reserved.store(next, Ordering::Relaxed);
        Ok(block)
    }

    fn erase(&self, subject: SubjectId, kek: KekId, now: Moment) -> Result<Moment, KeysFault> {
        if let Some(fault) = self.broken.lock().unwrap().clone() {
            return Err(fault);
        }
        self.erased.lock().unwrap().push((subject, kek, now));
        Ok(Moment::from_micros(now.micros() + 9))
    }

    fn now(&self) -> Moment {
        at(3)
    }
}

pub(crate) struct World {
    pub(crate) dir: tempfile::TempDir,
    pub(crate) store: Store,
    subjects: Subjects,
    pub(crate) safe: Safe,
    keeper: Arc<Keeper>,
    pub(crate) root: LocalRoot,
    pub(crate) rows: Vec<KekRow>,
}

impl World {
    pub(crate) async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(Config::new(dir.path()), at(0)).await.unwrap();
        let (install, tenant) = (store.snapshot().install, store.snapshot().tenant);
        let root = LocalRoot::random(&mut Chance).unwrap();
        // As far as the store goes, it may as well be wrapped by a root.
        let row = KekRow::make(&root, (install, tenant, Purpose::Payload), at(1), &mut Chance).unwrap().0;
        let arena = Arena::new(1 << 16, Unlocked::Tell).unwrap();
        let safe = Safe::locked(install, arena, Box::new(|| Duration::ZERO), Box::new(Chance));
        let (rows, keeper) = (vec![row], Arc::new(Keeper::default()));
        safe.unlock(&root, &rows).unwrap();
        store.keep_subjects(safe.clone(), Arc::<Keeper>::clone(&keeper));
        Self { subjects: store.subjects(), dir, store, safe, keeper, root, rows }
    }

    async fn of(&self, whom: &Concerned) -> Arc<SubjectKey> {
        self.subjects.of(whom).await.unwrap().unwrap()
    }

    async fn run(&self, statement: String) {
        let run = self.store.in_transaction(|conn, _| {
            Box::pin(async move {
                sqlx::query(sqlx::AssertSqlSafe(statement)).execute(conn).await?;
                Ok(())
            })
        });
        run.await.unwrap();
    }
}

pub(crate) fn at(micros: i64) -> Moment {
    Moment::from_micros(1_800_000_000_000_000 + micros)
}

fn person(name: &str) -> Concerned {
    Concerned::Person(name.into())
}

fn agent(name: &str) -> NewAgent {
    NewAgent { name: name.parse().unwrap(), user: None, groups: vec![], grants: vec![], token: [7; 32], expires: None }
}

pub(crate) fn act() -> Intent {
    Intent {
        id: EventId::from_bytes([9; 16]),
        time: at(7),
        kind: EventKind::Admin("subject.erase"),
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

/// Whether these bytes stand in any file below.
fn stands(folder: &Path, sought: &[u8]) -> bool {
    std::fs::read_dir(folder).unwrap().flatten().any(|entry| {
        let path = entry.path();
        if path.is_dir() {
            return stands(&path, sought);
        }
        std::fs::read(path).unwrap_or_default().windows(sought.len()).any(|window| window == sought)
    })
}

#[tokio::test]
async fn each_has_one_key_and_keeps_it() {
    let world = World::new().await;
    let everybody = [person("ada"), person("bob"), Concerned::Agent(AgentId::from_bytes([7; 16])), Concerned::House];
    let mut ids = Vec::new();
    for whom in &everybody {
        assert!(world.subjects.at_hand(whom).is_none());
        let key = world.of(whom).await;
        assert!(Arc::ptr_eq(&key, &world.of(whom).await));
        assert!(Arc::ptr_eq(&key, &world.subjects.at_hand(whom).unwrap()));
        assert!(Arc::ptr_eq(&key, &world.subjects.by_id(key.id()).unwrap()));
        assert!(!ids.contains(&key.id()));
        ids.push(key.id());
    }
    let sealed = world.of(&everybody[0]).await.seal(b"a", b"what", [1; 12]).unwrap();
    assert!(world.of(&everybody[1]).await.open(b"a", &sealed).is_none());
    let named = world.store.subjects_named().await.unwrap();
    let named: Vec<_> = named.iter().map(|one| (one.name.as_str(), one.id, one.made)).collect();
    assert_eq!(named, [("ada", ids[0], at(3)), ("bob", ids[1], at(3))]);

    // Another run: the keys are out of memory, and come back by name or by identifier.
    world.subjects.wipe();
    assert!(world.subjects.by_id(ids[0]).is_none());
    world.subjects.load(&[ids[0], ids[1], SubjectId::from_bytes([0; 16])].into()).await.unwrap();
    assert_eq!(world.subjects.by_id(ids[0]).unwrap().open(b"a", &sealed).as_deref(), Some(b"what".as_slice()));
    assert!(world.subjects.at_hand(&everybody[0]).is_none(), "to seal, seals are reserved first");
    let again = world.of(&everybody[0]).await;
    assert_eq!(again.id(), ids[0]);
    again.seal(b"a", b"more", [2; 12]).unwrap();
    assert_eq!(world.of(&everybody[3]).await.id(), ids[3]);
}

#[tokio::test]
async fn who_come_at_once_get_the_same_key() {
    let world = World::new().await;
    let coming: Vec<_> = (0..40)
        .map(|_| {
            let subjects = world.subjects.clone();
            tokio::spawn(async move { subjects.of(&person("ada")).await.unwrap().unwrap().id() })
        })
        .collect();
    let mut ids = Vec::new();
    for one in coming {
        ids.push(one.await.unwrap());
    }
    ids.dedup();
    assert_eq!(ids.len(), 1);
    assert_eq!(world.store.subjects_named().await.unwrap().len(), 1);
    assert_eq!(world.keeper.reserved.load(Ordering::Relaxed), u64::from(BLOCK));
}

#[tokio::test]
async fn while_the_vault_is_locked_there_are_none() {
    let world = World::new().await;
    let key = world.of(&person("ada")).await;
    let sealed = key.seal(b"", b"x", [1; 12]).unwrap();
    world.safe.lock();
    world.store.wipe_subjects();
    assert!(key.open(b"", &sealed).is_none() && key.seal(b"", b"x", [2; 12]).is_err());
    assert!(world.subjects.at_hand(&person("ada")).is_none() && world.subjects.by_id(key.id()).is_none());
    assert!(world.subjects.of(&person("ada")).await.unwrap().is_none());
    assert!(world.subjects.of(&person("bob")).await.unwrap().is_none());
    world.subjects.load(&[key.id()].into()).await.unwrap();
    assert!(world.subjects.by_id(key.id()).is_none());
    world.safe.unlock(&world.root, &world.rows).unwrap();
    assert_eq!(world.of(&person("ada")).await.open(b"", &sealed).as_deref(), Some(b"x".as_slice()));
}

#[tokio::test]
async fn a_key_that_sealed_as_often_as_it_may_gets_a_successor_and_is_erased_with_it() {
    let world = World::new().await;
    let ada = person("ada");
    let first = world.of(&ada).await;
    let sealed = first.seal(b"", b"x", [1; 12]).unwrap();
    for at in 0..subject::BLOCK {
        if world.subjects.at_hand(&ada).is_none() {
            break;
        }
        first.seal(b"", b"", [u8::try_from(at % 256).unwrap(); 12]).unwrap();
    }
    assert!(!first.has_seals(), "it was used until the next block is due");
    assert!(Arc::ptr_eq(&first, &world.of(&ada).await) && first.has_seals(), "which is fetched");
    world.subjects.wipe();
    world.run(format!("UPDATE subjects SET seals = {}", subject::LIMIT - u64::from(subject::BLOCK) + 1)).await;
    let second = world.of(&ada).await;
    assert_ne!(second.id(), first.id());
    world.subjects.load(&[first.id()].into()).await.unwrap();
    assert!(world.subjects.by_id(first.id()).unwrap().open(b"", &sealed).is_some(), "it reads on");
    let erased = world.store.erase_subject(act(), "ada").await.unwrap();
    let mut both = [vec![erased.subject], erased.former].concat();
    both.sort_unstable();
    let mut expected = [first.id(), second.id()];
    expected.sort_unstable();
    assert_eq!(both, expected);
    assert!(world.subjects.by_id(first.id()).is_none() && world.subjects.by_id(second.id()).is_none());
}

#[tokio::test]
async fn who_is_erased_is_in_no_file_any_more() {
    let world = World::new().await;
    let name = |number: usize| format!("person number {number} of the house of Usher");
    let mut ids = Vec::new();
    for number in 0..400 {
        ids.push(world.of(&person(&name(number))).await.id());
    }
    let envelopes = world.store.in_transaction(|conn, _| {
        Box::pin(async move {
            let rows: Vec<(String, Vec<u8>)> =
                sqlx::query_as("SELECT name, sealed FROM subjects").fetch_all(conn).await?;
            Ok(rows)
        })
    });
    let envelopes: std::collections::HashMap<_, _> = envelopes.await.unwrap().into_iter().collect();
    let gone: Vec<usize> = (0..400).filter(|number| number % 7 == 3).collect();
    for number in &gone {
        assert!(stands(world.dir.path(), name(*number).as_bytes()));
        let key = world.subjects.by_id(ids[*number]).unwrap();
        let erased = world.store.erase_subject(act(), &name(*number)).await.unwrap();
        assert_eq!((erased.subject, erased.key_destroyed_for_backups_at), (ids[*number], at(16)));
        assert!(key.open(b"", &[0; 28]).is_none() && key.seal(b"", b"", [0; 12]).is_err());
        assert!(world.subjects.at_hand(&person(&name(*number))).is_none());
        let files = world.dir.path();
        assert!(!stands(files, name(*number).as_bytes()), "the name of {number}");
        assert!(!stands(files, &envelopes[&name(*number)][24..]), "the envelope of {number}");
        assert!(!stands(files, &envelopes[&name(*number)][84..100]), "a part of the envelope of {number}");
    }
    assert!(stands(world.dir.path(), name(0).as_bytes()) && world.subjects.by_id(ids[0]).is_some());
    let noted: Vec<_> = world.keeper.erased.lock().unwrap().iter().map(|(id, kek, _)| (*id, *kek)).collect();
    assert_eq!(noted, gone.iter().map(|number| (ids[*number], world.rows[0].id)).collect::<Vec<_>>());
    let again = world.of(&person(&name(3))).await;
    assert_ne!(again.id(), ids[3], "who comes back is another one");
}

#[tokio::test]
async fn an_erasure_is_an_act_and_a_hold_or_a_full_disk_stops_it() {
    let world = World::new().await;
    let ada = world.of(&person("ada")).await;
    world.of(&Concerned::House).await;
    let code = |erased: Result<super::Erased, ChangeError>| erased.unwrap_err().code();
    assert_eq!(code(world.store.erase_subject(act(), "bob").await), Code::ADMIN_NOT_FOUND);
    assert_eq!(code(world.store.erase_subject(act(), "").await), Code::ADMIN_NOT_FOUND, "the house is nobody");
    // Agents that still work, and legal holds, on the person or on everything.
    let agent = NewAgent { user: Some("ada".into()), ..agent("bot") };
    let agent = world.store.add_agent(act(), agent).await.unwrap();
    assert_eq!(world.store.still_named("ada"), ["the agent `bot`"]);
    assert_eq!(code(world.store.erase_subject(act(), "ada").await), Code::ADMIN_CONFLICT);
    world.store.revoke_agent(act(), agent.id).await.unwrap();
    for held in [Some("ada".to_owned()), None] {
        let hold = NewHold { name: "case-1".into(), person: held, reason: "a court asks".into() };
        world.store.add_hold(act(), hold).await.unwrap();
        assert_eq!(code(world.store.erase_subject(act(), "ada").await), Code::ADMIN_CONFLICT);
        world.store.remove_hold(act(), "case-1".into()).await.unwrap();
    }
    let lifted = world.store.remove_hold(act(), "case-1".into()).await;
    assert_eq!(lifted.unwrap_err().code(), Code::ADMIN_NOT_FOUND);
    *world.keeper.broken.lock().unwrap() =
        Some(KeysFault { code: Code::RECORD_KEYS_MISSING, text: "it is missing".into() });
    assert_eq!(code(world.store.erase_subject(act(), "ada").await), Code::RECORD_KEYS_MISSING);
    assert!(ada.seal(b"", b"x", [1; 12]).is_ok() && world.store.subjects_named().await.unwrap().len() == 1);
    *world.keeper.broken.lock().unwrap() = None;
    // Locked or not: what is to be destroyed need not be opened.
    world.safe.lock();
    world.store.erase_subject(act(), "ada").await.unwrap();
    assert!(world.store.subjects_named().await.unwrap().is_empty());
    let query = EventQuery { part: Part::After(None), limit: 100, ..EventQuery::default() };
    let events = world.store.events(&query).await.unwrap().events;
    let told: Vec<_> = events.iter().map(|event| event.ending.unwrap().outcome.to_string()).collect();
    let acts = "refused refused ok refused ok ok refused ok ok refused ok refused failed ok";
    assert_eq!(told.join(" "), acts);
    // Whoever was erased has no name in the configuration either.
    let snapshot = world.store.snapshot();
    let names: Vec<_> = snapshot.agents().iter().map(|agent| (agent.name.to_string(), agent.user.clone())).collect();
    assert!(names[0].0.starts_with("erased-") && names[0].1.is_none() && snapshot.agent_named("bot").is_none());
}

/// Cut off between the file of the keys and the database: what was to be done is done, and it stays so after the next start.
#[tokio::test]
async fn an_erasure_that_was_cut_off_forgets_the_names_too() {
    let world = World::new().await;
    let (ada, eve) = (world.of(&person("ada of old")).await.id(), world.of(&person("eve of old")).await.id());
    let theirs =
        |name: &str, user: &str| NewAgent { user: Some(user.into()), token: [name.len() as u8; 32], ..agent(name) };
    let revoked = world.store.add_agent(act(), theirs("of-ada", "ada of old")).await.unwrap();
    world.store.revoke_agent(act(), revoked.id).await.unwrap();
    world.store.add_agent(act(), theirs("works", "eve of old")).await.unwrap();
    assert_eq!(world.store.erase_again(at(3), vec![ada, eve]).await.unwrap(), 2);
    let sequence = world.store.snapshot().sequence;
    assert_eq!(world.store.erase_again(at(4), vec![ada, eve]).await.unwrap(), 0);
    assert_eq!(world.store.snapshot().sequence, sequence, "nothing was left to do");
    assert!(world.store.subjects_named().await.unwrap().is_empty() && world.subjects.by_id(ada).is_none());
    for name in ["ada of old", "of-ada"] {
        assert!(!stands(world.dir.path(), name.as_bytes()), "{name}");
    }
    world.store.close(at(5)).await;
    let store = Store::open(Config::new(world.dir.path()), at(6)).await.unwrap();
    let snapshot = store.snapshot();
    assert!(snapshot.agent(&revoked.id).unwrap().name.as_str().starts_with("erased-"));
    let works = snapshot.agent_named("works").unwrap();
    assert_eq!(works.user.as_deref(), Some("eve of old"), "an agent that works is whoever's it is");
}

#[tokio::test]
async fn a_name_that_was_another_persons_too_leads_to_theirs() {
    let world = World::new().await;
    world.of(&person("ada")).await;
    let mut revoked = Vec::new();
    for (user, token) in [("bob", 1), ("ada", 2)] {
        let new = NewAgent { user: Some(user.into()), token: [token; 32], ..agent("bot") };
        let agent = world.store.add_agent(act(), new).await.unwrap();
        world.store.revoke_agent(Intent { time: at(i64::from(token)), ..act() }, agent.id).await.unwrap();
        revoked.push(agent.id);
    }
    let named = || world.store.snapshot().agent_named("bot").map(|agent| agent.id);
    assert_eq!(named(), Some(revoked[1]));
    world.store.erase_subject(act(), "ada").await.unwrap();
    assert_eq!(named(), Some(revoked[0]), "as it is after the next start");
}

#[tokio::test]
async fn they_are_wrapped_anew_by_pages() {
    let world = World::new().await;
    let mut sealed = Vec::new();
    for name in ["ada", "bob", "carl"] {
        let key = world.of(&person(name)).await;
        sealed.push((key.id(), key.seal(b"", b"x", [1; 12]).unwrap()));
    }
    let (install, tenant) = (world.store.snapshot().install, world.store.snapshot().tenant);
    let (new, kek) = KekRow::make(&world.root, (install, tenant, Purpose::Payload), at(2), &mut Chance).unwrap();
    let old = world.rows[0].id;
    world.safe.insert(&new, kek);
    world.safe.retire(old);
    let (mut cursor, mut pages) = (SubjectId::from_bytes([0; 16]), 0);
    while let Some(last) = world.store.rewrap_subjects(cursor, 2).await.unwrap() {
        assert!(last > cursor);
        (cursor, pages) = (last, pages + 1);
    }
    assert_eq!((pages, world.store.payload_keks().await.unwrap()), (2, [new.id].into()));
    world.safe.forget(old);
    world.subjects.wipe();
    for (id, part) in &sealed {
        assert!(world.store.subject_key_of(*id).await.unwrap().unwrap().open(b"", part).is_some());
    }
    assert_eq!(world.store.forget_subjects_under(old).await.unwrap(), 0);
    assert_eq!(world.store.erase_again(at(3), vec![sealed[0].0, SubjectId::from_bytes([0; 16])]).await.unwrap(), 1);
    assert_eq!(world.store.forget_subjects_under(new.id).await.unwrap(), 2);
    assert!(world.subjects.by_id(sealed[2].0).is_none());
}
