//! T61 `sink_outage`: a receiver that is away for long, and then does everything wrong, gets every event in the end, in
//! order, over restarts and kills.

use std::collections::HashSet;

use peta_outlet::State;
use peta_testkit::services::{Act, Receiver, Seen};

use crate::{
    kinds::{ALL, Kind},
    world::World,
};

/// The identifiers of what arrived, each once, in the order in which they first came.
fn first_comes(seen: &[Seen], read: fn(&Seen) -> Vec<String>) -> Vec<String> {
    let mut known = HashSet::new();
    seen.iter().flat_map(read).filter(|id| known.insert(id.clone())).collect()
}

/// Those of the calls that were recorded, among all that arrived.
fn of_calls(arrived: &[String], ids: &[String]) -> Vec<String> {
    arrived.iter().filter(|id| ids.contains(id)).cloned().collect()
}

async fn outage(kind: &Kind) {
    let world = World::new().await;
    let receiver = Receiver::absent(kind.answer);
    let sink = world.sink(kind.name.split(' ').next().unwrap(), (kind.spec)(&receiver.address), kind.secret).await;
    let mut ids = world.record(40).await;

    // Away, for longer than anybody should not notice.
    let standing = world.until(sink, State::Retrying).await;
    assert!(standing.why.as_deref().is_some_and(|why| why.contains("does not accept connections")), "{standing:?}");
    peta_testkit::eventually("it is told", async || {
        world.told().await.iter().any(|event| event.kind == "sink.lagging").then_some(())
    })
    .await;

    // There, and wrong in every way.
    let mut acts = vec![
        Act::Cut,
        Act::Vanish,
        Act::Silence,
        Act::Say(503, &[("retry-after", "7")], "busy"),
        Act::Say(401, &[], "who are you"),
        Act::Say(302, &[("location", "http://192.0.2.1/")], ""),
    ];
    if !kind.garbage.is_empty() {
        acts.push(Act::Say(200, &[], kind.garbage));
    }
    receiver.next(acts);
    receiver.arrive();
    ids.extend(world.record(40).await);
    world.caught_up(sink).await;
    assert_eq!(receiver.left(), 0, "{}", kind.name);
    world.until(sink, State::Ok).await;
    let told: Vec<String> = world.told().await.into_iter().map(|event| event.kind).collect();
    assert_eq!(told, ["sink.lagging", "sink.recovered"], "{}: each once", kind.name);

    // Ended in good order: nothing comes twice. Killed: what was not saved does.
    world.caught_up(sink).await;
    let count = receiver.seen().iter().flat_map(kind.read).count();
    let world = world.again(false).await;
    ids.extend(world.record(10).await);
    world.caught_up(sink).await;
    let after: Vec<String> = receiver.seen().iter().flat_map(kind.read).skip(count).collect();
    assert_eq!(after.len(), after.iter().collect::<HashSet<_>>().len());
    assert_eq!(of_calls(&after, &ids), ids[80..], "{}: none twice after an end in good order", kind.name);
    let world = world.again(true).await;
    ids.extend(world.record(10).await);
    world.caught_up(sink).await;

    let arrived = first_comes(&receiver.seen(), kind.read);
    assert_eq!(of_calls(&arrived, &ids), ids, "{}: none missing, in order", kind.name);
}

macro_rules! outages {
    ($($name:ident = $kind:literal;)*) => {$(
        #[tokio::test]
        async fn $name() {
            outage(ALL.iter().find(|kind| kind.name == $kind).unwrap()).await;
        }
    )*};
}

mod sink_outage {
    use super::*;

    outages! {
        otlp = "otlp";
        splunk = "splunk";
        splunk_acknowledged = "splunk acknowledged";
        elastic = "elastic";
        webhook = "webhook";
        s3 = "s3";
    }
}
