//! A collector as the JSON of protocol buffers has it; and the protocol's own definitions, read by others.

use peta_testkit::{
    command, peers, python_peer,
    services::{Receiver, Said, Seen},
};
use tokio::io::AsyncWriteExt as _;

use crate::world::{World, spec};

/// Strictly as the JSON of protocol buffers has it: 64-bit numbers are texts of digits, and there is one value in each.
pub(crate) fn read(seen: &Seen) -> Vec<String> {
    assert_eq!((seen.method.as_str(), seen.path.as_str()), ("POST", "/v1/logs"));
    assert_eq!(seen.header("content-type"), "application/json");
    let body = seen.json();
    let mut ids = Vec::new();
    for resource in body["resourceLogs"].as_array().unwrap() {
        for scope in resource["scopeLogs"].as_array().unwrap() {
            for record in scope["logRecords"].as_array().unwrap() {
                let time = record["timeUnixNano"].as_str().expect("a text");
                assert!(!time.is_empty() && time.bytes().all(|digit| digit.is_ascii_digit()), "{time}");
                let id = record["attributes"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .find_map(|pair| (pair["key"] == "peta.id").then(|| pair["value"]["stringValue"].as_str())?);
                ids.push(id.expect("an identifier").to_owned());
            }
        }
    }
    ids
}

#[tokio::test]
async fn the_reference_decoder_reads_what_is_sent() {
    let world = World::new().await;
    let receiver = Receiver::start(|_| Said::json(200, r#"{"partialSuccess":{}}"#));
    let sink = world.sink("otlp", spec(&format!("otlp+http://{}/v1/logs", receiver.address)), false).await;
    let ids = world.record(30).await;
    world.caught_up(sink).await;
    let mut python = command(&python_peer("python"));
    python.arg(peers().join("py/otlp.py")).stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped());
    let mut python = python.spawn().unwrap();
    let mut requests = python.stdin.take().unwrap();
    for seen in receiver.seen() {
        requests.write_all(format!("{}\n", seen.body).as_bytes()).await.unwrap();
    }
    drop(requests);
    let ran = peta_testkit::within("it reads", python.wait_with_output()).await.unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let text = String::from_utf8(ran.stdout).unwrap();
    let words = |line: &str| line.split(' ').map(str::to_owned).collect::<Vec<_>>();
    let lines: Vec<Vec<String>> = text.lines().map(words).collect();
    assert!(
        lines.iter().all(|line| line[1].starts_with("18000000") && line[1].len() == 19 && line[2] != "0"),
        "{text}"
    );
    let read: Vec<&str> = lines.iter().map(|line| line[0].as_str()).collect();
    assert!(ids.iter().all(|id| read.contains(&id.as_str())), "{text}");
}

/// A collector that takes some and refuses one does not say which.
#[tokio::test]
async fn one_record_that_a_collector_rejects_is_found() {
    let world = World::new().await;
    let poison = world.intent(5).id.to_string();
    let bad = poison.clone();
    let receiver = Receiver::absent(move |seen: &Seen| {
        let rejected = r#"{"partialSuccess":{"rejectedLogRecords":"1","errorMessage":"no"}}"#;
        Said::json(200, if seen.body.contains(&bad) { rejected } else { "{}" })
    });
    let sink = world.sink("otlp", spec(&format!("otlp+http://{}/v1/logs", receiver.address)), false).await;
    let ids = world.record(12).await;
    receiver.arrive();
    assert_eq!(world.caught_up(sink).await.skipped, 1);
    let taken: Vec<String> =
        receiver.seen().iter().filter(|seen| !seen.body.contains(&poison)).flat_map(read).collect();
    assert!(ids.iter().all(|id| *id == poison || taken.contains(id)));
}
