//! Reading over many files and blocks, held against a plain list of what was written.

use std::fs;

use peta_audit::{Ending, Event};
use peta_model::{Code, Decision, Outcome};
use peta_store::{Config, EventQuery, Part, Receipt, Store};

use crate::{
    dice::Dice,
    world::{at, call, ok},
};

async fn open(dir: &std::path::Path, segment: u64) -> Store {
    Store::open(Config { segment, ..Config::new(dir) }, at(0)).await.unwrap()
}

/// Writes a thousand events, many at a time, some open for long; a third of them large.
async fn fill(store: &Store, dice: &mut Dice) -> Vec<Receipt> {
    let recorder = store.recorder();
    let mut running = Vec::new();
    for _ in 0..1000 {
        let number = u8::try_from(dice.below(200)).unwrap();
        let mut intent = call(number, ["read", "write", "look"][usize::try_from(dice.below(3)).unwrap()]);
        if dice.below(3) == 0 {
            intent.detail = Some("x".repeat(usize::try_from(dice.below(3000)).unwrap()));
        }
        if dice.below(4) == 0 {
            intent.decision = Decision::Deny;
            recorder.whole(intent, Ending::of(Outcome::Refused)).await.unwrap();
        } else {
            running.push(recorder.intent(intent).await.unwrap());
        }
        while running.len() > 20 || (!running.is_empty() && dice.below(3) == 0) {
            // Mostly the newest, so that the oldest stays open over many blocks.
            let at = running.len() - 1 - usize::try_from(dice.below(3).min(running.len() as u64 - 1)).unwrap();
            let outcome = [Outcome::Ok, Outcome::Error][usize::try_from(dice.below(2)).unwrap()];
            recorder.outcome(running.remove(at), Ending { duration_us: 7, ..Ending::of(outcome) }).await.unwrap();
        }
    }
    running
}

async fn everything(store: &Store) -> Vec<Event> {
    let query = EventQuery { part: Part::After(None), limit: 1000, ..EventQuery::default() };
    let mut page = store.events(&query).await.unwrap();
    let mut events = page.events;
    while let Some(cursor) = page.cursor {
        page = store.events(&EventQuery { part: Part::After(Some(cursor)), ..query.clone() }).await.unwrap();
        events.extend(page.events);
    }
    events
}

fn matches(query: &EventQuery, event: &Event) -> bool {
    let subject = &event.subject;
    query.capability.as_ref().is_none_or(|name| subject.capability.as_ref() == Some(name))
        && query.decision.is_none_or(|decision| event.decision == decision)
        && query.outcome.is_none_or(|outcome| event.ending.is_some_and(|ending| ending.outcome == outcome))
        && query.from.is_none_or(|from| event.time >= from)
        && query.to.is_none_or(|to| event.time < to)
}

fn queries() -> Vec<EventQuery> {
    let query = EventQuery::default;
    vec![
        query(),
        EventQuery { capability: Some("read".into()), ..query() },
        EventQuery { capability: Some("nothing".into()), ..query() },
        EventQuery { decision: Some(Decision::Deny), ..query() },
        EventQuery { outcome: Some(Outcome::Error), ..query() },
        EventQuery { outcome: Some(Outcome::Timeout), ..query() },
        EventQuery { capability: Some("look".into()), outcome: Some(Outcome::Ok), ..query() },
        EventQuery { from: Some(at(50)), to: Some(at(60)), ..query() },
        EventQuery { from: Some(at(150)), outcome: Some(Outcome::Ok), ..query() },
        EventQuery { to: Some(at(3)), ..query() },
    ]
}

#[tokio::test]
async fn pages_and_filters_agree_with_a_plain_list() {
    for segment in [u64::MAX, 100_000, 5_000] {
        let dir = tempfile::tempdir().unwrap();
        let store = open(dir.path(), segment).await;
        let open_still = fill(&store, &mut Dice(segment)).await;
        let all = everything(&store).await;
        assert_eq!(all.len(), 1000);
        assert_eq!(all.iter().filter(|event| event.ending.is_none()).count(), open_still.len());
        // As it is written, and as the next run finds it.
        std::mem::forget(open_still);
        for later in [false, true] {
            let store = if later { open(dir.path(), segment).await } else { store.clone() };
            let all = everything(&store).await;
            for (at, mut query) in queries().into_iter().enumerate() {
                let expected: Vec<&Event> = all.iter().filter(|event| matches(&query, event)).collect();
                for (forward, limit) in [(false, 1000), (false, 111), (true, 111)] {
                    query.limit = limit;
                    query.part = if forward { Part::After(None) } else { Part::Before(None) };
                    let mut found = Vec::new();
                    loop {
                        let page = store.events(&query).await.unwrap();
                        assert!(page.events.len() <= limit);
                        match forward {
                            true => found.extend(page.events),
                            false => found = page.events.into_iter().chain(found).collect(),
                        }
                        let Some(cursor) = page.cursor else { break };
                        query.part = if forward { Part::After(Some(cursor)) } else { Part::Before(Some(cursor)) };
                    }
                    assert_eq!(found.iter().collect::<Vec<_>>(), expected, "{segment} {later} {at} {forward} {limit}");
                }
            }
            if !later {
                store.close(at(999)).await;
            }
        }
    }
}

#[tokio::test]
async fn a_follower_that_lags_over_many_files_misses_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path(), 5_000).await;
    let mut every = store.follow(EventQuery::default());
    let mut some = store.follow(EventQuery { outcome: Some(Outcome::Error), ..EventQuery::default() });
    drop(fill(&store, &mut Dice(3)).await);
    let all = everything(&store).await;
    let mut told = Vec::new();
    while told.len() < 1000 {
        told.extend(every.next().await.unwrap());
    }
    told.sort_by_key(|event| event.sequence);
    assert_eq!(told, all);
    let errors = all.iter().filter(|event| event.ending.unwrap().outcome == Outcome::Error).count();
    let mut told = 0;
    while told < errors {
        told += some.next().await.unwrap().len();
    }
    assert_eq!(told, errors);
}

/// What cannot be read is told in the record itself, and does not hide the rest.
#[tokio::test]
async fn damage_that_a_reader_meets_is_recorded() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path(), 5_000).await;
    for number in 0..100 {
        store.recorder().whole(call(number, "t"), ok()).await.unwrap();
    }
    let path = dir.path().join("record/00000000000000000001.log");
    let mut bytes = fs::read(&path).unwrap();
    bytes[2000] ^= 1;
    fs::write(&path, bytes).unwrap();
    let damaged = EventQuery { kind: Some("record.damaged".into()), ..EventQuery::default() };
    // The first who looks meets it.
    everything(&store).await;
    let told = store.events(&damaged).await.unwrap().events;
    let [event] = &told[..] else { panic!("{told:?}") };
    assert_eq!(event.ending.unwrap().code, Some(Code::RECORD_DAMAGED));
    let detail = event.detail.as_deref().unwrap();
    assert!(detail.contains("\"file\":\"00000000000000000001.log\"") && detail.contains("\"offset\":"), "{detail}");
    assert_eq!(everything(&store).await.len(), 100);
    // Told once.
    assert_eq!(store.events(&damaged).await.unwrap().events.len(), 1);
}

#[tokio::test]
async fn damage_in_the_last_file_is_recorded_at_the_start() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path(), u64::MAX).await;
    for number in 0..10 {
        store.recorder().whole(call(number, "t"), ok()).await.unwrap();
    }
    drop(store);
    let path = dir.path().join("record/00000000000000000001.log");
    let mut bytes = fs::read(&path).unwrap();
    bytes[500] ^= 1;
    fs::write(&path, bytes).unwrap();
    let store = open(dir.path(), u64::MAX).await;
    let events = everything(&store).await;
    assert_eq!((events.len(), events.last().unwrap().kind.as_str()), (10, "record.damaged"));
    let files = fs::read_dir(dir.path().join("record")).unwrap();
    assert_eq!(files.filter(|file| file.as_ref().unwrap().path().extension().is_some()).count(), 2);
}

#[tokio::test]
async fn a_file_of_another_installation_is_refused() {
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for dir in [&one, &other] {
        let store = open(dir.path(), u64::MAX).await;
        store.recorder().whole(call(1, "t"), ok()).await.unwrap();
        store.close(at(1)).await;
    }
    let name = "record/00000000000000000001.log";
    fs::copy(one.path().join(name), other.path().join(name)).unwrap();
    let error = Store::open(Config::new(other.path()), at(2)).await.unwrap_err();
    assert_eq!(error.code(), Code::RECORD_DAMAGED);
    assert!(error.to_string().contains("another installation"), "{error}");
}
