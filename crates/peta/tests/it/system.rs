//! The log `system`: what Core did and met as a whole, and what it keeps of the record.

use std::{fs, path::Path};

use peta_testkit::{Core, Setup, Value, eventually, json};

use crate::record::{copy, signed, verify, verify_in_python};

/// Its events of this kind, the oldest first, as soon as there are that many.
async fn told(core: &Core, kind: &str, count: usize) -> Vec<Value> {
    eventually(&format!("{count} of {kind}"), async || {
        let ran = core.run(&["events", "--log", "system", "--kind", kind, "--json", "--all"]).await;
        let events: Vec<Value> = ran.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        (events.len() >= count).then_some(events)
    })
    .await
}

fn size_of(note: &str) -> u64 {
    note.lines().nth(1).unwrap().parse().unwrap()
}

#[tokio::test]
async fn what_core_does_as_a_whole_is_a_log_of_its_own() {
    let mut core = Setup::new().start().await;
    let note = signed(&core).await;
    let start = told(&core, "core.start", 1).await.remove(0);
    assert_eq!(start["detail"], json!({ "version": env!("CARGO_PKG_VERSION"), "system": null }));
    assert_eq!((&start["door"], &start["outcome"]), (&json!("core"), &json!("ok")), "{start}");
    // It has a signed checkpoint of the record, word by word.
    let anchor = told(&core, "record.checkpoint", 1).await.remove(0)["detail"].clone();
    let log = anchor["log"].as_str().unwrap();
    assert!(log.ends_with("/default/record") && note.starts_with(&format!("{log}\n")), "{anchor}");
    assert_eq!(anchor["size"].as_u64(), Some(size_of(anchor["note"].as_str().unwrap())));
    let earlier = core.file("earlier.checkpoint");
    fs::write(&earlier, anchor["note"].as_str().unwrap()).unwrap();
    core.token("bot", &[]).await;
    signed(&core).await;
    let record = crate::record::export(&core, "record").await;
    assert!(verify(&core, &record, &["--checkpoint", earlier.to_str().unwrap()]).await.0);

    // What is told in the record is told here, too, under the same id; what agents and administrators do is not.
    assert_eq!(core.events(|event| event["kind"] == "core.start").await[0]["id"], start["id"]);
    let all = core.run(&["events", "--log", "system", "--json", "--all"]).await.stdout;
    assert!(!all.contains("agent.add") && !all.contains("bot"), "{all}");
    let followed = core.run(&["audit", "search", "--log", "system", "--payload", "x"]).await;
    assert_ne!(followed.code, 0, "{followed:?}");

    // It has a key of its own, which can be changed, and is checked as the record is.
    let rotated = core.json(&["audit", "rotate-key", "--log", "system", "--json"]).await;
    let entry = told(&core, "record.key_rotated", 1).await.remove(0);
    assert_eq!(entry["detail"]["key"], rotated["key"]);
    let signed_by_both = eventually("both keys sign", async || {
        let note = core.run(&["audit", "checkpoint", "--log", "system"]).await.stdout;
        (note.lines().filter(|line| line.starts_with("— ")).count() == 2).then_some(note)
    })
    .await;
    assert!(signed_by_both.lines().next().unwrap().ends_with("/system/record"), "{signed_by_both}");
    let system = core.file("system-export");
    core.peta(&["audit", "export", "--log", "system", "--out", system.to_str().unwrap()]).await;
    assert!(verify(&core, &system, &[]).await.0 && verify_in_python(&system, &[]).await);
    let keys = |folder: &Path| fs::read_to_string(folder.join("keys")).unwrap();
    assert_eq!(keys(&system).lines().count(), 2);
    assert!(!keys(&system).lines().any(|line| keys(&record).contains(line)));
    let id = start["id"].as_str().unwrap();
    let shown = core.json(&["audit", "show", id, "--log", "system", "--json"]).await;
    assert_eq!(shown["kind"], "core.start");
    let proof = core.file("start.proof");
    core.peta(&["audit", "prove", id, "--log", "system", "--out", proof.to_str().unwrap()]).await;
    assert!(fs::read_to_string(proof).unwrap().contains("/system/record\n"));
    let exports = core.events(|event| event["kind"] == "audit.report").await;
    let of: Vec<&Value> = exports.iter().map(|event| &event["detail"]["log"]).collect();
    assert_eq!(of, [&Value::Null, &json!("system")], "which log was taken is on record");
    let wrong = core.run(&["audit", "show", "2", "--log", "system", "--payload"]).await;
    assert!(wrong.code != 0 && wrong.stderr.contains("nothing that was said"), "{wrong:?}");
    let wrong = core.run(&["audit", "export", "--log", "system", "--subject", "ada", "--out", "x"]).await;
    assert!(wrong.code != 0 && wrong.stderr.contains("about nobody"), "{wrong:?}");
    // One byte of it is another one.
    let tile = system.join("tile/entries/000.p").read_dir().unwrap().next().unwrap().unwrap().path();
    let mut bytes = fs::read(&tile).unwrap();
    bytes[40] ^= 1;
    fs::write(&tile, bytes).unwrap();
    assert!(!verify(&core, &system, &[]).await.0 && !verify_in_python(&system, &[]).await);

    // A stop in good order is told, and the next start says what was signed of it.
    assert_eq!(core.stop().await, 0);
    let core = Setup::again(&core).start().await;
    assert_eq!(told(&core, "core.stop", 1).await.len(), 1);
    let again = core.events(|event| event["kind"] == "core.start").await.pop().unwrap();
    let last = &again["detail"]["system"];
    assert!(last["log"].as_str().unwrap().ends_with("/system/record") && last["note"].is_string(), "{again}");
}

#[tokio::test]
async fn neither_log_is_put_back_without_the_other() {
    let mut core = Setup::new().start().await;
    signed(&core).await;
    told(&core, "record.checkpoint", 1).await;
    // A stop keeps what was signed of each log apart from it.
    assert_eq!(core.stop().await, 0);
    let (data, backup) = (core.file("data"), core.file("backup"));
    copy(&data, &backup);
    let mut core = Setup::again(&core).start().await;
    core.token("late", &[]).await;
    signed(&core).await;
    told(&core, "record.checkpoint", 2).await;
    assert_eq!(core.stop().await, 0);
    let newest = core.file("newest");
    copy(&data, &newest);

    let put = |folder: &str, from: &Path| {
        fs::remove_dir_all(data.join(folder)).unwrap();
        copy(&from.join(folder), &data.join(folder));
    };
    put("record", &backup);
    let refused = Setup::again(&core).refused().await;
    let says = |wanted: &[&str]| wanted.iter().all(|part| refused.stderr.contains(part));
    assert!(says(&["P6004", "the record is not what was signed", "system/record.checkpoint"]), "{refused:?}");
    put("record", &newest);

    for gone in [false, true] {
        if gone {
            fs::remove_dir_all(data.join("system")).unwrap();
        } else {
            put("system", &backup);
        }
        let refused = Setup::again(&core).refused().await;
        let says = |wanted: &[&str]| wanted.iter().all(|part| refused.stderr.contains(part));
        assert!(says(&["P6004", "the log `system` is not what was signed", "the database"]), "{refused:?}");
    }
    let forked = Setup::again(&core).run(&["audit", "fork", "--reason", "it was deleted"]).await;
    assert!(forked.code == 0 && forked.stdout.contains("/system/record-2"), "{forked:?}");
    let core = Setup::again(&core).start().await;
    let first = told(&core, "record.forked", 1).await.remove(0);
    assert_eq!((&first["sequence"], &first["detail"]["reason"]), (&json!(1), &json!("it was deleted")), "{first}");
    // The record goes on as it was.
    assert!(core.events(|event| event["kind"] == "record.forked").await.is_empty());
    assert_eq!(core.events(|event| event["kind"] == "agent.add").await.len(), 1);
}

/// What becomes of the record is told in a log that goes on.
#[tokio::test]
async fn a_record_that_was_left_is_told_of_in_the_other_log() {
    let mut core = Setup::new().start().await;
    signed(&core).await;
    assert_eq!(core.stop().await, 0);
    fs::remove_dir_all(core.file("data").join("record")).unwrap();
    let refused = Setup::again(&core).refused().await;
    assert!(refused.stderr.contains("P6004"), "{refused:?}");
    // There is nothing to put aside, but for what the attempt to start made.
    let forked = Setup::again(&core).run(&["audit", "fork", "--reason", "somebody deleted it"]).await;
    assert_eq!(forked.code, 0, "{forked:?}");
    let core = Setup::again(&core).start().await;
    let told = told(&core, "record.forked", 1).await.remove(0);
    let told_there = core.events(|event| event["kind"] == "record.forked").await.remove(0);
    assert_eq!((&told["id"], &told["detail"]), (&told_there["id"], &told_there["detail"]));
}
