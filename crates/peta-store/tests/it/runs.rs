//! Whose record an event is of, and which run of Core wrote it: of all files and however it is looked for.

use std::{collections::BTreeMap, fs, path::Path};

use peta_audit::Event;
use peta_model::{BootId, EventId};
use peta_store::{Config, EventQuery, Store, Which};

use crate::{
    keys::unlock,
    world::{at, call, ok},
};

async fn open(dir: &Path, segment: u64) -> Store {
    let store = Store::open(Config { segment, ..Config::new(dir) }, at(0)).await.unwrap();
    unlock(&store);
    store
}

async fn all(store: &Store) -> Vec<Event> {
    store.events(&EventQuery { limit: 1000, ..EventQuery::default() }).await.unwrap().events
}

/// Which run each event is of, by the event's number in the test.
type Runs = BTreeMap<EventId, BootId>;

async fn agrees(store: &Store, runs: &Runs) {
    let tenant = store.snapshot().tenant;
    let events = all(store).await;
    assert_eq!(events.len(), runs.len());
    for event in events {
        assert_eq!((event.origin.tenant, event.origin.boot), (Some(tenant), Some(runs[&event.id])), "{event:?}");
        let found = store.event(Which::Number(event.sequence)).await.unwrap().unwrap();
        assert_eq!(found.event, event);
    }
}

/// A run writes some events, over several files if they are small, and tells which run it is.
async fn run(store: &Store, from: u8, runs: &mut Runs) {
    let mut follow = store.follow(EventQuery::default());
    for number in from..from + 40 {
        store.recorder().whole(call(number, "t"), ok()).await.unwrap();
    }
    let mut boots: Vec<(EventId, BootId)> = Vec::new();
    while boots.len() < 40 {
        let ended = follow.next().await.unwrap();
        boots.extend(ended.iter().map(|event| (event.id, event.origin.boot.unwrap())));
    }
    assert!(boots.iter().all(|(_, boot)| *boot == boots[0].1 && !runs.values().any(|other| other == boot)));
    runs.extend(boots);
}

#[tokio::test]
async fn each_event_is_of_the_run_that_wrote_it() {
    for segment in [u64::MAX, 3_000] {
        let dir = tempfile::tempdir().unwrap();
        let mut runs = Runs::new();
        for (at_run, is_killed) in [(0, false), (1, true), (2, false), (3, true)] {
            let store = open(dir.path(), segment).await;
            agrees(&store, &runs).await;
            run(&store, at_run * 40 + 1, &mut runs).await;
            agrees(&store, &runs).await;
            if is_killed { drop(store) } else { store.close(at(500)).await }
        }
        let files = fs::read_dir(dir.path().join("record")).unwrap().flatten();
        let files = files.filter(|file| file.path().extension().is_some_and(|ending| ending == "log")).count();
        assert_eq!(files > 4, segment < u64::MAX, "{files}");
        // What is searched by can be made anew.
        fs::remove_dir_all(dir.path().join("record/index")).ok();
        let store = open(dir.path(), segment).await;
        agrees(&store, &runs).await;
        // An event that a kill cut is of the run that began it, not of the one that ended it.
        let begun = store.recorder().intent(call(200, "cut")).await.unwrap();
        let boot = all(&store).await.last().unwrap().origin.boot.unwrap();
        std::mem::forget(begun);
        drop(store);
        let store = open(dir.path(), segment).await;
        let cut = all(&store).await.pop().unwrap();
        assert!(cut.ending.is_some() && cut.origin.boot == Some(boot) && !runs.values().any(|other| *other == boot));
    }
}
