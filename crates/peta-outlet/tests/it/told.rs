//! What a receiver refuses: one event, or everything; and what is sent at all.

use peta_outlet::State;
use peta_store::{SinkFilter, SinkSpec};
use peta_testkit::{
    Authority,
    services::{Receiver, Said, Seen},
};
use tokio::net::{TcpListener, TcpStream};

use crate::{
    bank::SECRET,
    kinds::ALL,
    webhook::read,
    world::{World, json, spec},
};

fn webhook(at: &str) -> SinkSpec {
    (ALL.iter().find(|kind| kind.name == "webhook").unwrap().spec)(at)
}

/// One event of many is too large for it, alone and in company.
#[tokio::test]
async fn one_event_that_is_refused_is_left_out_and_told() {
    let world = World::new().await;
    let ids = world.record(0).await;
    assert!(ids.is_empty());
    let poison = world.intent(17).id.to_string();
    let bad = poison.clone();
    let receiver = Receiver::absent(move |seen: &Seen| {
        Said::json(if seen.body.contains(&bad) { 413 } else { 200 }, "too\u{1b}[31mlarge")
    });
    let sink = world.sink("webhook", webhook(&receiver.address), true).await;
    let ids = world.record(40).await;
    receiver.arrive();
    let standing = world.caught_up(sink).await;
    assert_eq!((standing.state, standing.skipped), (State::Ok, 1));
    let taken = receiver.seen().into_iter().filter(|seen| !seen.body.contains(&poison));
    let taken: Vec<String> = taken.flat_map(|seen| read(&seen)).filter(|id| ids.contains(id)).collect();
    let others: Vec<String> = ids.iter().filter(|id| **id != poison).cloned().collect();
    assert_eq!(taken, others, "all others, in order, each once");
    let told = world.told().await;
    let skipped: Vec<&str> = told
        .iter()
        .filter(|event| event.kind == "sink.skipped")
        .map(|event| event.detail.as_deref().unwrap())
        .collect();
    assert_eq!(skipped.len(), 1);
    assert!(
        skipped[0].contains(&poison) && skipped[0].contains("413") && !skipped[0].contains('\u{1b}'),
        "{skipped:?}"
    );
}

/// What tells that an event was left out is refused as well: that is not told of in turn, or it would go on for ever.
#[tokio::test]
async fn what_tells_of_a_refusal_may_be_refused_itself() {
    let world = World::new().await;
    let poison = world.intent(2).id.to_string();
    let receiver = Receiver::absent(move |seen: &Seen| {
        Said::json(if seen.body.contains(&poison) || seen.body.contains("sink.skipped") { 400 } else { 200 }, "no")
    });
    let sink = world.sink("webhook", webhook(&receiver.address), true).await;
    world.record(3).await;
    receiver.arrive();
    // The first to be left out puts another one on record.
    peta_testkit::eventually("both are left out", async || {
        world.outlet.standing(sink).filter(|standing| standing.skipped == 2)
    })
    .await;
    let ids = world.record(1).await;
    let standing = world.caught_up(sink).await;
    assert_eq!((standing.state, standing.skipped), (State::Ok, 2));
    assert!(receiver.seen().iter().any(|seen| seen.body.contains(&ids[0])));
    let told = world.told().await;
    assert_eq!(told.iter().filter(|event| event.kind == "sink.skipped").count(), 1);
}

/// Everything is refused: nothing is left out, however often.
#[tokio::test]
async fn a_receiver_that_refuses_everything_loses_nothing() {
    for status in [400, 401, 403, 404, 413] {
        let world = World::new().await;
        let open = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
        let opened = std::sync::Arc::clone(&open);
        let receiver = Receiver::start(move |_| {
            let ok = opened.load(std::sync::atomic::Ordering::SeqCst);
            Said::json(if ok { 200 } else { status }, format!("no, {SECRET}"))
        });
        let sink = world.sink("webhook", webhook(&receiver.address), true).await;
        let ids = world.record(5).await;
        let standing = world.until(sink, State::Failing).await;
        assert!(standing.why.as_ref().is_some_and(|why| why.contains(&status.to_string())), "{standing:?}");
        let count = receiver.seen().len();
        peta_testkit::eventually("it is tried again", async || (receiver.seen().len() > count + 8).then_some(())).await;
        open.store(true, std::sync::atomic::Ordering::SeqCst);
        let standing = world.caught_up(sink).await;
        assert_eq!((standing.skipped, standing.state, standing.why), (0, State::Ok, None));
        let last: Vec<String> = receiver.seen().iter().flat_map(read).collect();
        assert!(ids.iter().all(|id| last.contains(id)));
    }
}

/// What takes too long as a whole goes through in parts.
#[tokio::test]
async fn a_receiver_that_cannot_take_much_is_sent_less() {
    let world = World::new().await;
    let receiver = Receiver::absent(|seen: &Seen| Said::json(if read(seen).len() > 10 { 504 } else { 200 }, ""));
    let sink = world.sink("webhook", webhook(&receiver.address), true).await;
    let ids = world.record(100).await;
    receiver.arrive();
    assert_eq!(world.caught_up(sink).await.skipped, 0);
    let taken = receiver.seen().into_iter().map(|seen| read(&seen)).filter(|batch| batch.len() <= 10);
    let taken: Vec<String> = taken.flatten().filter(|id| ids.contains(id)).collect();
    assert_eq!(taken, ids);
}

/// What a receiver says back is shown, but never the secret that it was sent.
#[tokio::test]
async fn a_secret_that_is_repeated_is_not_shown() {
    let world = World::new().await;
    let receiver = Receiver::start(|seen: &Seen| Said::json(401, format!("no: {}", seen.header("authorization"))));
    let splunk = json(spec(&format!("splunk+http://{}", receiver.address)));
    let sink = world.sink("splunk", splunk, true).await;
    world.record(1).await;
    let standing = world.until(sink, State::Failing).await;
    assert!(receiver.seen()[0].header("authorization").contains(SECRET));
    let why = standing.why.unwrap();
    assert!(why.contains("401") && !why.contains(SECRET), "{why}");
}

#[tokio::test]
async fn while_the_vault_is_locked_a_sink_with_a_secret_waits() {
    let world = World::new().await;
    let receiver = Receiver::start(|_| Said::json(200, ""));
    world.bank.lock(true);
    let sink = world.sink("webhook", webhook(&receiver.address), true).await;
    let ids = world.record(3).await;
    let standing = world.until(sink, State::Locked).await;
    assert_eq!(standing.code.map(|code| code.to_string()).as_deref(), Some("P4001"));
    assert!(receiver.seen().is_empty());
    world.bank.lock(false);
    world.caught_up(sink).await;
    let came: Vec<String> = receiver.seen().iter().flat_map(read).collect();
    assert!(ids.iter().all(|id| came.contains(id)));
}

/// Public parts alone, unless it is said otherwise; and only what the filter wants.
#[tokio::test]
async fn what_is_private_stays_and_what_is_not_wanted_too() {
    let world = World::new().await;
    let receiver = Receiver::start(|_| Said::json(200, ""));
    let filter = SinkFilter { outcome: Some(peta_model::Outcome::Refused), ..SinkFilter::default() };
    let public = world.sink("one", SinkSpec { filter, ..webhook(&receiver.address) }, true).await;
    let ids = world.record(6).await;
    world.caught_up(public).await;
    let bodies: String = receiver.seen().iter().map(|seen| seen.body.clone()).collect();
    assert!(!bodies.contains("robot") && !bodies.contains("private"), "{bodies}");
    let came: Vec<String> = receiver.seen().iter().flat_map(read).collect();
    assert_eq!(came, [1, 3, 5].map(|at: usize| ids[at].clone()));

    let all = Receiver::start(|_| Said::json(200, ""));
    let private = world.sink("private", SinkSpec { private: true, ..webhook(&all.address) }, true).await;
    world.record(1).await;
    world.caught_up(private).await;
    let bodies: String = all.seen().iter().map(|seen| seen.body.clone()).collect();
    assert!(bodies.contains("robot") && bodies.contains("\"private\":true"), "{bodies}");
}

/// One receiver that never answers holds up neither another sink nor whoever records.
#[tokio::test]
async fn a_slow_sink_holds_nobody_up() {
    let world = World::new().await;
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let slow = world.sink("slow", webhook(&silent.local_addr().unwrap().to_string()), true).await;
    let receiver = Receiver::start(|_| Said::json(200, ""));
    let quick = world.sink("quick-one", webhook(&receiver.address), true).await;
    let ids = world.record(500).await;
    let caught = world.caught_up(quick).await;
    assert!(caught.sent >= 500);
    assert_eq!(world.outlet.standing(slow).unwrap().sent, 0);
    let came: Vec<String> = receiver.seen().iter().flat_map(read).collect();
    assert_eq!(came.iter().filter(|id| ids.contains(id)).count(), 500);
}

/// Over TLS, a receiver whose certificate the sink's own authorities vouch for; others are not spoken to.
#[tokio::test]
async fn requests_go_under_tls_to_whom_the_sink_trusts() {
    let world = World::new().await;
    let (trusted, other) = (Authority::new(), Authority::new());
    let receiver = Receiver::start(|_| Said::json(200, ""));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (port, behind, acceptor) =
        (listener.local_addr().unwrap().port(), receiver.address.clone(), trusted.acceptor("localhost"));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(mut near) = acceptor.accept(stream).await else { continue };
            #[expect(clippy::disallowed_methods, reason = "the front of a receiver of the tests")]
            let mut far = TcpStream::connect(&behind).await.unwrap();
            tokio::spawn(async move { _ = tokio::io::copy_bidirectional(&mut near, &mut far).await });
        }
    });
    let to = |ca: &Authority| {
        let to = json(spec(&format!("webhook+https://localhost:{port}/hook?a=b")));
        SinkSpec { ca: Some(ca.pem()), ..to }
    };
    let wrong = world.sink("wrong", to(&other), true).await;
    let right = world.sink("right-one", to(&trusted), true).await;
    let ids = world.record(5).await;
    world.caught_up(right).await;
    let standing = world.until(wrong, State::Retrying).await;
    assert!(standing.sent == 0 && standing.why.as_ref().is_some_and(|why| why.contains("TLS")), "{standing:?}");
    let came: Vec<String> = receiver.seen().iter().flat_map(read).collect();
    assert_eq!(came.iter().filter(|id| ids.contains(id)).count(), 5);
}
