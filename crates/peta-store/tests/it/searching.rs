//! Searches held against a plain list of what was written: random filters over many files, with columns that are there,
//! missing, damaged, of other entries; with events that end in a later file or not at all; and over damaged files.

use std::{
    fs,
    path::{Path, PathBuf},
};

use peta_audit::{Caller, Event, Intent, is_public_name, public_reason};
use peta_model::{Code, Decision, EventId, Outcome};
use peta_store::{Config, EventQuery, Part, QueryError, Store, Which};

use crate::{
    dice::Dice,
    keys::unlock,
    world::{act, agent, at, call, ok},
    written::{CAPABILITIES, EVENTS, fill, maybe, one},
};

const TEXTS: [&str; 12] = ["READ", "fs", "all", "s1", "call", "p500", "5", "tool:", "ada", "nothing", "file:", "\n"];

async fn open(dir: &Path, segment: u64) -> Store {
    let store = Store::open(Config { segment, ..Config::new(dir) }, at(0)).await.unwrap();
    unlock(&store);
    store
}

/// All pages, forward or back; what tells of damage is left out, for it comes while somebody reads.
async fn pages(store: &Store, mut query: EventQuery, forward: bool, limit: usize) -> Result<Vec<Event>, QueryError> {
    query.limit = limit;
    query.part = if forward { Part::After(None) } else { Part::Before(None) };
    let mut found = Vec::new();
    loop {
        let page = store.events(&query).await?;
        assert!(page.events.len() <= limit);
        assert!(page.events.is_sorted_by_key(|event| event.sequence));
        match forward {
            true => found.extend(page.events),
            false => found = page.events.into_iter().chain(found).collect(),
        }
        let Some(cursor) = page.cursor else { break };
        query.part = if forward { Part::After(Some(cursor)) } else { Part::Before(Some(cursor)) };
    }
    found.retain(|event| event.kind != "record.damaged");
    Ok(found)
}

async fn everything(store: &Store) -> Vec<Event> {
    pages(store, EventQuery::default(), true, 1000).await.unwrap()
}

/// A filter of one to four fields.
fn filter(dice: &mut Dice) -> EventQuery {
    let mut query = EventQuery::default();
    for _ in 0..=dice.below(4) {
        match dice.below(12) {
            0 => query.agent = Some(one(dice, &["robot", "spider", "third", "nobody"]).into()),
            1 => query.user = Some(one(dice, &["ada", "bob", "nobody"]).into()),
            2 => query.server = Some(one(dice, &["fs", "git", "web", "none"]).into()),
            3 | 4 => query.capability = Some(one(dice, &CAPABILITIES).into()),
            5 => query.kind = Some(one(dice, &["tool_call", "list", "server.add", "resource_read", "none"]).into()),
            6 => query.decision = Some(one(dice, &[Decision::Allow, Decision::Deny])),
            7 => query.outcome = Some(one(dice, &[Outcome::Ok, Outcome::Timeout, Outcome::Failed, Outcome::Cancelled])),
            8 => query.code = Some(one(dice, &["P5005", "P5009", "P1001"]).into()),
            9 | 10 => query.text = Some(one(dice, &TEXTS).into()),
            _ => {
                let from = i64::try_from(dice.below(EVENTS)).unwrap();
                query.from = maybe(dice, 2, |_| at(from));
                query.to = maybe(dice, 2, |dice| at(from + i64::try_from(dice.below(EVENTS)).unwrap()));
            }
        }
    }
    query
}

fn matches(query: &EventQuery, event: &Event) -> bool {
    let (caller, subject) = (&event.caller, &event.subject);
    let is = |wanted: &Option<String>, found: Option<&str>| wanted.as_deref().is_none_or(|it| found == Some(it));
    let code = event.ending.and_then(|ending| ending.code).map(Code::as_str);
    let capability = subject.capability.as_deref();
    let server = subject.server.as_ref().map(|name| name.as_str());
    let shown = [Some(event.kind.as_str()), server, capability.filter(|name| is_public_name(name)), code];
    let tells = |text: &String| {
        let text = text.to_lowercase();
        let mut all: Vec<String> = shown.iter().flatten().map(|text| text.to_string()).collect();
        all.extend(subject.session.clone());
        all.extend(event.reasons.iter().map(|reason| public_reason(reason).into_owned()));
        all.iter().any(|shown| shown.to_lowercase().contains(&text))
    };
    is(&query.agent, caller.agent.as_ref().map(|name| name.as_str()))
        && is(&query.user, caller.user.as_deref())
        && is(&query.server, server)
        && is(&query.capability, capability)
        && is(&query.kind, Some(&event.kind))
        && is(&query.code, code)
        && query.decision.is_none_or(|decision| event.decision == decision)
        && query.outcome.is_none_or(|outcome| event.ending.is_some_and(|ending| ending.outcome == outcome))
        && query.from.is_none_or(|from| event.time >= from)
        && query.to.is_none_or(|to| event.time < to)
        && query.text.as_ref().is_none_or(tells)
}

/// Random filters give what the list has, whichever way it is gone through.
async fn agrees(store: &Store, all: &[Event], dice: &mut Dice, what: &str) {
    for _ in 0..12 {
        let query = filter(dice);
        let expected: Vec<&Event> = all.iter().filter(|event| matches(&query, event)).collect();
        for (forward, limit) in [(false, 1000), (true, 77), (false, 77)] {
            let found = pages(store, query.clone(), forward, limit).await.unwrap();
            let numbers = |events: &[&Event]| events.iter().map(|event| event.sequence).collect::<Vec<_>>();
            let found: Vec<&Event> = found.iter().collect();
            assert_eq!(numbers(&found), numbers(&expected), "{what} {forward} {limit} {query:?}");
            assert_eq!(found, expected, "{what} {forward} {limit} {query:?}");
        }
    }
    for _ in 0..8 {
        let event = one(dice, all);
        for which in [Which::Id(event.id), Which::Number(event.sequence)] {
            let found = store.event(which).await.unwrap().unwrap();
            assert_eq!(found.event, event, "{what}");
            assert_eq!(found.outcome.is_some(), event.ending.is_some(), "{what}");
        }
    }
    let none = EventId::from_bytes([0xEE; 16]);
    assert_eq!(store.event(Which::Id(none)).await.unwrap(), None);
    assert_eq!(store.event(Which::Number(u64::MAX)).await.unwrap(), None);
}

fn columns(dir: &Path) -> Vec<PathBuf> {
    let found = fs::read_dir(dir.join("record/index")).into_iter().flatten();
    let mut paths: Vec<PathBuf> = found.map(|file| file.unwrap().path()).collect();
    paths.sort();
    paths
}

fn logs(dir: &Path) -> Vec<PathBuf> {
    let found = fs::read_dir(dir.join("record")).unwrap().map(|file| file.unwrap().path());
    let mut paths: Vec<PathBuf> = found.filter(|path| path.extension().is_some_and(|is| is == "log")).collect();
    paths.sort();
    paths
}

fn flip(path: &Path, at: usize) {
    let mut bytes = fs::read(path).unwrap();
    let at = at % bytes.len();
    bytes[at] ^= 0x20;
    fs::write(path, bytes).unwrap();
}

#[tokio::test]
async fn searches_agree_with_a_plain_list() {
    for segment in [u64::MAX, 120_000, 6_000] {
        let (dir, mut dice) = (tempfile::tempdir().unwrap(), Dice(segment ^ 5));
        let store = open(dir.path(), segment).await;
        let (written, still_open) = fill(&store, &mut dice).await;
        // What was read while it was written: the list that all else is held against.
        let all = everything(&store).await;
        let of_agents = all.iter().filter(|event| event.kind != "agent.add");
        let told: Vec<_> = of_agents.map(|event| (event.id, event.ending)).collect();
        assert_eq!(told, written);
        agrees(&store, &all, &mut dice, "as it is written").await;
        std::mem::forget(still_open);
        drop(store);

        let store = open(dir.path(), segment).await;
        let later = everything(&store).await;
        assert!(later.iter().all(|event| event.ending.is_some()));
        let ids = |events: &[Event]| events.iter().map(|event| event.id).collect::<Vec<_>>();
        assert_eq!(ids(&later), ids(&all));
        agrees(&store, &later, &mut dice, "after a start").await;
        // The file that an earlier run began gets full: it is one file for both.
        for number in 0..60 {
            let intent = Intent { time: at(5_000), caller: Caller::default(), ..call(number, "read") };
            store.recorder().whole(intent, ok()).await.unwrap();
        }
        let before = later.len();
        let later = everything(&store).await;
        assert_eq!((later.len(), ids(&later[..before])), (before + 60, ids(&all)));
        agrees(&store, &later, &mut dice, "gone on with").await;
        // All full files were searched; the end may begin one more.
        assert_eq!(columns(dir.path()).len(), logs(dir.path()).len() - 1);
        store.close(at(0)).await;
        assert_eq!(logs(dir.path()).len() > 1, segment < u64::MAX);

        // Columns are damaged, cut, of another version, of other entries, or not there.
        for what in ["missing", "flipped", "cut", "empty", "another version", "exchanged"] {
            let paths = columns(dir.path());
            for path in &paths {
                let length = usize::try_from(path.metadata().unwrap().len()).unwrap();
                match what {
                    "missing" => fs::remove_file(path).unwrap(),
                    "flipped" => flip(path, usize::try_from(dice.below(length as u64)).unwrap()),
                    "cut" => fs::write(path, &fs::read(path).unwrap()[..length / 2]).unwrap(),
                    "empty" => fs::write(path, b"").unwrap(),
                    "another version" => flip(path, 8),
                    _ => {
                        fs::copy(one(&mut dice, &paths), path.with_extension("other")).unwrap();
                        fs::rename(path.with_extension("other"), path).unwrap();
                    }
                }
            }
            let store = open(dir.path(), segment).await;
            agrees(&store, &later, &mut dice, what).await;
            store.close(at(0)).await;
        }
    }
}

/// Columns that were made before tell of what cannot be read any more: a search gives what those give that are made now.
#[tokio::test]
async fn over_damaged_files_searches_agree_too() {
    for seed in 0..2 {
        let (dir, mut dice) = (tempfile::tempdir().unwrap(), Dice(seed));
        let store = open(dir.path(), 20_000).await;
        drop(fill(&store, &mut dice).await);
        everything(&store).await;
        store.close(at(0)).await;
        let logs = logs(dir.path());
        for log in &logs[..logs.len() - 1] {
            flip(log, usize::try_from(200 + dice.below(15_000)).unwrap());
        }
        let other = tempfile::tempdir().unwrap();
        copy(dir.path(), other.path());
        fs::remove_dir_all(other.path().join("record/index")).unwrap();
        let anew = open(other.path(), 20_000).await;
        let all = everything(&anew).await;
        assert!(all.len() < usize::try_from(EVENTS).unwrap(), "nothing was hit");
        let store = open(dir.path(), 20_000).await;
        agrees(&store, &all, &mut dice, "columns from before").await;
        agrees(&anew, &all, &mut dice, "columns from now").await;
        // What was met is told, once for each place. Of what is no event the columns from before know nothing.
        everything(&store).await;
        let told = EventQuery { kind: Some("record.damaged".into()), ..EventQuery::default() };
        let places = |events: Vec<Event>| {
            let mut places: Vec<String> = events.into_iter().filter_map(|event| event.detail).collect();
            places.sort();
            places
        };
        let (met, all) = (store.events(&told).await.unwrap().events, anew.events(&told).await.unwrap().events);
        let (met, all) = (places(met), places(all));
        assert!(!met.is_empty() && met.iter().all(|place| all.contains(place)), "{met:?} {all:?}");
        assert!(all.windows(2).all(|two| two[0] != two[1]), "{all:?}");
    }
}

fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            fs::create_dir_all(&to).unwrap();
            copy(&entry.path(), &to);
        } else if entry.file_type().unwrap().is_file() {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

/// The end of the record is searched from memory: what came since, and in a next file, is found.
#[tokio::test]
async fn what_was_just_written_is_found() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path(), 3_000).await;
    let agents = store.add_agent(act("agent.add"), agent("robot", &[], 1)).await.unwrap().id;
    let query = EventQuery { agent: Some("robot".into()), outcome: Some(Outcome::Ok), ..EventQuery::default() };
    for number in 0..100 {
        let caller = Caller { agent_id: Some(agents), ..Caller::default() };
        let receipt = store.recorder().intent(Intent { caller, ..call(number, "read") }).await.unwrap();
        assert_eq!(store.events(&query).await.unwrap().events.len(), usize::from(number));
        store.recorder().outcome(receipt, ok()).await.unwrap();
        let found = store.events(&query).await.unwrap().events;
        assert_eq!(found.len(), usize::from(number) + 1);
        assert_eq!(found.last().unwrap().id, call(number, "read").id);
    }
    assert!(logs(dir.path()).len() > 3);
}

/// What a run writes to the file that an earlier one began is found by its number, and behind a place in it.
#[tokio::test]
async fn what_is_written_after_a_start_is_found_by_its_number() {
    for segment in [u64::MAX, 3_000] {
        let dir = tempfile::tempdir().unwrap();
        let store = open(dir.path(), segment).await;
        for number in 0..30 {
            store.recorder().whole(call(number, "read"), ok()).await.unwrap();
        }
        store.close(at(0)).await;
        let store = open(dir.path(), segment).await;
        for number in 30..34 {
            store.recorder().whole(call(number, "read"), ok()).await.unwrap();
        }
        let all = everything(&store).await;
        assert_eq!(all.len(), 34);
        for event in &all {
            let found = store.event(Which::Number(event.sequence)).await.unwrap().unwrap();
            assert_eq!(found.event, *event);
            let behind = EventQuery { part: Part::After(Some(event.sequence)), ..EventQuery::default() };
            let behind = store.events(&behind).await.unwrap().events;
            assert!(behind.iter().eq(all.iter().filter(|later| later.sequence > event.sequence)), "{}", event.sequence);
        }
    }
}

/// A capability that only private parts tell is looked for in ten thousand of them, and no more.
#[tokio::test]
async fn a_sealed_capability_is_looked_for_within_bounds() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path(), 1_000_000).await;
    for number in 0..10_001_u32 {
        let capability = if number == 5 { "file:///wanted" } else { "file:///other" };
        let server = if number < 10 { "git" } else { "fs" };
        let intent = Intent { server: Some(server.parse().unwrap()), ..call(1, capability) };
        store.recorder().whole(intent, ok()).await.unwrap();
    }
    let query = EventQuery { capability: Some("file:///wanted".into()), ..EventQuery::default() };
    let error = store.events(&query).await.unwrap_err();
    assert_eq!(error.code(), Code::SEARCH_TOO_WIDE);
    let narrow = EventQuery { server: Some("git".into()), ..query.clone() };
    assert_eq!(store.events(&narrow).await.unwrap().events.len(), 1);
    // One fewer can be looked through; a name that everybody may read needs none.
    let fewer = EventQuery { server: Some("fs".into()), ..query.clone() };
    assert_eq!(store.events(&fewer).await.unwrap().events.len(), 0);
    let public = EventQuery { capability: Some("wanted".into()), ..query };
    assert_eq!(store.events(&public).await.unwrap().events.len(), 0);
}
