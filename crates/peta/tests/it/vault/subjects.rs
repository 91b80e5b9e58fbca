//! The keys of persons' parts of the record, through Core itself: after an erasure the key above them is exchanged at night
//! and destroyed thirty days later, whenever Core is killed; and none of them stands anywhere in the clear.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use peta_arena::{Arena, Unlocked};
use peta_audit::{Admin, Caller, Door, Intent};
use peta_model::{AgentId, Decision, EventId, EventKind, Moment, Role, SubjectId};
use peta_roots::{KeyFileAt, PayloadFileAt};
use peta_store::{Concerned, Config, KeysFault, PayloadKeys, Store};
use peta_testkit::{Core, Setup, chaos::Wall, command, finish};
use peta_vault::{
    Kind, NoRandom, Place, Random,
    keyring::Keyring,
    keys::{Block, KekId, KekRow, reserve},
    safe::Safe,
};

use super::{grep::files, rows::change};

const DAY: i64 = 86_400;
const PERSONS: [&str; 5] = ["ada lovelace", "bob", "carl", "dora", "eve"];

/// Other bytes each time.
struct Chance(u64);

impl Random for Chance {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), NoRandom> {
        fs::File::open("/dev/urandom").and_then(|mut file| std::io::Read::read_exact(&mut file, out)).unwrap();
        self.0 += 1;
        Ok(())
    }
}

/// The keeper of the payload keys as a Core that does not run would be one.
struct Keeper(PayloadFileAt, Mutex<()>);

impl PayloadKeys for Keeper {
    fn reserve(&self, kek: KekId) -> Result<Block, KeysFault> {
        let _turn = self.1.lock().unwrap();
        let mut file = read(&self.0);
        let row = file.keks.iter_mut().find(|one| one.row.id == kek).unwrap();
        let (next, block) = reserve(kek, row.row.reserved).unwrap();
        row.row.reserved = next;
        self.0.replace(&file).unwrap();
        Ok(block)
    }

    fn erase(&self, subject: SubjectId, kek: KekId, now: Moment) -> Result<Moment, KeysFault> {
        let _turn = self.1.lock().unwrap();
        let mut file = read(&self.0);
        let until = file.erase(subject, kek, now);
        self.0.replace(&file).unwrap();
        Ok(until)
    }

    fn now(&self) -> Moment {
        now()
    }
}

fn read(at: &PayloadFileAt) -> peta_vault::payload_file::PayloadFile {
    let text = fs::read_to_string(at.path()).unwrap();
    peta_vault::payload_file::PayloadFile::parse(&text).unwrap()
}

#[expect(clippy::disallowed_methods, reason = "by the clock of the Core that is started beside this")]
fn now() -> Moment {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    Moment::from_micros(i64::try_from(since.as_micros()).unwrap())
}

/// The data directory of a Core that has ended, opened with its own key file.
struct Inside {
    store: Store,
    rows: Vec<KekRow>,
    payload: Vec<KekRow>,
    root: peta_vault::root::LocalRoot,
}

impl Inside {
    async fn of(data: &Path) -> Self {
        let store = Store::open(Config::new(data), now()).await.unwrap();
        let (install, tenant) = (store.snapshot().install, store.snapshot().tenant);
        let (_, rows) = store.vault().await.unwrap();
        let root = KeyFileAt::new(data.join("vault.key")).read(install).unwrap().root;
        let at = PayloadFileAt::beside(&data.join("vault.key"));
        let payload: Vec<KekRow> = read(&at).keks.into_iter().map(|kek| kek.row).collect();
        let arena = Arena::new(1 << 16, Unlocked::Tell).unwrap();
        let safe = Safe::locked(install, arena, Box::new(|| Duration::ZERO), Box::new(Chance(0)));
        safe.unlock(&root, &rows).unwrap();
        assert_eq!(safe.take_in_payload(tenant, &payload), Ok(vec![]));
        store.keep_subjects(safe, Arc::new(Keeper(at, Mutex::default())));
        Self { store, rows, payload, root }
    }

    /// A private part of somebody.
    async fn part(&self, whom: &Concerned) -> (SubjectId, Vec<u8>) {
        let key = self.store.subject_key(whom).await.unwrap().unwrap();
        (key.id(), key.seal(b"", b"what they did", [7; 12]).unwrap())
    }

    async fn opens(&self, (id, sealed): &(SubjectId, Vec<u8>)) -> bool {
        let key = self.store.subject_key_of(*id).await.unwrap();
        key.and_then(|key| key.open(b"", sealed)).is_some_and(|text| text == b"what they did")
    }

    async fn close(self) {
        self.store.close(now()).await;
    }
}

/// The rows of subject keys, as they stand in the database.
async fn sealed(core: &Core) -> Vec<(SubjectId, Vec<u8>)> {
    let script = "import sqlite3,sys
db = sqlite3.connect(f'file:{sys.argv[1]}?mode=ro', uri=True)
for id, sealed in db.execute('SELECT id, sealed FROM subjects'): print(id.hex(), sealed.hex())";
    let mut python = command(Path::new("python3"));
    python.args(["-c", script]).arg(core.data.join("peta.db"));
    let ran = finish("python3", python).await;
    assert_eq!(ran.code, 0, "{ran:?}");
    let bytes =
        |text: &str| (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect();
    let row = |line: &str| line.split_once(' ').map(|(id, sealed)| (id.parse().unwrap(), bytes(sealed))).unwrap();
    ran.stdout.lines().map(row).collect()
}

fn person(name: &str) -> Concerned {
    Concerned::Person(name.into())
}

fn act(time: Moment) -> Intent {
    Intent {
        id: EventId::from_bytes([9; 16]),
        time,
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

/// A Core that made its vault and has ended, and the parts of some persons, an agent and the house.
struct House {
    core: Core,
    kill: PathBuf,
    parts: Vec<(SubjectId, Vec<u8>)>,
}

impl House {
    async fn new(setup: Setup) -> Self {
        let kill = setup.file("kill");
        let mut core = setup.env("PETA_KILL_AT", kill.to_str().unwrap()).start().await;
        core.stop().await;
        let inside = Inside::of(&core.data).await;
        let mut parts = Vec::new();
        for name in PERSONS {
            parts.push(inside.part(&person(name)).await);
        }
        parts.push(inside.part(&Concerned::Agent(AgentId::from_bytes([5; 16]))).await);
        parts.push(inside.part(&Concerned::House).await);
        inside.close().await;
        Self { core, kill, parts }
    }

    fn setup(&self) -> Setup {
        Setup::again(&self.core).env("PETA_KILL_AT", self.kill.to_str().unwrap())
    }

    fn file(&self) -> peta_vault::payload_file::PayloadFile {
        read(&PayloadFileAt::beside(&self.core.data.join("vault.key")))
    }

    /// The first is erased, all others are as they were.
    async fn only_the_first_is_erased(&self, what: &str) {
        let inside = Inside::of(&self.core.data).await;
        for (index, part) in self.parts.iter().enumerate() {
            assert_eq!(inside.opens(part).await, index > 0, "{what}: part {index}");
        }
        inside.close().await;
    }
}

#[tokio::test]
async fn an_exchange_of_the_payload_key_killed_at_every_step() {
    let (wall, setup) = Wall::of(Setup::new());
    let mut house = House::new(setup).await;
    let old = house.file().current().unwrap().row.id;
    let inside = Inside::of(&house.core.data).await;
    inside.store.erase_subject(act(now()), PERSONS[0]).await.unwrap();
    inside.close().await;
    house.only_the_first_is_erased("at once").await;

    const MADE: &str = "a new payload key is made";
    const FILED: &str = "the new payload key is in its file";
    const PAGE: &str = "a page of subject keys is stored";
    wall.set(2 * DAY);
    for (step, expected) in [(1, MADE), (1, MADE), (2, FILED), (1, PAGE), (2, PAGE), (3, PAGE)] {
        fs::write(&house.kill, step.to_string()).unwrap();
        let ran = wall.again(house.setup()).refused().await;
        assert_eq!(fs::read_to_string(&house.kill).unwrap(), expected, "{ran:?}");
        house.only_the_first_is_erased(expected).await;
    }
    fs::remove_file(&house.kill).unwrap();
    house.core = wall.again(house.setup()).start().await;
    let status = house.core.json(&["vault", "status", "--json"]).await;
    let payload = status["keys"].as_array().unwrap().iter().filter(|key| key["purpose"] == "payload");
    let states: Vec<_> = payload.map(|key| key["state"].as_str().unwrap()).collect();
    assert!(states.len() == 2 && states.contains(&"current") && states.contains(&"retiring"), "{status}");
    house.core.stop().await;
    let file = house.file();
    assert_eq!((file.keks.len(), file.keks[0].row.id), (2, old), "exchanged once, however often it was killed");
    let inside = Inside::of(&house.core.data).await;
    let current = file.current().unwrap().row.id;
    assert_eq!(inside.store.payload_keks().await.unwrap().into_iter().collect::<Vec<_>>(), [current]);
    inside.close().await;

    wall.set(33 * DAY);
    fs::write(&house.kill, "1").unwrap();
    wall.again(house.setup()).refused().await;
    assert_eq!(fs::read_to_string(&house.kill).unwrap(), "the old payload key is destroyed");
    fs::remove_file(&house.kill).unwrap();
    assert!(house.file().kek(old).is_none() && house.file().destroyed == [old] && house.file().erased.is_empty());
    house.core = wall.again(house.setup()).start().await;
    house.core.stop().await;
    house.only_the_first_is_erased("in the end").await;
}

#[tokio::test]
async fn no_subject_key_and_no_erased_name_stands_anywhere() {
    let mut house = House::new(Setup::new()).await;
    let inside = Inside::of(&house.core.data).await;
    let (install, tenant) = (inside.store.snapshot().install, inside.store.snapshot().tenant);
    let mut ring = Keyring::locked(install);
    ring.unlock(&inside.root, &inside.rows).unwrap();
    ring.take_in_payload(tenant, &inside.payload).unwrap();
    let envelopes = sealed(&house.core).await;
    assert_eq!(envelopes.len(), house.parts.len());
    let mut keys = Vec::new();
    for (id, sealed) in &envelopes {
        let place = Place { install, tenant, kind: Kind::SubjectKey, object: *id.as_bytes(), version: 1 };
        keys.push(ring.open(sealed, &place).unwrap().open("key").unwrap().to_vec());
    }
    inside.store.erase_subject(act(now()), PERSONS[0]).await.unwrap();
    inside.close().await;
    house.core = house.setup().start().await;
    let mut told = files(&house.core.data);
    told.push(("what Core said".into(), house.core.said().into_bytes()));
    house.core.stop().await;
    told.extend(files(&house.core.data));
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>().into_bytes();
    let mut sought: Vec<(&str, Vec<u8>)> = vec![("the name of the erased", PERSONS[0].as_bytes().to_vec())];
    for key in &keys {
        sought.extend([
            ("a key", key[..16].to_vec()),
            ("a key", key[16..].to_vec()),
            ("a key in digits", hex(&key[8..24])),
        ]);
    }
    let erased = envelopes.iter().find(|(id, _)| *id == house.parts[0].0).unwrap();
    sought.push(("the envelope of the erased", erased.1[24..].to_vec()));
    for (place, bytes) in &told {
        for (what, part) in &sought {
            let found = bytes.windows(part.len()).any(|window| window == part);
            assert!(!found, "{what} stands in {place}");
        }
    }
    let database = |wanted: &[u8]| {
        told.iter().any(|(place, bytes)| {
            place.ends_with("peta.db") && bytes.windows(wanted.len()).any(|window| window == wanted)
        })
    };
    assert!(database(PERSONS[1].as_bytes()), "there was something to look at");
}

#[tokio::test]
async fn a_lost_file_locks_the_vault_and_a_vault_of_before_gets_one() {
    let mut house = House::new(Setup::new()).await;
    let path = house.core.data.join("vault.payload");
    let away = house.core.file("away");
    fs::rename(&path, &away).unwrap();
    house.core = house.setup().start().await;
    let status = house.core.json(&["vault", "status", "--json"]).await;
    assert_eq!(status["locked"], true, "{status}");
    assert!(status["root"]["trouble"].as_str().unwrap().contains("P4017"), "{status}");
    let ran = house.core.run(&["vault", "unlock"]).await;
    assert!(ran.code != 0 && ran.stderr.contains("P4017"), "{ran:?}");
    assert!(!path.exists(), "no new one over old subjects");
    fs::rename(&away, &path).unwrap();
    let ran = house.core.run(&["vault", "unlock"]).await;
    assert_eq!(ran.code, 0, "{ran:?}");

    // As before there were such keys: what is missing is made, and what is there stays.
    house.core.stop().await;
    change(&house.core, "DELETE FROM keks WHERE purpose IN ('sign', 'beside'); DELETE FROM subjects").await;
    fs::remove_file(&path).unwrap();
    house.core = house.setup().start().await;
    let status = house.core.json(&["vault", "status", "--json"]).await;
    let mut purposes: Vec<_> =
        status["keys"].as_array().unwrap().iter().map(|key| key["purpose"].as_str().unwrap()).collect();
    purposes.sort_unstable();
    assert_eq!((&status["locked"], purposes.join(" ")), (&false.into(), "beside digest payload sign vault".into()));
}
