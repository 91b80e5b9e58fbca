//! What is older than it is to be kept goes, in whole files; the tree stays what it was, and a kill loses nothing of either.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use peta_audit::Intent;
use peta_model::{Code, EventId, SinkId};
use peta_store::{
    Config, EventQuery, Expiring, NewHold, NewSink, Part, SinkFilter, SinkSpec, Store, StoreError, Waits, Which,
};
use peta_verify::{Checkpoint, Edge, Hash, Note, Signer, TilePath, Tiled, check_consistency, prove_consistency};
use serde_json::Value;

use crate::{
    keys::unlock,
    world::{act, at, call, ok},
};

async fn opened(dir: &Path) -> Result<Store, StoreError> {
    let store = Store::open(Config { segment: 8 * 1024, ..Config::new(dir) }, at(0)).await?;
    unlock(&store);
    Ok(store)
}

async fn open(dir: &Path) -> Store {
    opened(dir).await.unwrap()
}

/// A call each second of a stretch of time.
async fn live(store: &Store, seconds: std::ops::Range<i64>) {
    for second in seconds {
        let id = EventId::from_bytes(u128::try_from(second).unwrap().to_be_bytes());
        let intent = Intent { id, time: at(second), ..call(1, "read") };
        let receipt = store.recorder().intent(intent).await.unwrap();
        store.recorder().outcome(receipt, ok()).await.unwrap();
    }
}

/// As Core's notary does.
async fn sign(store: &Store) -> Checkpoint {
    let tree = store.tree();
    let checkpoint = tree.grow().await.unwrap();
    let mut note = Note::new(&checkpoint.to_string()).unwrap();
    note.sign(&Signer::new(tree.origin(), &[7; 32]).unwrap(), 0);
    tree.publish(note.to_string()).await.unwrap();
    checkpoint
}

async fn expire(store: &Store, before: i64) -> Expiring {
    store.expire(at(before), at(10_000), false).await.unwrap()
}

/// Waits until all up to this number is gone.
async fn until_gone(store: &Store, dir: &Path, to: u64) {
    let gone = async {
        let mut tick = tokio::time::interval(Duration::from_millis(10));
        while store.gone() < to || files_in(&dir.join("record")).iter().any(|(first, _)| *first <= to) {
            tick.tick().await;
        }
    };
    let went = tokio::time::timeout(Duration::from_secs(20), gone).await;
    assert!(went.is_ok(), "the files go");
}

/// The numbers of the first entries, and the files.
fn files_in(record: &Path) -> Vec<(u64, PathBuf)> {
    let mut found: Vec<_> = fs::read_dir(record)
        .unwrap()
        .flatten()
        .filter_map(|entry| {
            let path = entry.path();
            let first = path.file_name()?.to_str()?.strip_suffix(".log")?.parse().ok()?;
            Some((first, path))
        })
        .collect();
    found.sort();
    found
}

async fn of_kind(store: &Store, kind: &str) -> Vec<Value> {
    let query = EventQuery { kind: Some(kind.into()), part: Part::After(None), ..EventQuery::default() };
    let events = store.events(&query).await.unwrap().events;
    events.iter().map(|event| serde_json::from_str(event.detail.as_deref().unwrap_or("null")).unwrap()).collect()
}

/// The tree as its tiles are, which is all that an auditor has of what expired.
async fn root_by_tiles(store: &Store, old: &Checkpoint) -> Hash {
    let size = store.tree().size();
    let mut tiles = std::collections::BTreeMap::new();
    let mut edge = Edge::default();
    for tile in TilePath::all(size) {
        let hashes = store.tree().tile(tile.level, tile.number, tile.width).await.unwrap().unwrap();
        if tile.level == 0 {
            hashes.iter().for_each(|hash| edge.push(*hash, |_, _, _| ()));
        }
        tiles.insert(tile, hashes);
    }
    let tiled = Tiled { size, read: |tile: &TilePath| Ok::<_, peta_verify::NoTile>(tiles[tile].clone()) };
    let proof = prove_consistency(&tiled, old.size, size).unwrap();
    check_consistency((old.size, old.root), (size, edge.root()), &proof).unwrap();
    edge.root()
}

#[tokio::test]
async fn whole_files_go_and_the_hashes_stay() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path()).await;
    live(&store, 1..200).await;
    let old = sign(&store).await;
    let there = files_in(&dir.path().join("record"));
    assert!(there.len() > 4, "{there:?}");

    let would = store.expire(at(100), at(10_000), true).await.unwrap();
    assert!(would.from == 1 && would.files > 1 && would.until.unwrap() < at(100) && would.waits.is_none(), "{would:?}");
    assert_eq!((would.event, files_in(&dir.path().join("record")).len()), (None, there.len()), "nothing is done");
    let done = expire(&store, 100).await;
    assert_eq!(Expiring { event: None, ..done.clone() }, would);
    // The last one that goes ends where the first one begins that stays, and that one has what is not old.
    let kept: Vec<_> = there.iter().filter(|(first, _)| *first > done.to).collect();
    assert_eq!((kept[0].0, kept.len()), (done.to + 1, there.len() - usize::try_from(done.files).unwrap()));
    let told = of_kind(&store, "record.expired").await;
    assert_eq!((told.len(), &told[0]["from"], &told[0]["to"]), (1, &1.into(), &done.to.into()));
    assert_eq!(told[0]["root"], old.root.to_string());

    // Nothing goes before that is signed.
    assert_eq!((store.gone(), files_in(&dir.path().join("record")).len()), (0, there.len()));
    let again = store.expire(at(100), at(10_000), false).await.unwrap();
    assert_eq!((again.files, again.waits), (0, Some(Waits::Pending)));
    assert!(store.event(Which::Number(2)).await.unwrap().is_some() && store.expired(2).is_none());
    sign(&store).await;
    until_gone(&store, dir.path(), done.to).await;
    let columns = |number: u64| dir.path().join(format!("record/index/{number:020}.col"));
    assert!(there.iter().filter(|(first, _)| *first <= done.to).all(|(first, _)| !columns(*first).exists()));

    // What is left is read as before; of what is gone it is known when it went.
    let first = store.events(&EventQuery { part: Part::After(None), limit: 1, ..EventQuery::default() }).await.unwrap();
    assert!(first.events[0].sequence > done.to && first.events[0].time > done.until.unwrap(), "{first:?}");
    assert!(store.event(Which::Number(2)).await.unwrap().is_none());
    assert_eq!((store.expired(2), store.expired(done.to), store.expired(done.to + 1)), {
        (Some(at(10_000)), Some(at(10_000)), None)
    });
    let entries = store.tree().entries(done.to..store.tree().size()).await.unwrap().unwrap();
    assert!(entries.iter().all(|entry| !entry.contains("missing")), "{entries:?}");
    let root = root_by_tiles(&store, &old).await;

    // A start goes on with it, after a good end and after a kill; and a second round takes up where the first ended.
    store.close(at(500)).await;
    let store = open(dir.path()).await;
    assert_eq!((store.gone(), store.expired(2)), (done.to, Some(at(10_000))));
    live(&store, 200..400).await;
    let newer = sign(&store).await;
    assert_ne!(newer.root, root);
    root_by_tiles(&store, &old).await;
    let second = expire(&store, 150).await;
    assert_eq!(second.from, done.to + 1);
    sign(&store).await;
    until_gone(&store, dir.path(), second.to).await;
    drop(store);
    let store = open(dir.path()).await;
    assert_eq!(store.gone(), second.to);
    root_by_tiles(&store, &newer).await;
    assert!(of_kind(&store, "record.damaged").await.is_empty());
}

/// Once what tells of it stands in a bundle of which nothing expires.
#[tokio::test]
async fn all_full_files_may_go() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path()).await;
    live(&store, 1..120).await;
    let old = sign(&store).await;
    let waiting = expire(&store, 10_000).await;
    assert_eq!((waiting.files, waiting.waits), (0, Some(Waits::Edge)));
    drop(store);
    // From here on one file holds all.
    let wide = || async {
        let store = Store::open(Config::new(dir.path()), at(0)).await.unwrap();
        unlock(&store);
        store
    };
    let store = wide().await;
    live(&store, 120..260).await;
    sign(&store).await;
    let done = expire(&store, 10_000).await;
    assert_eq!(done.waits, None);
    sign(&store).await;
    until_gone(&store, dir.path(), done.to).await;
    assert_eq!(files_in(&dir.path().join("record")).len(), 1);
    drop(store);
    let store = wide().await;
    root_by_tiles(&store, &old).await;
    let nothing = expire(&store, 1).await;
    assert_eq!((nothing.files, nothing.event, nothing.waits), (0, None, None));
}

#[tokio::test]
async fn what_is_needed_stays() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path()).await;
    live(&store, 1..50).await;
    assert_eq!(expire(&store, 10_000).await.waits, Some(Waits::Unsigned));
    sign(&store).await;

    // An event that goes on.
    let going_on = store.recorder().intent(Intent { time: at(50), ..call(2, "long") }).await.unwrap();
    live(&store, 51..150).await;
    sign(&store).await;
    let some = store.expire(at(10_000), at(10_000), true).await.unwrap();
    let Some(Waits::Open(open_event)) = some.waits else { panic!("{some:?}") };
    assert!(some.files > 0 && some.to < open_event, "{some:?}");

    // A hold on whomever it is.
    let hold = |name: &str, person: Option<&str>| NewHold {
        name: name.into(),
        person: person.map(str::to_owned),
        reason: "a court asks".into(),
    };
    store.add_hold(act("audit.hold_add"), hold("case-1", Some("ada"))).await.unwrap();
    for _ in 0..2 {
        let held = expire(&store, 10_000).await;
        assert_eq!((held.files, held.waits), (0, Some(Waits::Held(vec!["case-1".into()]))));
    }
    let told = of_kind(&store, "record.expiry_held").await;
    assert_eq!((told.len(), &told[0]["holds"], &told[0]["to"]), (1, &1.into(), &some.to.into()), "once");
    assert!(!told[0].to_string().contains("case"));
    store.remove_hold(act("audit.hold_remove"), "case-1".into()).await.unwrap();

    // A sink that has not been sent all of it: neither what ended in these files nor what began in them.
    let spec = SinkSpec {
        to: "stdout:".parse().unwrap(),
        format: "json".parse().unwrap(),
        private: false,
        filter: SinkFilter::default(),
        headers: Vec::new(),
        user: None,
        region: None,
        ack: false,
        ca: None,
    };
    let id = SinkId::from_bytes([5; 16]);
    let new = NewSink { id, name: "siem".parse().unwrap(), spec, sealed: None, read: some.to - 1 };
    store.add_sink(act("sink.add"), new).await.unwrap();
    let unread = store.expire(at(10_000), at(10_000), true).await.unwrap();
    assert_eq!(unread.waits, Some(Waits::Unread("siem".into())));
    assert_eq!(unread.files, some.files - 1);
    store.recorder().outcome(going_on, ok()).await.unwrap();
    live(&store, 150..200).await;
    sign(&store).await;
    let ended = store.recorded();
    store.save_sink_read(id, open_event + 60).await.unwrap();
    let unread = store.expire(at(10_000), at(10_000), true).await.unwrap();
    assert_eq!(unread.waits, Some(Waits::Unread("siem".into())));
    assert!(unread.to < open_event, "its ending is not sent: {unread:?} {open_event}");
    store.save_sink_read(id, ended).await.unwrap();
    let last = store.expire(at(10_000), at(10_000), true).await.unwrap();
    assert!(last.to > open_event && last.waits == Some(Waits::Edge), "{last:?}");

    // A hold that comes between the event and its signature.
    let done = expire(&store, 10_000).await;
    store.add_hold(act("audit.hold_add"), hold("case-2", None)).await.unwrap();
    sign(&store).await;
    let held = async {
        let mut tick = tokio::time::interval(Duration::from_millis(10));
        while store.expiry_waits() != Some(Waits::Held(vec!["case-2".into()])) {
            tick.tick().await;
        }
    };
    let seen = tokio::time::timeout(Duration::from_secs(20), held).await;
    assert!(seen.is_ok(), "whoever deletes sees the hold");
    assert_eq!(store.gone(), 0);
    store.remove_hold(act("audit.hold_remove"), "case-2".into()).await.unwrap();
    until_gone(&store, dir.path(), done.to).await;
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().flatten() {
        let beside = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &beside);
        } else if entry.file_name() != "lock" {
            fs::copy(entry.path(), beside).unwrap();
        }
    }
}

/// Killed after each step: the next start ends it, with one event and no more.
#[tokio::test]
async fn a_kill_at_any_step_is_ended_at_the_next_start() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(&dir.path().join("whole")).await;
    live(&store, 1..200).await;
    let old = sign(&store).await;
    let (_, last) = files_in(&dir.path().join("whole/record")).pop().unwrap();
    let before = last.metadata().unwrap().len();
    let done = expire(&store, 60).await;
    drop(store);
    let told = dir.path().join("whole/record/expired");
    let noted = fs::read_to_string(&told).unwrap();
    let unnoted = {
        let mut line: Value = serde_json::from_str(noted.trim()).unwrap();
        assert!(line["own"]["event"].is_u64(), "{line}");
        line["own"]["event"] = Value::Null;
        format!("{line}\n")
    };
    let last = last.file_name().unwrap().to_owned();
    for step in ["intended", "told", "noted", "half deleted", "deleted"] {
        let home = dir.path().join(step);
        copy(&dir.path().join("whole"), &home);
        let record = home.join("record");
        match step {
            "intended" => {
                fs::write(record.join("expired"), &unnoted).unwrap();
                fs::File::options().write(true).open(record.join(&last)).unwrap().set_len(before).unwrap();
            }
            "told" => fs::write(record.join("expired"), &unnoted).unwrap(),
            "half deleted" | "deleted" => {
                // Only what is signed is deleted.
                let store = open(&home).await;
                sign(&store).await;
                until_gone(&store, &home, done.to).await;
                drop(store);
                if step == "half deleted" {
                    for (first, path) in files_in(&dir.path().join("whole/record")) {
                        if first > 1 && first <= done.to {
                            fs::copy(&path, record.join(path.file_name().unwrap())).unwrap();
                        }
                    }
                }
            }
            _ => {}
        }
        let store = open(&home).await;
        sign(&store).await;
        until_gone(&store, &home, done.to).await;
        let events = of_kind(&store, "record.expired").await;
        assert_eq!((events.len(), &events[0]["to"]), (1, &done.to.into()), "{step}");
        assert_eq!(store.expired(1), Some(at(10_000)), "{step}");
        root_by_tiles(&store, &old).await;
        assert!(of_kind(&store, "record.damaged").await.is_empty(), "{step}");
        // And the start after that finds nothing to do.
        drop(store);
        let store = open(&home).await;
        assert_eq!((store.gone(), of_kind(&store, "record.expired").await.len()), (done.to, 1), "{step}");
    }
}

/// The record itself says what expired. What is missing and of which it says nothing is damage.
#[tokio::test]
async fn what_vanished_did_not_expire() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path()).await;
    live(&store, 1..400).await;
    sign(&store).await;
    let done = expire(&store, 50).await;
    sign(&store).await;
    until_gone(&store, dir.path(), done.to).await;
    drop(store);
    // The file beside it is lost, or of no use.
    for text in [None, Some("{")] {
        let path = dir.path().join("record/expired");
        match text {
            None => fs::remove_file(&path).unwrap(),
            Some(text) => fs::write(&path, text).unwrap(),
        }
        let store = open(dir.path()).await;
        assert_eq!((store.gone(), store.expired(1).is_some()), (done.to, true));
        drop(store);
    }
    // Columns of a file that is gone are of no use.
    let left = dir.path().join(format!("record/index/{:020}.col", 1));
    fs::write(&left, "x").unwrap();
    drop(open(dir.path()).await);
    assert!(!left.exists());
    // Somebody takes away one more.
    let (first, path) = files_in(&dir.path().join("record")).remove(0);
    let kept = fs::read(&path).unwrap();
    fs::remove_file(&path).unwrap();
    let store = open(dir.path()).await;
    let told = of_kind(&store, "record.damaged").await;
    assert_eq!((told.len(), &told[0]["file"]), (1, &"00000000000000000001.log".into()), "{told:?}");
    assert!(store.gone() < first);
    drop(store);
    fs::write(&path, kept).unwrap();

    // Hashes of what expired cannot be made again.
    let level = dir.path().join("record/tree/level-0");
    let hashes = fs::read(&level).unwrap();
    fs::write(&level, &hashes[..32 * usize::try_from(done.to - 1).unwrap()]).unwrap();
    let refused = opened(dir.path()).await.err().unwrap();
    assert!(refused.code() == Code::RECORD_FORKED && refused.to_string().contains("have expired"), "{refused}");
    // Of what is there they are.
    fs::write(&level, &hashes[..32 * usize::try_from(done.to).unwrap()]).unwrap();
    open(dir.path()).await;
}

/// A log that was begun after a fork says so in its first entry, until that expires.
#[tokio::test]
async fn a_log_after_a_fork_expires_like_any_other() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path()).await;
    let name = format!("{}-2", store.tree().origin());
    drop(store);
    let record = dir.path().join("record");
    fs::remove_dir_all(&record).unwrap();
    fs::create_dir_all(record.join("tree")).unwrap();
    fs::write(record.join("tree/origin"), &name).unwrap();
    let old = serde_json::json!({ "log": "x", "size": 1, "root": "x", "checkpoint": null });
    let notice = serde_json::json!({ "reason": "r", "found": "f", "kept": "k", "old": old, "known": null });
    fs::write(record.join("forked.json"), notice.to_string()).unwrap();
    let store = open(dir.path()).await;
    assert_eq!(of_kind(&store, "record.forked").await.len(), 1);
    live(&store, 1..200).await;
    sign(&store).await;
    let done = expire(&store, 10_000).await;
    sign(&store).await;
    until_gone(&store, dir.path(), done.to).await;
    drop(store);
    let store = open(dir.path()).await;
    assert_eq!((store.tree().origin(), of_kind(&store, "record.forked").await.len()), (name.as_str(), 0));
}

/// Whoever reads while files go reads what is left.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readers_do_not_stumble_over_what_goes() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path()).await;
    live(&store, 1..300).await;
    sign(&store).await;
    let done = expire(&store, 10_000).await;
    let readers: Vec<_> = (0..4)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move {
                while store.gone() == 0 {
                    let all = EventQuery { part: Part::After(None), limit: 1_000, ..EventQuery::default() };
                    let page = store.events(&all).await.unwrap();
                    assert!(!page.events.is_empty());
                    store.event(Which::Id(EventId::from_bytes([3; 16]))).await.unwrap();
                }
            })
        })
        .collect();
    sign(&store).await;
    for reader in readers {
        reader.await.unwrap();
    }
    until_gone(&store, dir.path(), done.to).await;
}
