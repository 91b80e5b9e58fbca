use std::{
    fs,
    path::{Path, PathBuf},
    sync::atomic::{AtomicI64, Ordering},
    time::Duration,
};

use peta_arena::{Arena, Unlocked};
use peta_audit::{Admin, Caller, Door, Intent};
use peta_model::{Decision, EventId, EventKind, Role, Span};
use peta_store::{Concerned, Config, Erased};
use peta_vault::{
    Attempts,
    keys::Purpose,
    payload_file::{KEEP, night_after},
    root::LocalRoot,
    subject::SubjectKey,
};

use super::*;
use crate::{environment::Environment, serve::vault::chance::Chance};

const NOON: i64 = 1_700_049_600_000_000;

/// One installation: its root, and folders that a store can be opened in.
struct World {
    folder: tempfile::TempDir,
    root: Arc<LocalRoot>,
    now: Arc<AtomicI64>,
}

/// A Core, as far as it concerns these keys.
struct House {
    store: Store,
    safe: Safe,
    payload: Payload,
    at: PathBuf,
}

impl World {
    fn new() -> Self {
        let (folder, root) = (tempfile::tempdir().unwrap(), LocalRoot::random(&mut Chance).unwrap());
        Self { folder, root: Arc::new(root), now: Arc::new(AtomicI64::new(NOON)) }
    }

    fn dir(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Opens the store of a folder with the vault in it, and with these keys, which may not fit.
    async fn try_open(&self, name: &str) -> (House, Result<(), Refused>) {
        let store = Store::open(Config::new(self.dir(name)), Moment::from_micros(NOON)).await.unwrap();
        let (install, tenant) = (store.snapshot().install, store.snapshot().tenant);
        let (_, mut rows) = store.vault().await.unwrap();
        if rows.is_empty() {
            let make = |purpose| {
                KekRow::make(&*self.root, (install, tenant, purpose), Moment::from_micros(1), &mut Chance).unwrap().0
            };
            rows = [Purpose::Vault, Purpose::Digest, Purpose::Beside].map(make).to_vec();
            let made = Moment::from_micros(1);
            let kind = "env".to_owned();
            let about = peta_store::RootRow { kind, derivation: None, attempts: Attempts::default(), made };
            store.save_vault(about, rows.clone()).await.unwrap();
        }
        let arena = Arena::new(1 << 16, Unlocked::Tell).unwrap();
        let safe = Safe::locked(install, arena, Box::new(|| Duration::ZERO), Box::new(Chance));
        let at = PayloadFileAt::beside(&self.dir(name).join("vault.key"));
        let (path, now) = (at.path().to_owned(), Arc::clone(&self.now));
        let clock = Arc::new(move || Moment::from_micros(now.load(Ordering::Relaxed)));
        let steps = Arc::new(Steps::of(&Environment::default()));
        let payload = Payload::new((&store, &safe), at, clock, steps);
        safe.unlock(&*self.root, &rows).unwrap();
        let opened = payload.open().await;
        (House { store, safe, payload, at: path }, opened)
    }

    async fn open(&self, name: &str) -> House {
        let (house, opened) = self.try_open(name).await;
        assert_eq!(opened, Ok(()));
        house
    }

    /// A copy of the database alone, as a backup has it.
    fn back_up(&self, house: &str, name: &str) {
        fs::create_dir(self.dir(name)).unwrap();
        for entry in fs::read_dir(self.dir(house)).unwrap().flatten() {
            let file = entry.file_name().into_string().unwrap();
            if file.starts_with("peta.db") {
                fs::copy(entry.path(), self.dir(name).join(file)).unwrap();
            }
        }
        closed_to_others(&self.dir(name));
    }

    /// The backup once more, with the newest file of the keys beside it.
    async fn restore(&self, backup: &str, keys: &Path, name: &str) -> House {
        self.back_up(backup, name);
        fs::copy(keys, PayloadFileAt::beside(&self.dir(name).join("vault.key")).path()).unwrap();
        self.open(name).await
    }
}

fn closed_to_others(dir: &Path) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(dir, fs::Permissions::from_mode(0o700)).unwrap();
}

impl House {
    async fn key(&self, person: &str) -> Arc<SubjectKey> {
        self.store.subject_key(&Concerned::Person(person.into())).await.unwrap().unwrap()
    }

    async fn opens(&self, part: &(SubjectId, Vec<u8>)) -> bool {
        let key = self.store.subject_key_of(part.0).await.unwrap();
        key.and_then(|key| key.open(b"", &part.1)).is_some_and(|text| text == b"what they did")
    }

    /// A private part of somebody.
    async fn part(&self, person: &str) -> (SubjectId, Vec<u8>) {
        let key = self.key(person).await;
        (key.id(), key.seal(b"", b"what they did", [7; 12]).unwrap())
    }

    async fn erase(&self, person: &str, at: Moment) -> Erased {
        self.store.erase_subject(act(at), person).await.unwrap()
    }

    fn file(&self) -> PayloadFile {
        PayloadFile::parse(&fs::read_to_string(&self.at).unwrap()).unwrap()
    }

    async fn close(self) {
        self.store.close(Moment::from_micros(NOON)).await;
    }
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

/// The whole promise, by the clock.
#[tokio::test]
async fn thirty_days_after_the_night_no_backup_opens_for_the_erased() {
    let world = World::new();
    let house = world.open("core").await;
    let (ada, bob) = (house.part("ada").await, house.part("bob").await);
    assert!(house.opens(&ada).await && house.opens(&bob).await);
    let old = house.file().current().unwrap().row.id;
    world.back_up("core", "before");
    // The newest file of that day: whoever has this one too, has both halves.
    fs::copy(&house.at, world.dir("keys of before")).unwrap();

    let noon = Moment::from_micros(NOON);
    let erased = house.erase("ada", noon).await;
    let (night, promised) = (night_after(noon), night_after(noon).after(KEEP));
    assert_eq!((erased.subject, erased.former.as_slice()), (ada.0, [].as_slice()));
    assert_eq!(erased.key_destroyed_for_backups_at, promised);
    assert!(!house.opens(&ada).await && house.opens(&bob).await, "at once, where Core runs");

    // By day nothing happens; at night the key is exchanged.
    house.payload.tend(Moment::from_micros(night.micros() - 1)).await.unwrap();
    assert_eq!(house.file().current().unwrap().row.id, old);
    house.payload.tend(night).await.unwrap();
    let file = house.file();
    assert_ne!(file.current().unwrap().row.id, old);
    assert_eq!(file.kek(old).unwrap().until, Some(promised));
    let named = house.store.payload_keks().await.unwrap();
    assert_eq!(named, BTreeSet::from([file.current().unwrap().row.id]), "who is left was wrapped anew");
    assert!(house.opens(&bob).await);

    // Before the promised moment the key is still there: the backup opens, if the note of the erasure is taken out.
    let restored = world.restore("before", &house.at, "restored").await;
    assert!(!restored.opens(&ada).await, "the newest file remembers who was erased");
    assert!(restored.opens(&bob).await);
    restored.close().await;
    let last = Moment::from_micros(promised.micros() - 1);
    house.payload.tend(last).await.unwrap();
    let tampered = PayloadFile { erased: vec![], ..house.file() };
    fs::write(world.dir("tampered"), tampered.write()).unwrap();
    private(&world.dir("tampered"));
    let thief = world.restore("before", &world.dir("tampered"), "thief before").await;
    assert!(thief.opens(&ada).await, "that delay is the promise, and no more is promised");
    thief.close().await;

    // And from then on it does not, whatever is done to the file.
    house.payload.tend(promised).await.unwrap();
    assert!(house.file().kek(old).is_none() && house.file().erased.is_empty());
    let tampered = PayloadFile { erased: vec![], ..house.file() };
    fs::write(world.dir("tampered"), tampered.write()).unwrap();
    let thief = world.restore("before", &world.dir("tampered"), "thief after").await;
    assert!(!thief.opens(&ada).await && !thief.opens(&bob).await);
    let kept = thief.store.subject_key(&Concerned::Person("bob".into())).await.unwrap().unwrap();
    assert_ne!(kept.id(), bob.0, "who is there goes on with a new key");
    thief.close().await;
    assert!(house.opens(&bob).await, "where Core runs nothing is lost");
    house.close().await;

    // The limit of it all: the file of that day, kept with the backup of that day.
    let both = world.restore("before", &world.dir("keys of before"), "both halves").await;
    assert!(both.opens(&ada).await);
    both.close().await;
}

fn private(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}

#[tokio::test]
async fn a_file_that_is_lost_older_or_foreign_is_told_and_never_replaced() {
    let world = World::new();
    let house = world.open("core").await;
    let (bob, path) = (house.part("bob").await, house.at.clone());
    let first = fs::read(&path).unwrap();
    house.erase("bob", Moment::from_micros(NOON)).await;
    let carl = house.part("carl").await;
    house.payload.tend(night_after(Moment::from_micros(NOON))).await.unwrap();
    house.close().await;
    let newest = fs::read(&path).unwrap();

    fs::remove_file(&path).unwrap();
    let (house, opened) = world.try_open("core").await;
    assert_eq!(opened.map_err(|refused| refused.code), Err(Code::RECORD_KEYS_MISSING));
    assert!(!path.exists(), "no new one is made over what is there");
    house.close().await;

    let elsewhere = World::new();
    let foreign = elsewhere.open("core").await;
    let other = fs::read(&foreign.at).unwrap();
    foreign.close().await;
    let mut damaged = newest.clone();
    damaged[200] ^= 1;
    for (what, bytes, told) in [
        ("older", &first, "it is older"),
        ("foreign", &other, "is of another installation"),
        ("damaged", &damaged, "its checksum is wrong"),
    ] {
        fs::write(&path, bytes).unwrap();
        private(&path);
        let (house, opened) = world.try_open("core").await;
        let refused = opened.unwrap_err();
        assert_eq!(refused.code, Code::RECORD_KEYS_UNFIT, "{what}: {}", refused.text);
        assert!(refused.text.contains(told), "{what}: {}", refused.text);
        assert_eq!(&fs::read(&path).unwrap(), bytes, "{what}: it stays as it is");
        house.close().await;
    }

    fs::write(&path, &newest).unwrap();
    let house = world.open("core").await;
    assert!(house.opens(&carl).await && !house.opens(&bob).await);
    house.close().await;
}

/// Who erases while the disk is full, or is killed between file and database, finds it done at the next start.
#[tokio::test]
async fn an_erasure_that_was_cut_off_is_ended() {
    let world = World::new();
    let house = world.open("core").await;
    let (ada, bob) = (house.part("ada").await, house.part("bob").await);
    let mut file = house.file();
    let kek = file.current().unwrap().row.id;
    file.erase(ada.0, kek, Moment::from_micros(NOON));
    fs::write(&house.at, file.write()).unwrap();
    house.close().await;
    let house = world.open("core").await;
    assert!(!house.opens(&ada).await && house.opens(&bob).await);
    assert_eq!(house.store.subjects_named().await.unwrap().iter().map(|one| &one.name).collect::<Vec<_>>(), ["bob"]);
    house.close().await;
}

#[tokio::test]
async fn wraps_are_reserved_in_the_file_and_never_twice() {
    let world = World::new();
    let house = world.open("core").await;
    house.part("ada").await;
    let reserved = house.file().current().unwrap().row.reserved;
    assert_eq!(reserved, u64::from(peta_vault::keys::BLOCK));
    house.part("bob").await;
    assert_eq!(house.file().current().unwrap().row.reserved, reserved, "one block is enough for both");
    house.close().await;
    let house = world.open("core").await;
    house.part("carl").await;
    assert_eq!(house.file().current().unwrap().row.reserved, 2 * reserved, "what was left is not counted on");
    house.close().await;
}

#[tokio::test]
async fn a_locked_vault_has_no_keys_and_forgets_those_it_had() {
    let world = World::new();
    let house = world.open("core").await;
    let key = house.key("ada").await;
    let part = house.part("ada").await;
    house.safe.lock();
    house.store.wipe_subjects();
    assert!(key.seal(b"", b"x", [1; 12]).is_err() && key.open(b"", &part.1).is_none(), "whoever holds it");
    assert!(house.store.subject_key(&Concerned::Person("ada".into())).await.unwrap().is_none());
    assert!(house.store.subject_key(&Concerned::Person("new".into())).await.unwrap().is_none());
    assert!(!house.opens(&part).await);
    let (_, rows) = house.store.vault().await.unwrap();
    house.safe.unlock(&*world.root, &rows).unwrap();
    house.payload.open().await.unwrap();
    assert!(house.opens(&part).await);
    assert_eq!(house.key("ada").await.id(), key.id());
    house.close().await;
}

/// A night that was slept through is made up for, and a clock that runs back exchanges nothing twice.
#[tokio::test]
async fn a_late_night_counts_from_when_it_came() {
    let world = World::new();
    let house = world.open("core").await;
    house.part("ada").await;
    house.part("bob").await;
    let noon = Moment::from_micros(NOON);
    house.erase("ada", noon).await;
    let late = noon.after(Span::from_secs(10 * 86_400));
    house.payload.tend(late).await.unwrap();
    let file = house.file();
    assert_eq!(file.keks[0].until, Some(late.after(KEEP)));
    house.payload.tend(noon).await.unwrap();
    house.payload.tend(late).await.unwrap();
    assert_eq!(house.file(), file);
    house.close().await;
}
