//! The record: what is confirmed is there, in order, also after a kill.

use peta_audit::{Ending, Intent};
use peta_model::{Code, Decision, EventId, Outcome};
use peta_store::{EventQuery, Part};

use crate::world::{act, at, call, ok, open, robot, server};

fn all() -> EventQuery {
    EventQuery { part: Part::After(None), ..EventQuery::default() }
}

#[tokio::test]
async fn what_is_confirmed_is_read() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path()).await;
    let recorder = store.recorder();
    let receipt = recorder.intent(call(1, "read")).await.unwrap();
    let open_event = &store.events(&all()).await.unwrap().events[0];
    assert_eq!((open_event.kind.as_str(), &open_event.ending), ("tool_call", &None));
    recorder.outcome(receipt, ok()).await.unwrap();
    let refusal = Ending { code: Some(Code::NO_SUCH_CAPABILITY), ..Ending::of(Outcome::Refused) };
    let mut denied = call(2, "evil\u{1b}[2J\n\0\u{202e}");
    (denied.decision, denied.reasons) = (Decision::Deny, vec![]);
    recorder.whole(denied.clone(), refusal).await.unwrap();

    let events = store.events(&all()).await.unwrap().events;
    let [first, second] = &events[..] else { panic!("{events:?}") };
    assert_eq!(first.ending, Some(ok()));
    assert_eq!((first.id, first.time, &first.caller), (EventId::from_bytes([1; 16]), at(1), &call(1, "").caller));
    assert_eq!((&first.reasons[..], first.request_bytes), (&["fs".to_owned()][..], 100));
    assert_eq!((second.decision, second.ending), (Decision::Deny, Some(refusal)));
    assert_eq!(second.subject.capability, denied.capability);
    assert!(second.reasons.is_empty() && first.sequence < second.sequence);
}

#[tokio::test]
async fn foreign_names_are_kept_up_to_a_limit() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path()).await;
    store.recorder().whole(call(1, &"x".repeat(1_000_000)), ok()).await.unwrap();
    let events = store.events(&all()).await.unwrap().events;
    assert_eq!(events[0].subject.capability.as_ref().unwrap().len(), 1027);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_at_once_are_all_there_and_each_in_order() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path()).await;
    let mut callers = Vec::new();
    for caller in 0..50_u8 {
        let recorder = store.recorder();
        callers.push(tokio::spawn(async move {
            for round in 0..20 {
                let receipt = recorder.intent(call(caller, &format!("tool{round:02}"))).await.unwrap();
                recorder.outcome(receipt, ok()).await.unwrap();
            }
        }));
    }
    for caller in callers {
        caller.await.unwrap();
    }
    let page = store.events(&EventQuery { limit: 1000, ..all() }).await.unwrap();
    assert_eq!((page.events.len(), page.cursor), (1000, None));
    assert!(page.events.is_sorted_by(|a, b| a.sequence < b.sequence));
    assert!(page.events.iter().all(|event| event.ending == Some(ok())));
    for caller in 0..50_u8 {
        let own = page.events.iter().filter(|event| event.id == EventId::from_bytes([caller; 16]));
        let tools: Vec<_> = own.map(|event| event.subject.capability.clone().unwrap()).collect();
        assert_eq!(tools, (0..20).map(|round| format!("tool{round:02}")).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn a_killed_core_leaves_unknown_outcomes() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path()).await;
    let recorder = store.recorder();
    let done = recorder.intent(call(1, "done")).await.unwrap();
    let cut = recorder.intent(call(10, "cut")).await.unwrap();
    recorder.outcome(done, ok()).await.unwrap();
    recorder.whole(call(25, "later"), ok()).await.unwrap();
    std::mem::forget(cut);
    drop((store, recorder));

    let store = open(dir.path()).await;
    let events = store.events(&all()).await.unwrap().events;
    let outcomes: Vec<_> = events.iter().map(|event| event.ending.unwrap().outcome.word()).collect();
    assert_eq!(outcomes, ["ok", "unknown", "ok"]);
    // The boot's last sign of life was 15 seconds after the call began, and a little.
    let end = events[1].ending.unwrap();
    assert_eq!((end.duration_us, end.code), (15_001_500, Some(Code::OUTCOME_UNKNOWN)));
    // New entries come after the ones that the start wrote, and a second start changes nothing.
    store.recorder().whole(call(30, "new"), ok()).await.unwrap();
    let before = store.events(&all()).await.unwrap();
    store.close(at(99)).await;
    assert_eq!(open(dir.path()).await.events(&all()).await.unwrap(), before);
}

#[tokio::test]
async fn a_caller_that_vanishes_leaves_no_open_event() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path()).await;
    let mut follow = store.follow(EventQuery::default());
    drop(store.recorder().intent(call(1, "gone")).await.unwrap());
    let ended = follow.next().await.unwrap();
    assert_eq!(ended[0].ending.unwrap().outcome, Outcome::Unknown);

    // The same if it vanishes while it writes.
    let recorder = store.recorder();
    // Whose key is at hand by now: with a new one nothing is written yet, and nothing has happened.
    let again = Intent { caller: call(1, "").caller, ..call(2, "gone") };
    let mut writing = Box::pin(recorder.intent(again));
    drop(std::future::poll_fn(|cx| std::task::Poll::Ready(writing.as_mut().poll(cx))).await);
    drop(writing);
    let ended = follow.next().await.unwrap();
    assert_eq!(ended[0].id, EventId::from_bytes([2; 16]));
}

#[tokio::test]
async fn pages_go_both_ways() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path()).await;
    for number in 1..=7 {
        store.recorder().whole(call(number, "t"), ok()).await.unwrap();
    }
    let numbers =
        |events: &[peta_audit::Event]| -> Vec<u8> { events.iter().map(|event| event.id.as_bytes()[0]).collect() };
    let mut query = EventQuery { limit: 3, ..EventQuery::default() };
    let mut pages = Vec::new();
    loop {
        let page = store.events(&query).await.unwrap();
        pages.push(numbers(&page.events));
        let Some(cursor) = page.cursor else { break };
        query.part = Part::Before(Some(cursor));
    }
    assert_eq!(pages, [vec![5, 6, 7], vec![2, 3, 4], vec![1]]);
    query.part = Part::After(None);
    let mut pages = Vec::new();
    loop {
        let page = store.events(&query).await.unwrap();
        pages.push(numbers(&page.events));
        let Some(cursor) = page.cursor else { break };
        query.part = Part::After(Some(cursor));
    }
    assert_eq!(pages, [vec![1, 2, 3], vec![4, 5, 6], vec![7]]);
}

#[tokio::test]
async fn filters() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path()).await;
    store.add_server(act("server.add"), server("git")).await.unwrap();
    let call = robot(&store).await;
    store.recorder().whole(call(10, "read"), ok()).await.unwrap();
    store.recorder().whole(call(20, "write"), Ending::of(Outcome::Error)).await.unwrap();
    let _open = store.recorder().intent(call(30, "read")).await.unwrap();
    let query = EventQuery::default;
    let cases = [
        (EventQuery { agent: Some("robot".into()), ..query() }, "10 20 30"),
        (EventQuery { agent: Some("nobody".into()), ..query() }, ""),
        (EventQuery { server: Some("fs".into()), capability: Some("read".into()), ..query() }, "10 30"),
        (EventQuery { kind: Some("server.add".into()), ..query() }, "9"),
        (EventQuery { decision: Some(Decision::Deny), ..query() }, ""),
        (EventQuery { outcome: Some(Outcome::Error), ..query() }, "20"),
        (EventQuery { outcome: Some(Outcome::Ok), ..query() }, "9 9 10"),
        (EventQuery { from: Some(at(20)), ..query() }, "20 30"),
        (EventQuery { from: Some(at(2)), to: Some(at(20)), ..query() }, "10"),
    ];
    for (query, expected) in cases {
        let events = store.events(&query).await.unwrap().events;
        let found: Vec<_> = events.iter().map(|event| event.id.as_bytes()[0].to_string()).collect();
        assert_eq!(found.join(" "), expected, "{query:?}");
    }
}

#[tokio::test]
async fn following_gives_each_event_once_when_it_ends() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path()).await;
    let recorder = store.recorder();
    recorder.whole(call(1, "before"), ok()).await.unwrap();
    let mut reads = store.follow(EventQuery { capability: Some("read".into()), ..EventQuery::default() });
    let slow = recorder.intent(call(2, "read")).await.unwrap();
    recorder.whole(call(3, "read"), ok()).await.unwrap();
    assert_eq!(reads.next().await.unwrap()[0].id, EventId::from_bytes([3; 16]));
    recorder.whole(call(4, "write"), ok()).await.unwrap();
    recorder.outcome(slow, ok()).await.unwrap();
    let ended = reads.next().await.unwrap();
    assert_eq!((ended.len(), ended[0].id), (1, EventId::from_bytes([2; 16])));
    store.close(at(9)).await;
    assert!(reads.next().await.is_err());
}

#[tokio::test]
async fn after_close_nothing_is_promised() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path()).await;
    let recorder = store.recorder();
    let waiting: Vec<_> = (0..100)
        .map(|n| {
            tokio::spawn({
                let recorder = recorder.clone();
                async move { recorder.whole(call(n, "t"), ok()).await.is_ok() }
            })
        })
        .collect();
    store.close(at(1)).await;
    assert!(recorder.whole(call(200, "t"), ok()).await.is_err());
    assert!(store.add_server(act("server.add"), server("fs")).await.is_err());
    let mut confirmed = 0;
    for one in waiting {
        confirmed += usize::from(one.await.unwrap());
    }
    let store = open(dir.path()).await;
    assert_eq!(store.events(&EventQuery { limit: 1000, ..all() }).await.unwrap().events.len(), confirmed);
}
