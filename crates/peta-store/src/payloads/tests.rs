use std::{fs, path::PathBuf, time::Duration};

use peta_audit::{Caller, Ending, Form, Intent, Payload, commitment};
use peta_model::{AgentId, Code, Decision, EventId, EventKind, Id, Moment, Outcome, Span};
use serde_json::Value;

use super::*;
use crate::{
    Config, EventQuery, NewHold, QueryError, Receipt, Store, Which,
    record::{Ahead, HEAD, LARGEST, Owner, put_frame},
    subjects::tests::{World, act, at},
};

const WORDS: &str = r#"{"to":"Ada Lovelace","amount":12}"#;
const ANSWER: &str = r#"{"content":[{"type":"text","text":"paid"}]}"#;

fn payload(text: &str) -> Payload {
    Payload { form: Form::Full, length: text.len() as u64, cut: false, text: text.to_owned() }
}

fn call(number: u64, user: Option<&str>) -> Intent {
    let mut id = [1; 16];
    id[8..].copy_from_slice(&number.to_be_bytes());
    let user = user.map(str::to_owned);
    let agent_id = Some(AgentId::from_bytes([8; 16]));
    Intent {
        id: EventId::from_bytes(id),
        kind: EventKind::ToolCall,
        caller: Caller { agent: Some("robot".parse().unwrap()), agent_id, user, ..Caller::default() },
        server: Some("bank".parse().unwrap()),
        capability: Some("pay".into()),
        decision: Decision::Allow,
        ..act()
    }
}

async fn begin(store: &Store, number: u64, user: Option<&str>) -> Receipt {
    store.recorder().intent_with(call(number, user), &payload(WORDS)).await.unwrap()
}

/// A call with both kept; gives the number of its event.
async fn whole(store: &Store, number: u64, user: Option<&str>) -> u64 {
    let receipt = begin(store, number, user).await;
    let event = receipt.event();
    store.recorder().outcome_with(receipt, Ending::of(Outcome::Ok), Some(&payload(ANSWER))).await.unwrap();
    event
}

async fn said(store: &Store, event: u64) -> Said {
    store.said_in(Which::Number(event)).await.unwrap().unwrap()
}

fn texts(said: &Said) -> [Option<&str>; 2] {
    [&said.arguments, &said.result].map(|opened| match opened {
        Some(Opened::Whole(_, payload)) => Some(payload.text.as_str()),
        _ => None,
    })
}

fn files(world: &World) -> Vec<PathBuf> {
    let found = fs::read_dir(world.dir.path().join("record/payloads"));
    let mut paths: Vec<PathBuf> = found.into_iter().flatten().map(|found| found.unwrap().path()).collect();
    paths.sort();
    paths
}

/// The entry of the tree with this number of the record.
async fn leaf(store: &Store, number: u64) -> Value {
    let entries = store.tree().entries(number - 1..number).await.unwrap().unwrap();
    serde_json::from_str(&entries[0]).unwrap()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[tokio::test]
async fn what_was_said_is_read_again_and_bound_into_the_tree() {
    let world = World::new().await;
    let event = whole(&world.store, 1, Some("ada")).await;
    let bare = world.store.recorder().intent(call(2, Some("ada"))).await.unwrap();
    let without = bare.event();
    // What was not kept of the arguments is not kept of the result either.
    let ending = Ending::of(Outcome::Ok);
    world.store.recorder().outcome_with(bare, ending, Some(&payload(ANSWER))).await.unwrap();

    let found = said(&world.store, event).await;
    assert_eq!(texts(&found), [Some(WORDS), Some(ANSWER)]);
    assert_eq!((found.event.caller.user.as_deref(), found.outcome), (Some("ada"), Some(event + 1)));
    let nothing = said(&world.store, without).await;
    assert_eq!((nothing.arguments, nothing.result), (None, None));
    world.store.tree().grow().await.unwrap();
    for (number, name, opened) in [(event, "arguments", &found.arguments), (event + 1, "result", &found.result)] {
        let Some(Opened::Whole(salt, payload)) = opened else { panic!() };
        assert_eq!(leaf(&world.store, number).await[name], hex(&commitment(&payload.to_bytes(salt))));
        assert_eq!(leaf(&world.store, without + u64::from(name == "result")).await[name], Value::Null);
    }
    for path in files(&world) {
        let bytes = fs::read(path).unwrap();
        assert!(!bytes.windows(4).any(|four| four == b"Love" || four == b"paid"));
    }
}

#[tokio::test]
async fn a_changed_payload_is_told_and_a_foreign_one_too() {
    let world = World::new().await;
    let event = whole(&world.store, 1, Some("ada")).await;
    let other = whole(&world.store, 2, Some("ada")).await;
    let path = files(&world).remove(0);
    let sound = fs::read(&path).unwrap();
    // Where each of the four begins, and what it holds.
    let (mut starts, mut bodies, mut at) = (Vec::new(), Vec::new(), 64);
    while at < sound.len() {
        let length = u32::from_le_bytes(sound[at..at + 4].try_into().unwrap()) as usize;
        starts.push(at);
        bodies.push(sound[at + HEAD..at + HEAD + length].to_vec());
        at += HEAD + length;
    }
    assert_eq!(bodies.len(), 4);
    for at in 64..sound.len() {
        let mut bytes = sound.clone();
        bytes[at] ^= 1;
        fs::write(&path, bytes).unwrap();
        let found = [said(&world.store, event).await, said(&world.store, other).await];
        let opened: Vec<_> = found.iter().flat_map(|said| [&said.arguments, &said.result]).flatten().collect();
        let hit = starts.partition_point(|start| *start <= at) - 1;
        for (index, opened) in opened.into_iter().enumerate() {
            assert_eq!(*opened == Opened::Changed, index == hit, "{at}: {index}");
        }
    }
    // Whole frames, but each at the place of the other: what is sealed says whose it is.
    let mut exchanged = sound[..64].to_vec();
    for body in [2, 3, 0, 1].map(|at: usize| &bodies[at]) {
        put_frame(&mut exchanged, |to| to.extend_from_slice(body));
    }
    fs::write(&path, &exchanged).unwrap();
    let found = said(&world.store, event).await;
    assert_eq!((found.arguments, found.result), (Some(Opened::Changed), Some(Opened::Changed)));
    // With another head it is none, either: that is authenticated, too.
    let mut forged = sound[..64].to_vec();
    for (body, head) in [(2, 0), (3, 1), (0, 2), (1, 3)] {
        let body = [&bodies[head][..17], &bodies[body][17..]].concat();
        put_frame(&mut forged, |to| to.extend_from_slice(&body));
    }
    fs::write(&path, &forged).unwrap();
    assert_eq!(said(&world.store, event).await.arguments, Some(Opened::Changed));
    fs::write(&path, &sound).unwrap();
    assert_eq!(texts(&said(&world.store, event).await), [Some(WORDS), Some(ANSWER)]);
}

#[tokio::test]
async fn without_a_key_or_a_place_nothing_begins_and_no_answer_leaves() {
    let world = World::new().await;
    let store = &world.store;
    let open = begin(store, 1, Some("ada")).await;
    let event = open.event();
    // Locked: nobody can seal what was said.
    world.safe.lock();
    store.wipe_subjects();
    let recorded = store.recorded();
    store.recorder().intent_with(call(2, Some("ada")), &payload(WORDS)).await.unwrap_err();
    assert_eq!(store.recorded(), recorded, "nothing of it stands in the record");
    let ended = store.recorder().outcome_with(open, Ending::of(Outcome::Ok), Some(&payload(ANSWER))).await;
    ended.unwrap_err();
    let found = said(store, event).await;
    let ending = found.event.ending.unwrap();
    assert_eq!((ending.outcome, ending.code), (Outcome::Unknown, Some(Code::NOT_RECORDED)));
    assert_eq!((found.arguments, found.result), (Some(Opened::Sealed), None));
    // What keeps nothing goes on.
    drop(store.recorder().intent(call(3, Some("ada"))).await.unwrap());

    world.safe.unlock(&world.root, &world.rows).unwrap();
    assert_eq!(texts(&said(store, event).await)[0], Some(WORDS), "what was kept before opens again");
    drop(begin(store, 4, Some("ada")).await);
}

#[tokio::test]
async fn where_it_cannot_be_written_it_does_not_happen() {
    let world = World::new().await;
    let store = &world.store;
    let folder = world.dir.path().join("record/payloads");
    fs::write(&folder, b"in the way").unwrap();
    let recorded = store.recorded();
    store.recorder().intent_with(call(1, None), &payload(WORDS)).await.unwrap_err();
    assert_eq!(store.recorded(), recorded);
    fs::remove_file(&folder).unwrap();
    let event = whole(store, 2, None).await;
    assert_eq!(texts(&said(store, event).await), [Some(WORDS), Some(ANSWER)]);
}

#[tokio::test]
async fn of_the_erased_nothing_that_was_said_opens_and_of_others_all_does() {
    let world = World::new().await;
    let store = &world.store;
    let (hers, his) = (whole(store, 1, Some("ada")).await, whole(store, 2, Some("bob")).await);
    // Of a call that goes on the answer cannot be kept any more, and no new key of hers is made for it.
    let open = begin(store, 3, Some("ada")).await;
    store.erase_subject(act(), "ada").await.unwrap();
    assert_eq!(texts(&said(store, hers).await), [None, None]);
    assert_eq!(said(store, hers).await.result, Some(Opened::Sealed));
    assert_eq!(texts(&said(store, his).await), [Some(WORDS), Some(ANSWER)]);
    store.recorder().outcome_with(open, Ending::of(Outcome::Ok), Some(&payload(ANSWER))).await.unwrap_err();
    let names: Vec<String> = store.subjects_named().await.unwrap().into_iter().map(|one| one.name).collect();
    assert_eq!(names, ["bob"]);
    let found = store.said(&EventQuery::default(), Some("LOVELACE")).await.unwrap();
    assert_eq!(found.items.iter().map(|said| said.event.sequence).collect::<Vec<_>>(), [his]);
}

#[tokio::test]
async fn what_is_too_old_goes_by_whole_files_unless_a_hold_stands() {
    let world = World::new().await;
    let store = &world.store;
    let event = whole(store, 1, Some("ada")).await;
    // Whoever brings the record to the disk brings what it commits to first, and may have it open after.
    store.tree().grow().await.unwrap();
    let begun = files(&world)[0].file_stem().unwrap().to_str().unwrap().parse::<i64>().unwrap();
    let expiry = store.retention(Span::from_secs(600));
    let hour = 3_600_000_000;
    // Kept for ten minutes, in a file that may be written to for an hour.
    let over = begun + hour + 600_000_000;
    expiry.turn(Moment::from_micros(over - 1)).await.unwrap();
    assert_eq!(files(&world).len(), 1);
    let hold = NewHold { name: "case-7".into(), person: Some("bob".into()), reason: "a case".into() };
    store.add_hold(act(), hold).await.unwrap();
    expiry.turn(Moment::from_micros(over)).await.unwrap();
    assert_eq!(texts(&said(store, event).await), [Some(WORDS), Some(ANSWER)], "a hold keeps all files");
    store.remove_hold(act(), "case-7".into()).await.unwrap();
    expiry.turn(Moment::from_micros(over)).await.unwrap();
    assert_eq!(files(&world).len(), 0);
    let found = said(store, event).await;
    assert_eq!((found.arguments, found.result), (Some(Opened::Expired), Some(Opened::Expired)));
    let query = EventQuery { kind: Some("record.payloads_expired".into()), ..EventQuery::default() };
    let told = store.events(&query).await.unwrap().events;
    let detail: Value = serde_json::from_str(told[0].detail.as_deref().unwrap()).unwrap();
    assert_eq!((told.len(), &detail["files"], told[0].ending.unwrap().outcome), (1, &Value::from(1), Outcome::Ok));
    // As long as somebody had it open, the disk would keep what was said.
    assert_eq!(still_open(world.dir.path()), Vec::<String>::new());
    // What is said from now on goes into a file of its own.
    let later = whole(store, 2, Some("ada")).await;
    assert_eq!((files(&world).len(), texts(&said(store, later).await)), (1, [Some(WORDS), Some(ANSWER)]));
}

/// What a wrong clock takes away does not come back.
#[tokio::test]
async fn a_start_with_a_clock_far_ahead_takes_nothing_that_was_said() {
    let world = World::new().await;
    whole(&world.store, 1, Some("ada")).await;
    world.store.close(at(1)).await;
    let config = Config { keep_payloads: Some("1d".parse().unwrap()), ..Config::new(world.dir.path()) };
    let day = 24 * 3_600_000_000;
    let ahead = Store::open(config.clone(), at(31 * day)).await.unwrap();
    // Behind whatever the task may want of the database.
    for _ in 0..20 {
        tokio::task::yield_now().await;
        ahead.witnesses().await.unwrap();
    }
    ahead.close(at(31 * day)).await;
    assert_eq!(files(&world).len(), 1, "it has a day to find its time");
    let right = Store::open(config, at(29 * day)).await.unwrap();
    // It has ended when they are gone.
    let filter = EventQuery { kind: Some("record.payloads_expired".into()), ..EventQuery::default() };
    let mut follow = right.follow_from(0, filter);
    tokio::time::timeout(Duration::from_secs(20), follow.next()).await.unwrap().unwrap();
    assert_eq!(files(&world).len(), 0);
    right.close(at(29 * day)).await;
}

/// Files below the folder that this process holds open, as the system names them.
fn still_open(dir: &std::path::Path) -> Vec<String> {
    let links = fs::read_dir("/proc/self/fd").unwrap().flatten();
    let names = links.filter_map(|link| Some(fs::read_link(link.path()).ok()?.to_string_lossy().into_owned()));
    names.filter(|name| name.starts_with(&*dir.to_string_lossy()) && name.contains("/payloads/")).collect()
}

#[tokio::test]
async fn a_file_takes_an_hour_or_so_many_bytes() {
    let dir = tempfile::tempdir().unwrap();
    let owner = Owner { install: Id::from_bytes([1; 16]), tenant: Id::from_bytes([2; 16]) };
    let files = Files::new(dir.path().join("payloads"), owner, 300);
    let minutes = |minutes: i64| Moment::from_micros(minutes * 60_000_000);
    let first = files.put(minutes(0), &[1; 50]).unwrap();
    assert_eq!((first, files.put(minutes(59), &[2; 50]).unwrap().0), ((0, 64), 0));
    let hour = files.put(minutes(60), &[3; 500]).unwrap();
    // It is full, and its name is taken.
    let next = files.put(minutes(60), &[4; 50]).unwrap();
    assert_eq!((hour.0, next.0), (3_600_000_000, 3_600_000_001));
    for (place, body) in [(first, vec![1; 50]), (hour, vec![3; 500]), (next, vec![4; 50])] {
        assert_eq!(files.read(place).unwrap(), Some(body));
    }
    assert_eq!(still_open(dir.path()).len(), 3);
    files.bring_to_disk().unwrap();
    assert_eq!(still_open(dir.path()).len(), 1, "full ones are let go once the disk has them");
    files.bring_to_disk().unwrap();
    assert_eq!(files.read((5, 64)).unwrap(), None);
    for place in [(first.0, 65), (next.0, 1 << 40)] {
        assert_eq!(files.read(place).unwrap_err().kind(), std::io::ErrorKind::InvalidData);
    }
    assert!(files.put(minutes(61), &vec![0; LARGEST + 1]).is_err());
}

#[tokio::test]
async fn texts_are_looked_for_one_by_one_within_bounds() {
    let world = World::new().await;
    let store = &world.store;
    let mut numbers = Vec::new();
    for number in 0..5 {
        numbers.push(whole(store, number, None).await);
        drop(store.recorder().intent(call(100 + number, None)).await.unwrap());
    }
    let found = |text: &'static str| async move {
        let page = store.said(&EventQuery::default(), Some(text)).await.unwrap();
        page.items.iter().map(|said| said.event.sequence).collect::<Vec<_>>()
    };
    numbers.reverse();
    assert_eq!(
        (found("ada LOVE").await, found("\"paid").await, found("pay").await),
        (numbers.clone(), numbers.clone(), vec![])
    );
    // Without a text, a page at a time: only those of which something was kept.
    let query = EventQuery { limit: 3, ..EventQuery::default() };
    let page = store.said(&query, None).await.unwrap();
    let rest = EventQuery { part: crate::Part::Before(page.cursor), ..query };
    let rest = store.said(&rest, None).await.unwrap();
    let walked: Vec<_> = page.items.iter().chain(&rest.items).map(|said| said.event.sequence).collect();
    assert_eq!(walked, numbers);

    // Those of which nothing was kept count, too: each is looked at.
    for number in 1_000..11_000 {
        drop(store.recorder().intent(call(number, None)).await.unwrap());
    }
    let wide = store.said(&EventQuery::default(), Some("nowhere")).await;
    assert!(matches!(wide, Err(QueryError::TooMuchSaid)));
    // Narrowed by what is in the open, it is looked for.
    let query = EventQuery { outcome: Some(Outcome::Ok), ..EventQuery::default() };
    assert_eq!(store.said(&query, Some("nowhere")).await.unwrap().items, []);
}

#[tokio::test]
async fn a_long_way_to_what_was_kept_is_gone_in_steps() {
    let world = World::new().await;
    let store = &world.store;
    let first = whole(store, 1, None).await;
    for number in 10..20_020 {
        drop(store.recorder().intent(call(number, None)).await.unwrap());
    }
    let last = whole(store, 2, None).await;
    let page = store.said(&EventQuery::default(), None).await.unwrap();
    assert_eq!(page.items.iter().map(|said| said.event.sequence).collect::<Vec<_>>(), [last]);
    assert!(page.cursor.is_some_and(|cursor| cursor > first));
    let query = EventQuery { part: crate::Part::Before(page.cursor), ..EventQuery::default() };
    let rest = store.said(&query, None).await.unwrap();
    assert_eq!((rest.items[0].event.sequence, rest.items.len(), rest.cursor), (first, 1, None));
}
