//! Objects as S3 takes them; against `moto`, too.

use peta_store::SinkSpec;
use peta_testkit::{
    Value, raw_exchange,
    services::{Moto, Seen},
};

use crate::world::{World, spec};

pub(crate) fn read(seen: &Seen) -> Vec<String> {
    assert_eq!(seen.method.as_str(), "PUT");
    assert!(seen.path.starts_with("/bucket/pre/fix/2027/01/15/") && seen.path.ends_with(".jsonl"), "{}", seen.path);
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, seen.body.as_bytes());
    let digest: String = digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(seen.header("x-amz-content-sha256"), digest);
    let authorization = seen.header("authorization");
    assert!(authorization.starts_with("AWS4-HMAC-SHA256 Credential=AKID/20270115/us-east-1/s3/aws4_request, "));
    seen.body
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["id"].as_str().unwrap().to_owned())
        .collect()
}

async fn ask(moto: &Moto, method: &str, path: &str) -> String {
    let host = moto.origin().replace("http://", "");
    let signed = "AWS4-HMAC-SHA256 Credential=AKID/20261130/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0";
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\nauthorization: {signed}\r\ncontent-length: 0\r\n\r\n"
    );
    raw_exchange(&host, request.as_bytes()).await
}

#[tokio::test]
async fn objects_of_moto() {
    let Some(moto) = Moto::start().await else { return };
    let world = World::new().await;
    let to = format!("s3+{}/bucket/peta", moto.origin());
    let sink = world.sink("s3", SinkSpec { user: Some("AKID".into()), ..crate::world::json(spec(&to)) }, true).await;
    let mut ids = world.record(20).await;
    // There is no such bucket yet: that is no reason to lose anything.
    let standing = world.until(sink, peta_outlet::State::Failing).await;
    assert!(standing.why.as_ref().is_some_and(|why| why.contains("NoSuchBucket")), "{standing:?}");
    let made = ask(&moto, "PUT", "/bucket").await;
    assert!(made.starts_with("HTTP/1.1 200"), "{made}");
    ids.extend(world.record(20).await);
    world.caught_up(sink).await;
    let listed = ask(&moto, "GET", "/bucket?list-type=2&prefix=peta/").await;
    let names: Vec<&str> = listed.split("<Key>").skip(1).map(|rest| rest.split_once("</Key>").unwrap().0).collect();
    let mut found = Vec::new();
    for name in names {
        let object = ask(&moto, "GET", &format!("/bucket/{name}")).await;
        let body = object.split_once("\r\n\r\n").unwrap().1.to_owned();
        found.extend(
            body.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["id"].as_str().unwrap().to_owned()),
        );
    }
    assert!(ids.iter().all(|id| found.contains(id)), "{ids:?}\n{found:?}");
}
