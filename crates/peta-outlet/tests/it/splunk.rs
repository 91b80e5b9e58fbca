use std::{
    collections::HashSet,
    sync::{Mutex, OnceLock},
};

use peta_testkit::{
    Value,
    services::{Said, Seen},
};

use crate::bank::SECRET;

pub(crate) fn read(seen: &Seen) -> Vec<String> {
    assert_eq!(seen.header("authorization"), format!("Splunk {SECRET}"));
    if seen.path == "/services/collector/ack" {
        return Vec::new();
    }
    assert_eq!((seen.method.as_str(), seen.path.as_str()), ("POST", "/services/collector/event"));
    let one = |line: &str| {
        let event: Value = serde_json::from_str(line).unwrap();
        assert!(event["time"].is_number() && event["host"] == "host", "{event}");
        assert_eq!(event["sourcetype"], "peta:json");
        event["event"]["id"].as_str().unwrap().to_owned()
    };
    seen.body.lines().map(one).collect()
}

/// Acknowledges each batch when it is asked for the second time.
pub(crate) fn acknowledged(seen: &Seen) -> Said {
    static ASKED: OnceLock<Mutex<HashSet<String>>> = OnceLock::new();
    let channel = seen.header("x-splunk-request-channel");
    assert_eq!(channel.len(), 36, "a channel is a UUID");
    if seen.path == "/services/collector/event" {
        let number = seen.body.len();
        return Said::json(200, format!(r#"{{"text":"Success","code":0,"ackId":{number}}}"#));
    }
    let number = seen.json()["acks"][0].as_u64().unwrap();
    let first = ASKED.get_or_init(Mutex::default).lock().unwrap().insert(format!("{channel} {number}"));
    Said::json(200, format!(r#"{{"acks":{{"{number}":{}}}}}"#, !first))
}
