use std::time::Duration;

use peta_model::AgentId;

use super::*;

#[test]
fn that_it_came_back_is_to_be_written() {
    let kept = KeptSession {
        hash: keep::hash(7),
        agent: AgentId::from_bytes([1; 16]),
        server: None,
        version: "2025-11-25".to_owned(),
        hello: r#"{"capabilities":{"roots":{}}}"#.to_owned(),
        level: Some("warning".to_owned()),
        subscriptions: Vec::new(),
        seen: Vec::new(),
        used: Moment::from_micros(0),
    };
    let session = again(7, kept, &Endpoint::Aggregate).unwrap();
    assert!(session.is_to_be_saved(Instant::now(), Duration::from_secs(3_600)));
}
