//! A receiver as the specification of Standard Webhooks has it.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use peta_testkit::services::{Receiver, Said, Seen};

use crate::{bank::SECRET, kinds::ALL, world::World};

pub(crate) fn read(seen: &Seen) -> Vec<String> {
    assert_eq!((seen.method.as_str(), seen.path.as_str()), ("POST", "/hook?a=b"));
    assert_eq!(seen.header("content-type"), "application/json");
    let (id, time) = (seen.header("webhook-id"), seen.header("webhook-timestamp"));
    let signed = format!("{id}.{time}.{}", seen.body);
    let signature = seen.header("webhook-signature").strip_prefix("v1,").expect("a version");
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, SECRET.as_bytes());
    let signature = STANDARD.decode(signature).unwrap();
    aws_lc_rs::hmac::verify(&key, signed.as_bytes(), &signature).expect("the signature of this request");
    // Beyond five minutes a receiver takes a request for an old one.
    assert!(time.parse::<i64>().unwrap() >= 1_800_000_000);
    let body = seen.json();
    assert_eq!(body["type"], "peta.events");
    body["data"].as_array().unwrap().iter().map(|event| event["id"].as_str().unwrap().to_owned()).collect()
}

/// A receiver knows a batch that comes again by its identifier, and an old one by its time.
#[tokio::test]
async fn a_batch_that_comes_again_has_its_identifier_and_a_new_time() {
    let (world, kind) = (World::new().await, ALL.iter().find(|kind| kind.name == "webhook").unwrap());
    let is_first = std::sync::atomic::AtomicBool::new(true);
    let receiver = Receiver::absent(move |_| {
        let is_first = is_first.swap(false, std::sync::atomic::Ordering::SeqCst);
        let headers = vec![("retry-after", "120".to_owned())];
        Said { status: if is_first { 503 } else { 200 }, headers, body: String::new() }
    });
    let sink = world.sink("webhook", (kind.spec)(&receiver.address), true).await;
    world.record(3).await;
    let before = world.now();
    receiver.arrive();
    world.caught_up(sink).await;
    let seen = receiver.seen();
    assert_eq!(seen[0].header("webhook-id"), seen[1].header("webhook-id"));
    assert_ne!(seen[0].header("webhook-timestamp"), seen[1].header("webhook-timestamp"));
    assert!(world.now().micros() - before.micros() >= 120_000_000, "what was asked for with Retry-After");
}
