//! Elasticsearch as its documentation has it, and what it answers for each document.

use peta_testkit::{
    Value, json,
    services::{Act, Receiver, Said, Seen},
};

use crate::{bank::SECRET, kinds::ALL, world::World};

pub(crate) fn read(seen: &Seen) -> Vec<String> {
    assert_eq!(seen.method.as_str(), "POST");
    assert!(seen.path.starts_with("/peta/_bulk?filter_path="), "{}", seen.path);
    assert_eq!(seen.header("content-type"), "application/x-ndjson");
    assert_eq!(seen.header("authorization"), format!("Basic peta:{SECRET}"));
    assert!(seen.body.ends_with('\n'));
    let lines: Vec<Value> = seen.body.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let pair = |pair: &[Value]| {
        let id = pair[0]["create"]["_id"].as_str().unwrap();
        assert_eq!(pair[1]["id"], id);
        assert!(pair[1]["@timestamp"].is_string());
        id.to_owned()
    };
    assert_eq!(lines.len() % 2, 0);
    lines.chunks(2).map(pair).collect()
}

pub(crate) fn created(seen: &Seen) -> Said {
    let items: Vec<Value> = read(seen).iter().map(|_| json!({ "create": { "status": 201 } })).collect();
    Said::json(200, json!({ "errors": false, "items": items }).to_string())
}

/// Of four documents one is there already, one comes too fast, and one never fits.
#[tokio::test]
async fn each_document_is_looked_at() {
    const MIXED: &str = r#"{"errors":true,"items":[
        {"create":{"status":201}},
        {"create":{"status":429,"error":{"type":"es_rejected_execution_exception","reason":"queue"}}},
        {"create":{"status":409,"error":{"type":"version_conflict_engine_exception","reason":"there"}}},
        {"create":{"status":400,"error":{"type":"mapper_parsing_exception","reason":"no\nnumber"}}}]}"#;
    let (world, kind) = (World::new().await, ALL.iter().find(|kind| kind.name == "elastic").unwrap());
    let receiver = Receiver::absent(created);
    receiver.next([Act::Say(200, &[], MIXED)]);
    let filter = peta_store::SinkFilter { kind: Some("tool_call".into()), ..Default::default() };
    let sink = world.sink("elastic", peta_store::SinkSpec { filter, ..(kind.spec)(&receiver.address) }, true).await;
    let ids = world.record(4).await;
    receiver.arrive();
    let standing = world.caught_up(sink).await;
    assert_eq!((standing.sent, standing.skipped), (3, 1));
    // Only the one that was to come later came again.
    let seen: Vec<String> = receiver.seen().iter().flat_map(read).collect();
    assert_eq!(seen, [ids[1].clone()]);
    let told = world.told().await;
    let skipped: Vec<_> = told.iter().filter(|event| event.kind == "sink.skipped").collect();
    let detail = skipped[0].detail.as_ref().unwrap();
    assert_eq!(skipped.len(), 1);
    assert!(detail.contains(&ids[3]) && detail.contains("mapper_parsing_exception"), "{detail}");
}

/// Two documents are refused and two come too fast: an index that takes nothing says nothing about documents.
#[tokio::test]
async fn while_it_takes_nothing_nothing_is_left_out() {
    const NONE: &str = r#"{"errors":true,"items":[
        {"create":{"status":403,"error":{"type":"cluster_block_exception","reason":"read-only"}}},
        {"create":{"status":429,"error":{"type":"es_rejected_execution_exception","reason":"queue"}}},
        {"create":{"status":403,"error":{"type":"cluster_block_exception","reason":"read-only"}}},
        {"create":{"status":503,"error":{"type":"unavailable_shards_exception","reason":"moving"}}}]}"#;
    let (world, kind) = (World::new().await, ALL.iter().find(|kind| kind.name == "elastic").unwrap());
    let receiver = Receiver::absent(created);
    receiver.next([Act::Say(200, &[], NONE)]);
    let filter = peta_store::SinkFilter { kind: Some("tool_call".into()), ..Default::default() };
    let sink = world.sink("elastic", peta_store::SinkSpec { filter, ..(kind.spec)(&receiver.address) }, true).await;
    let ids = world.record(4).await;
    receiver.arrive();
    let standing = world.caught_up(sink).await;
    assert_eq!((standing.sent, standing.skipped), (4, 0));
    assert_eq!(receiver.seen().iter().flat_map(read).collect::<Vec<_>>(), ids);
}
