//! What the record has kept long enough goes, by a person's act or by itself; what is left is as whole as before, for auditors
//! who kept a checkpoint, too, and nobody can say "expired" of what has vanished.

use std::{fs, path::PathBuf};

use peta_testkit::{Core, Setup, Value, eventually, json};

use crate::{
    house::{Solo, Way},
    record::{export, files, signed, verify, verify_in_python},
};

const SMALL: &str = "[record]\nsegment = \"16KiB\"";

/// A record of several files.
async fn lived(setup: Setup) -> Solo {
    let solo = Solo::on(setup, Way::Stdio, &[], &[]).await;
    for _ in 0..400 {
        solo.agent.call("echo", "{}").await;
    }
    assert!(logs(&solo.core).len() > 4, "{:?}", logs(&solo.core));
    signed(&solo.core).await;
    solo
}

fn logs(core: &Core) -> Vec<String> {
    let there = fs::read_dir(core.file("data/record")).unwrap().flatten();
    let mut names: Vec<String> = there.map(|entry| entry.file_name().into_string().unwrap()).collect();
    names.retain(|name| name.ends_with(".log"));
    names.sort();
    names
}

/// The newest event's time: all that is older may go.
async fn newest(core: &Core) -> String {
    core.events(|_| true).await.last().unwrap()["time"].as_str().unwrap().to_owned()
}

/// Waits until files have gone, and gives the number of the last entry in them.
async fn gone(core: &Core) -> u64 {
    eventually("files go", || async move {
        let first = logs(core).remove(0);
        let first: u64 = first.trim_end_matches(".log").parse().unwrap();
        (first > 1).then_some(first - 1)
    })
    .await
}

#[tokio::test]
async fn what_expired_is_told_from_what_vanished() {
    let solo = lived(Setup::new().config(SMALL)).await;
    let core = &solo.core;
    let (kept, keys) = (core.file("kept.checkpoint"), core.file("log.keys"));
    fs::write(&kept, signed(core).await).unwrap();
    let whole = export(core, "whole").await;
    fs::copy(whole.join("keys"), &keys).unwrap();
    let before = newest(core).await;
    // What tells of the expiry is to stand in a later bundle than the last that expires: of that one a part is gone.
    for _ in 0..150 {
        solo.agent.call("echo", "{}").await;
    }
    signed(core).await;
    let there = logs(core);
    let expire = ["audit", "expire", "--before", before.as_str()];

    // A hold stops it, for whomever it is.
    core.peta(&["audit", "hold", "add", "case-1", "--person", "ada", "--reason", "a court asks"]).await;
    let held = core.run(&expire).await;
    assert!(held.code == 1 && held.stderr.contains("P7008") && held.stderr.contains("`case-1`"), "{held:?}");
    let told = core.events(|event| event["kind"] == "record.expiry_held").await;
    assert_eq!((told.len(), &told[0]["detail"]["holds"], &told[0]["outcome"]), (1, &json!(1), &json!("refused")));
    assert!(core.peta(&["doctor"]).await.contains("the legal hold `case-1` keeps the record"));
    core.peta(&["audit", "hold", "remove", "case-1"]).await;
    let late = core.run(&["audit", "expire", "--before", "2999-01-01T00:00:00Z"]).await;
    assert!(late.code == 1 && late.stderr.contains("has not come yet"), "{late:?}");
    let early = core.peta(&["audit", "expire", "--before", "2001-01-01T00:00:00Z"]).await;
    assert!(early.contains("no whole file of the record is older"), "{early}");

    let would = core.json(&[&expire[..], &["--dry-run", "--json"]].concat()).await;
    assert_eq!((&would["done"], &would["from"], logs(core).len()), (&json!(false), &json!(1), there.len()), "{would}");
    let done = core.peta(&expire).await;
    assert!(done.contains("entries 1 to ") && done.contains("have expired: event "), "{done}");
    let to = gone(core).await;
    assert_eq!(json!(to), would["to"]);
    let told = core.events(|event| event["kind"] == "record.expired").await;
    assert_eq!((told.len(), &told[0]["detail"]["to"]), (1, &json!(to)), "{told:?}");
    assert_eq!(core.events(|event| event["kind"] == "audit.expire" && event["outcome"] == "ok").await.len(), 2);

    // What is gone is refused in words; what is left is there.
    for words in [&["audit", "show", "2"][..], &["audit", "prove", "2", "--out", "x.proof"]] {
        let refused = core.run(words).await;
        let says = refused.stderr.contains("P6030") && refused.stderr.contains("its hash is still in the tree");
        assert!(refused.code == 1 && says, "{refused:?}");
    }
    let left = core.events(|event| event["capability"] == "echo").await;
    assert!(left.iter().all(|event| event["sequence"].as_u64().unwrap() > to) && left.len() > 10, "{}", left.len());
    signed(core).await;
    let proof = core.file("left.proof");
    let oldest = left[0]["sequence"].to_string();
    core.peta(&["audit", "prove", &oldest, "--out", proof.to_str().unwrap()]).await;

    // An auditor who kept a checkpoint from before sees that it is one log, and what has expired.
    let folder = export(core, "pruned").await;
    let given = ["--keys", keys.to_str().unwrap(), "--checkpoint", kept.to_str().unwrap()];
    let (intact, line) = verify(core, &folder, &given).await;
    assert!(intact && line.contains(&format!("the log tells it of the first {to})")), "{line}");
    assert!(verify_in_python(&folder, &given).await);
    assert!(!folder.join("left-out").exists());
    // Who drops a bundle that has not expired is found out by both, and so is who drops the entry that tells of it.
    let bundles = files(&folder.join("tile/entries"));
    for bundle in &bundles {
        let bytes = fs::read(bundle).unwrap();
        fs::remove_file(bundle).unwrap();
        let (intact, line) = verify(core, &folder, &given).await;
        assert!(!intact && line.contains("it is missing"), "{}: {line}", bundle.display());
        assert!(!verify_in_python(&folder, &given).await);
        fs::write(bundle, bytes).unwrap();
    }
    assert!(!bundles.is_empty());
    // A part of it, and one person's, are parts.
    let part = core.file("part");
    core.peta(&["audit", "export", "--out", part.to_str().unwrap(), "--from", "2001-01-01T00:00:00Z"]).await;
    assert!(verify(core, &part, &given).await.0 && verify_in_python(&part, &given).await);

    // After a kill it goes on.
    let mut core = solo.core;
    core.kill().await;
    let core = Setup::again(&core).config(SMALL).start().await;
    core.token("late", &[]).await;
    signed(&core).await;
    let folder = export(&core, "later").await;
    let (intact, line) = verify(&core, &folder, &given).await;
    assert!(intact && line.contains("expired to their hashes"), "{line}");
    assert!(core.events(|event| event["kind"] == "record.damaged").await.is_empty());
}

#[tokio::test]
async fn what_is_kept_long_enough_goes_by_itself() {
    let mut solo = lived(Setup::new().config(SMALL)).await;
    let note = signed(&solo.core).await;
    let there = logs(&solo.core);
    assert_eq!(solo.core.stop().await, 0);
    // More than a bundle in a file that stays, for what tells of the expiry to stand in one that is whole.
    let mut more = Setup::again(&solo.core).start().await;
    let agent = more.open("later", &["fix"], "/mcp/fix").await;
    for _ in 0..150 {
        agent.call("echo", "{}").await;
    }
    assert_eq!(more.stop().await, 0);
    let kept = solo.core.file("kept.checkpoint");
    fs::write(&kept, note).unwrap();
    // By the time it is looked at, all but what this start writes is older than that.
    let core = Setup::again(&more).config("[record]\nkeep = \"1s\"").start().await;
    let to = gone(&core).await;
    assert!(logs(&core).len() < there.len());
    let told = core.events(|event| event["kind"] == "record.expired").await;
    assert_eq!(told[0]["detail"]["to"], json!(to), "{told:?}");
    let report = core.json(&["audit", "report", "retention", "--json"]).await;
    let kept_for: Vec<&Value> = report["kept"].as_array().unwrap().iter().filter(|row| row["seconds"] == 1).collect();
    assert_eq!(kept_for.len(), 1, "{report}");
    assert!(core.peta(&["doctor"]).await.contains(&format!("kept for 1s; entries up to {to} have expired")));
    signed(&core).await;
    let folder: PathBuf = export(&core, "export").await;
    let given = ["--checkpoint", kept.to_str().unwrap()];
    let (intact, line) = verify(&core, &folder, &given).await;
    assert!(intact && line.contains("expired to their hashes"), "{line}");
    assert!(verify_in_python(&folder, &given).await);
}
