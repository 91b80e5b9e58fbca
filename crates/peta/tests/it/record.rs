//! The record as an auditor has it: exported, checked by hands that are not ours, proven entry by entry; and what becomes of
//! a record that is put back, changed, or of a person who is to be forgotten.

use std::{
    fs,
    path::{Path, PathBuf},
};

use http::Method;
use peta_testkit::{Core, Setup, Value, command, eventually, finish, json, peers};

use crate::house::{Solo, Way};

/// The file that stands for somebody else's machine.
fn witness(core: &Core) -> PathBuf {
    core.file("witness.checkpoint")
}

/// Waits until a checkpoint speaks of everything that is written now, and gives it.
pub(crate) async fn signed(core: &Core) -> String {
    let last = core.events(|_| true).await.iter().map(|event| event["sequence"].as_u64().unwrap()).max().unwrap_or(0);
    eventually("a checkpoint of all of it", || async move {
        let ran = core.run(&["audit", "checkpoint"]).await;
        let size: u64 = ran.stdout.lines().nth(1).and_then(|line| line.parse().ok()).unwrap_or(0);
        // An ending has a number of its own.
        (ran.code == 0 && size > last).then_some(ran.stdout)
    })
    .await
}

pub(crate) async fn export(core: &Core, name: &str) -> PathBuf {
    let folder = core.file(name);
    core.peta(&["audit", "export", "--out", folder.to_str().unwrap()]).await;
    folder
}

/// What `peta audit verify` says: whether it is intact, and the line.
pub(crate) async fn verify(core: &Core, folder: &Path, more: &[&str]) -> (bool, String) {
    let folder = folder.to_str().unwrap();
    let ran = core.run(&[&["audit", "verify", folder], more].concat()).await;
    assert!(matches!(ran.code, 0 | 1) && ran.stdout.lines().count() == 1, "{ran:?}");
    (ran.code == 0, ran.stdout)
}

/// The same by the Python in examples/.
pub(crate) async fn verify_in_python(folder: &Path, more: &[&str]) -> bool {
    let mut python = command(&peers().join(".venv/bin/python"));
    python.arg(peers().join("../../examples/verify/verify.py")).args(more).arg(folder);
    let ran = finish("verify.py", python).await;
    assert!(matches!(ran.code, 0 | 1), "{ran:?}");
    ran.code == 0
}

pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).unwrap().flatten() {
        if entry.path().is_dir() { all.extend(files(&entry.path())) } else { all.push(entry.path()) }
    }
    all
}

pub(crate) fn copy(from: &Path, to: &Path) {
    for file in files(from) {
        let beside = to.join(file.strip_prefix(from).unwrap());
        fs::create_dir_all(beside.parent().unwrap()).unwrap();
        fs::copy(&file, beside).unwrap();
    }
}

/// A server, an agent of Ada's that called it, and some acts.
async fn lived() -> Solo {
    lived_on(Setup::new()).await
}

async fn lived_on(setup: Setup) -> Solo {
    let solo = Solo::on(setup, Way::Stdio, &[], &[]).await;
    let token =
        solo.core.peta(&["agent", "add", "lovelace-bot", "--user", "ada.lovelace", "--grant", "fix", "--quiet"]).await;
    let mut agent = solo.core.agent("/mcp/fix", token.trim());
    agent.open().await;
    agent.call("echo", r#"{"a":1}"#).await;
    agent.result("resources/read", r#"{"uri":"test://static-text"}"#).await;
    agent.call_error("sell everything of lovelace's", "{}").await;
    solo
}

#[tokio::test]
async fn an_export_is_intact_for_everybody_and_a_changed_one_for_nobody() {
    let solo = lived().await;
    let core = &solo.core;
    let kept = core.file("kept.checkpoint");
    fs::write(&kept, signed(core).await).unwrap();
    solo.agent.call("echo", r#"{"a":2}"#).await;
    signed(core).await;
    let folder = export(core, "export").await;
    let keys = core.file("log.keys");
    fs::copy(folder.join("keys"), &keys).unwrap();
    let given = ["--keys", keys.to_str().unwrap(), "--checkpoint", kept.to_str().unwrap()];
    let (intact, line) = verify(core, &folder, &given).await;
    assert!(intact, "{line}");
    assert!(verify_in_python(&folder, &given).await);

    // Entries are canonical JSON, and say nothing of who it was or what was typed.
    let mut entries = 0;
    for file in files(&folder.join("tile/entries")) {
        let bytes = fs::read(file).unwrap();
        let mut rest = &bytes[..];
        while let Some((length, behind)) = rest.split_first_chunk::<2>() {
            let (entry, behind) = behind.split_at(usize::from(u16::from_be_bytes(*length)));
            let text = std::str::from_utf8(entry).unwrap();
            let read: std::collections::BTreeMap<String, Value> = serde_json::from_str(text).unwrap();
            assert_eq!(serde_json::to_string(&read).unwrap(), text);
            for private in ["lovelace", "static-text", "sell"] {
                assert!(!text.contains(private), "{private}: {text}");
            }
            entries += 1;
            rest = behind;
        }
    }
    assert!(line.contains(&format!("{entries} entries")), "{line}");

    // One byte, anywhere: both say so, and ours says where.
    for file in files(&folder) {
        let whole = fs::read(&file).unwrap();
        let name = file.strip_prefix(&folder).unwrap().to_str().unwrap();
        if name == "keys" {
            continue;
        }
        for at in [0, whole.len() / 2, whole.len() - 1] {
            let mut other = whole.clone();
            other[at] ^= 1;
            fs::write(&file, other).unwrap();
            let (intact, line) = verify(core, &folder, &given).await;
            // Of an entry and its hash it cannot be told which was changed.
            let told = line.contains(name) || name.starts_with("tile/0/") && line.contains("its tile says");
            assert!(!intact && told, "{name} {at}: {line}");
            assert!(!verify_in_python(&folder, &given).await, "{name} {at}");
        }
        fs::write(&file, whole).unwrap();
    }
    // The key of another log is good for nothing.
    let other = Core::start().await;
    signed(&other).await;
    let foreign = export(&other, "export").await.join("keys");
    let (intact, line) = verify(core, &folder, &["--keys", foreign.to_str().unwrap()]).await;
    assert!(!intact && line.contains("checkpoint: no key of"), "{line}");
}

#[tokio::test]
async fn a_part_of_the_time_holds_the_entries_of_that_time() {
    let solo = lived().await;
    let core = &solo.core;
    for _ in 0..300 {
        solo.agent.call("echo", "{}").await;
    }
    signed(core).await;
    let calls = core.events(|event| event["kind"] == "tool_call").await;
    let middle = calls[calls.len() - 5]["time"].as_str().unwrap().to_owned();
    let folder = core.file("late");
    core.peta(&["audit", "export", "--out", folder.to_str().unwrap(), "--from", &middle]).await;
    let (intact, line) = verify(core, &folder, &[]).await;
    assert!(intact && line.contains("left out of this export") && !line.contains("expired"), "{line}");
    assert!(verify_in_python(&folder, &[]).await);
    // What is missing and is not named is missing.
    let named = fs::read(folder.join("left-out")).unwrap();
    fs::remove_file(folder.join("left-out")).unwrap();
    let (intact, line) = verify(core, &folder, &[]).await;
    assert!(!intact && line.contains("tile/entries/000, entry 0: it is missing"), "{line}");
    assert!(!verify_in_python(&folder, &[]).await);
    fs::write(folder.join("left-out"), named).unwrap();
    assert!(!folder.join("tile/entries/000").exists() && folder.join("tile/0/000").exists());
    // A folder that is in use is not written into.
    let ran = core.run(&["audit", "export", "--out", folder.to_str().unwrap()]).await;
    assert_eq!((ran.code, ran.stderr.contains("is not empty")), (2, true), "{ran:?}");
}

/// What somebody may have who asks what is on record of them.
#[tokio::test]
async fn one_persons_part_is_exported_with_its_names() {
    let solo = lived().await;
    let core = &solo.core;
    solo.agent.call("echo", r#"{"a":3}"#).await;
    signed(core).await;
    let folder = core.file("hers");
    let out = folder.to_str().unwrap();
    core.peta(&["audit", "export", "--out", out, "--subject", "ada.lovelace"]).await;
    let text = fs::read_to_string(folder.join("subject.jsonl")).unwrap();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let (about, lines): (Vec<Value>, Vec<Value>) =
        lines.into_iter().partition(|line| line["event"]["agent_id"].is_null());
    // What was done about her, and no act about anybody else.
    let made =
        |line: &Value| line["event"]["kind"] == "agent.add" && line["event"]["detail"]["agent"] == "lovelace-bot";
    assert!(about.iter().any(made) && about.iter().all(|line| line["event"]["kind"] != "server.add"), "{text}");
    assert_eq!(about.iter().filter(|line| line["event"]["kind"] == "agent.add").count(), 1, "{text}");
    let hers = core.events(|event| event["user"] == "ada.lovelace" && event["agent"].is_string()).await;
    assert!(hers.len() >= 4 && lines.len() == hers.len(), "{text}");
    for line in &lines {
        let event = &line["event"];
        assert_eq!(
            (&event["user"], &line["place"]),
            (&json!("ada.lovelace"), &json!(event["sequence"].as_u64().unwrap() - 1))
        );
    }
    assert!(text.contains("test://static-text"), "{text}");
    let told = core.events(|event| event["kind"] == "audit.report").await;
    let asked: Vec<_> =
        told.iter().map(|event| (&event["detail"]["report"], &event["detail"]["filters"]["user"])).collect();
    assert_eq!(asked, [(&json!("export"), &json!("ada.lovelace"))]);
    let (intact, line) = verify(core, &folder, &[]).await;
    assert!(intact && line.contains(&format!("{0} events of one person, {0} opened", text.lines().count())), "{line}");
    assert!(verify_in_python(&folder, &[]).await);
    any_change_of_a_line_is_found(core, &folder, &text).await;
    let nobody = core.file("nobody");
    let ran = core.run(&["audit", "export", "--out", nobody.to_str().unwrap(), "--subject", "nobody"]).await;
    assert_eq!((ran.code, ran.stderr.contains("P7003")), (1, true), "{ran:?}");
}

/// Nor says what is there that it was hers.
#[tokio::test]
async fn of_who_was_erased_no_export_is_made() {
    let solo = lived().await;
    let core = &solo.core;
    signed(core).await;
    core.peta(&["agent", "revoke", "lovelace-bot"]).await;
    core.peta(&["audit", "erase", "ada.lovelace"]).await;
    let hers = core.file("hers");
    let ran = core.run(&["audit", "export", "--out", hers.to_str().unwrap(), "--subject", "ada.lovelace"]).await;
    assert!(ran.code == 1 && ran.stderr.contains("of who was erased nothing opens any more"), "{ran:?}");
    assert!(!hers.join("subject.jsonl").exists());
}

/// In what is opened, and in what the event shows of it.
async fn any_change_of_a_line_is_found(core: &Core, folder: &Path, text: &str) {
    let file = folder.join("subject.jsonl");
    for (from, to) in [
        (r#""salt":""#, r#""salt":"x"#),
        (r#"\"user\":\"ada"#, r#"\"user\":\"Ada"#),
        (r#""user":"ada"#, r#""user":"Ada"#),
        ("test://static-text", "test://static-texT"),
        (r#""kind":"tool_call""#, r#""kind":"tool_calL""#),
        (r#""time":"20"#, r#""time":"21"#),
        (r#""outcome":"ok""#, r#""outcome":"oK""#),
    ] {
        let other = text.replacen(from, to, 1);
        assert_ne!(other, text, "{from}");
        fs::write(&file, other).unwrap();
        let (intact, line) = verify(core, folder, &[]).await;
        assert!(!intact && line.contains("subject.jsonl, entry "), "{from}: {line}");
        assert!(!verify_in_python(folder, &[]).await, "{from}");
    }
    fs::write(&file, text).unwrap();
}

/// Openings are for whoever asks for them, and in no stream.
#[tokio::test]
async fn openings_of_events_are_given_when_asked_for() {
    let solo = lived().await;
    let core = &solo.core;
    let made = core.json(&["admin", "token", "--role", "auditor", "--json"]).await;
    let token = made["token"].as_str().unwrap();
    let listed = async |query: &str| {
        let reader = peta_testkit::Agent::new(&core.address, &format!("/api/v1/events{query}"), Some(token));
        reader.request(Method::GET).send().await
    };
    let plain = listed("").await;
    assert!(plain.status == 200 && !plain.body.contains("\"opening\""), "{plain:?}");
    let opened = listed("?openings=true").await;
    let events: Value = serde_json::from_str(&opened.body).unwrap();
    let hers = |event: &&Value| event["user"] == "ada.lovelace";
    let hers: Vec<&Value> = events["items"].as_array().unwrap().iter().filter(hers).collect();
    assert!(hers.len() >= 4, "{opened:?}");
    for event in hers {
        let text: Value = serde_json::from_str(event["opening"]["text"].as_str().unwrap()).unwrap();
        assert_eq!((&text["user"], &text["agent"]), (&event["user"], &event["agent"]));
        assert_eq!(event["opening"]["salt"].as_str().map(str::len), Some(64));
    }
    assert_eq!(listed("?openings=true&follow=true").await.status, 400);
}

#[tokio::test]
async fn one_event_is_shown_and_proven() {
    let solo = lived().await;
    let core = &solo.core;
    signed(core).await;
    let call = core.events(|event| event["capability"] == "echo").await.remove(0);
    let (id, number) = (call["id"].as_str().unwrap().to_owned(), call["sequence"].to_string());
    let by_id = core.json(&["audit", "show", &id, "--json"]).await;
    assert_eq!(by_id, core.json(&["audit", "show", &number, "--json"]).await);
    assert_eq!(
        (&by_id["agent"], &by_id["user"], &by_id["place"]),
        (&json!("lovelace-bot"), &json!("ada.lovelace"), &json!(call["sequence"].as_u64().unwrap() - 1))
    );
    let text = core.peta(&["audit", "show", &id]).await;
    assert!(text.contains("lovelace-bot") && text.contains("signed") && text.contains("\"what\":\"intent\""), "{text}");

    let proof = core.file("call.proof");
    core.peta(&["audit", "prove", &id, "--out", proof.to_str().unwrap()]).await;
    let outcome = core.file("call.proof.outcome");
    for (file, place) in [(&proof, &by_id["place"]), (&outcome, &by_id["outcome_place"])] {
        let text = fs::read_to_string(file).unwrap();
        assert!(
            text.starts_with("c2sp.org/tlog-proof@v1\nextra ") && text.contains(&format!("\nindex {place}\n")),
            "{text}"
        );
    }
    let ran = core.run(&["audit", "prove", "4000000", "--out", proof.to_str().unwrap()]).await;
    assert_eq!((ran.code, ran.stderr.contains("P7003")), (1, true), "{ran:?}");
}

/// T57: an older state of everything that Core has is put back; who kept a checkpoint sees it.
#[tokio::test]
async fn rollback_is_seen() {
    let mut solo = lived().await;
    let place = format!("file:{}", witness(&solo.core).display());
    solo.core.peta(&["audit", "witness", "add", "auditor", "--to", &place]).await;
    signed(&solo.core).await;
    assert_eq!(solo.core.stop().await, 0);
    let (data, backup) = (solo.core.file("data"), solo.core.file("backup"));
    copy(&data, &backup);

    let mut core = Setup::again(&solo.core).start().await;
    core.token("late", &["fix"]).await;
    let newest = signed(&core).await;
    let listed = core.json(&["audit", "witness", "list", "--json"]).await;
    assert_eq!((&listed[0]["name"], listed[0]["size"].is_u64()), (&json!("auditor"), true), "{listed}");
    eventually("the witness has it", || {
        let has = fs::read_to_string(witness(&core)).unwrap() == newest;
        async move { has.then_some(()) }
    })
    .await;
    assert_eq!(core.stop().await, 0);
    let fork = ["audit", "fork", "--reason", "the disk was put back"];
    let whole = Setup::again(&core).run(&fork).await;
    assert_eq!((whole.code, whole.stderr.contains("nothing is wrong")), (1, true), "{whole:?}");

    fs::remove_dir_all(&data).unwrap();
    copy(&backup, &data);
    let refused = Setup::again(&core).refused().await;
    assert!(
        refused.code != 0 && refused.stderr.contains("P6004") && refused.stderr.contains("witness.checkpoint"),
        "{refused:?}"
    );
    // What is there stays as it is.
    assert_eq!(
        fs::read(data.join("record/00000000000000000001.log")).unwrap(),
        fs::read(backup.join("record/00000000000000000001.log")).unwrap()
    );

    let forked = Setup::again(&core).run(&fork).await;
    assert_eq!(forked.code, 0, "{forked:?}");
    let core = Setup::again(&core).start().await;
    let first = core.events(|event| event["kind"] == "record.forked").await.remove(0);
    let detail = &first["detail"];
    assert_eq!((&first["sequence"], &detail["reason"]), (&json!(1), &json!("the disk was put back")), "{first}");
    assert!(detail["found"].as_str().unwrap().contains("witness.checkpoint"), "{first}");
    assert!(
        detail["old"]["size"].as_u64().unwrap() > 3
            && detail["old"]["checkpoint"].as_str().unwrap().contains("/record\n"),
        "{first}"
    );
    let note = signed(&core).await;
    assert!(note.lines().next().unwrap().ends_with("/record-2"), "{note}");
    // What the witness knew of the log that was left is the head that is named, and it stays.
    assert_eq!(detail["known"], json!(newest), "{first}");
    let size = newest.lines().nth(1).unwrap();
    let left = witness(&core).with_file_name(format!("witness.checkpoint.until-{size}"));
    eventually("the witness has the new log's", || {
        let has = fs::read_to_string(witness(&core)).unwrap_or_default().lines().next().map(str::to_owned);
        let new = has.is_some_and(|log| log.ends_with("/record-2"));
        async move { new.then_some(()) }
    })
    .await;
    assert_eq!(fs::read_to_string(left).unwrap(), newest);
    let folder = export(&core, "forked").await;
    let (intact, line) = verify(&core, &folder, &[]).await;
    assert!(intact, "{line}");
    // The old record lies beside it.
    assert!(
        fs::read_dir(&data).unwrap().flatten().any(|entry| entry
            .file_name()
            .to_str()
            .unwrap()
            .starts_with("record-until-"))
    );
}

/// T57: an empty record under whatever name is no way around what a witness knows, and neither is the log before a fork.
#[tokio::test]
async fn a_record_begun_anew_is_seen() {
    let mut solo = lived().await;
    let place = format!("file:{}", witness(&solo.core).display());
    solo.core.peta(&["audit", "witness", "add", "auditor", "--to", &place]).await;
    let newest = signed(&solo.core).await;
    assert_eq!(solo.core.stop().await, 0);
    let (record, backup) = (solo.core.file("data/record"), solo.core.file("backup"));
    copy(&record, &backup);
    let name = newest.lines().next().unwrap();
    let foreign = name.replace("peta-", "peta-0");
    for (origin, code) in [
        (None, "P6004"),
        (Some(name.to_owned()), "P6004"),
        (Some(format!("{name}-2")), "P6002"),
        (Some(foreign), "P6002"),
    ] {
        fs::remove_dir_all(&record).unwrap();
        if let Some(origin) = &origin {
            fs::create_dir_all(record.join("tree")).unwrap();
            fs::write(record.join("tree/origin"), origin).unwrap();
        }
        let refused = Setup::again(&solo.core).refused().await;
        assert!(refused.code != 0 && refused.stderr.contains(code), "{origin:?}: {refused:?}");
    }
    assert_eq!(fs::read_to_string(witness(&solo.core)).unwrap(), newest);
    // A fork of the empty one is a fork: it says what was known. The old record does not come back behind it.
    fs::remove_dir_all(&record).unwrap();
    let forked = Setup::again(&solo.core).run(&["audit", "fork", "--reason", &"x".repeat(100_000)]).await;
    assert_eq!(forked.code, 0, "{forked:?}");
    let mut core = Setup::again(&solo.core).start().await;
    let first = core.events(|event| event["kind"] == "record.forked").await.remove(0);
    assert!(
        first["detail"]["known"] == json!(newest) && first["detail"]["reason"].as_str().unwrap().len() < 1_100,
        "{first}"
    );
    signed(&core).await;
    eventually("the witness has the new log's", || {
        let new = fs::read_to_string(witness(&core)).unwrap_or_default().contains("/record-2\n");
        async move { new.then_some(()) }
    })
    .await;
    assert_eq!(core.stop().await, 0);
    fs::remove_dir_all(&record).unwrap();
    copy(&backup, &record);
    let refused = Setup::again(&core).refused().await;
    assert!(refused.code != 0 && refused.stderr.contains("P6004"), "{refused:?}");
}

/// A witness whose file is gone, or another's, is told of, and what is another's is not written over.
#[tokio::test]
async fn a_lost_checkpoint_is_on_record() {
    let mut core = Core::start().await;
    let place = format!("file:{}", witness(&core).display());
    core.peta(&["audit", "witness", "add", "auditor", "--to", &place]).await;
    signed(&core).await;
    eventually("the witness has it", || {
        let there = witness(&core).exists();
        async move { there.then_some(()) }
    })
    .await;
    assert_eq!(core.stop().await, 0);
    fs::remove_file(witness(&core)).unwrap();
    let mut core = Setup::again(&core).start().await;
    let lost = core.events(|event| event["kind"] == "record.checkpoint_lost").await;
    assert!(lost.len() == 1 && lost[0]["detail"]["witness"] == "auditor" && lost[0]["outcome"] == "failed", "{lost:?}");
    signed(&core).await;
    assert_eq!(core.stop().await, 0);

    let other = Core::start().await;
    let foreign = signed(&other).await;
    fs::write(witness(&core), &foreign).unwrap();
    let core = Setup::again(&core).start().await;
    core.token("late", &[]).await;
    signed(&core).await;
    eventually("it is told in the log", || {
        let told = core.said().contains("a witness did not get the newest checkpoint");
        async move { told.then_some(()) }
    })
    .await;
    assert_eq!(fs::read_to_string(witness(&core)).unwrap(), foreign);
}

/// While the vault is locked, events have a public part alone and nothing is signed; after the unlock all of it is.
#[tokio::test]
async fn what_was_written_while_locked_is_signed_after() {
    let core = Setup::new().config("[vault]\nroot = \"passphrase\"").start().await;
    let passphrase = "correct horse battery staple";
    assert_eq!(core.run_fed(&["vault", "unlock"], passphrase).await.code, 0);
    core.token("open", &[]).await;
    signed(&core).await;
    core.peta(&["vault", "lock"]).await;
    let before = core.peta(&["audit", "checkpoint"]).await;
    let locked = core.run_fed(&["vault", "unlock"], "wrong").await;
    assert_ne!(locked.code, 0, "{locked:?}");
    assert_eq!(core.peta(&["audit", "checkpoint"]).await, before, "nothing is signed");
    assert_eq!(core.run_fed(&["vault", "unlock"], passphrase).await.code, 0);
    signed(&core).await;
    let folder = export(&core, "export").await;
    let (intact, line) = verify(&core, &folder, &[]).await;
    assert!(intact, "{line}");
    let opened = core.events(|event| event["kind"] == "agent.add").await;
    assert_eq!(opened[0]["detail"]["agent"], "open");
    let tried = core.events(|event| event["kind"] == "vault.unlock" && event["outcome"] != "ok").await;
    assert!(!tried.is_empty() && tried[0]["detail"].is_null(), "{tried:?}");
}

/// T57: a record that was changed, cut or lost its tree, entry by entry.
#[tokio::test]
async fn record_mutation() {
    let mut solo = lived().await;
    signed(&solo.core).await;
    solo.core.kill().await;
    let record = solo.core.file("data/record");
    let backup = solo.core.file("backup");
    copy(&record, &backup);
    let segment = record.join("00000000000000000001.log");
    let whole = fs::read(&segment).unwrap();
    let mut core = solo.core;
    for (what, keep) in
        [("the end is gone", whole.len() - 20), ("half of it is gone", whole.len() / 2), ("all is gone", 64)]
    {
        fs::write(&segment, &whole[..keep]).unwrap();
        let refused = Setup::again(&core).refused().await;
        assert!(refused.code != 0 && refused.stderr.contains("P6004"), "{what}: {refused:?}");
        fs::remove_dir_all(&record).unwrap();
        copy(&backup, &record);
    }
    // The checkpoint alone is worth nothing without its tree, and the tree is made again from the record.
    for level in ["level-0", "level-1"] {
        fs::remove_file(record.join("tree").join(level)).ok();
    }
    core = Setup::again(&core).start().await;
    signed(&core).await;
    let folder = export(&core, "export").await;
    assert!(verify(&core, &folder, &[]).await.0);
    core.kill().await;
    // A hash that was changed, or a checkpoint.
    let mut hashes = fs::read(record.join("tree/level-0")).unwrap();
    hashes[40] ^= 1;
    fs::write(record.join("tree/level-0"), hashes).unwrap();
    let refused = Setup::again(&core).refused().await;
    assert!(refused.code != 0 && refused.stderr.contains("P6004"), "{refused:?}");
}

/// What was said in calls, as who may reads it over the network.
async fn said(core: &Core, token: &str) -> String {
    let body = peta_testkit::Agent::new(&core.address, "/api/v1/payloads", Some(token));
    let answer = body.post("{}").send().await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.body
}

/// T60: after an erasure the record is as whole as before, and nothing says who it was.
#[tokio::test]
async fn erasure_everywhere() {
    let mut solo = lived_on(Setup::new().config("[record]\npayloads = \"full\"")).await;
    let core = &solo.core;
    signed(core).await;
    let made = core.json(&["admin", "token", "--role", "payloads", "--json"]).await;
    let reader = made["token"].as_str().unwrap().to_owned();
    // What she read, and that somebody read it.
    assert!(said(core, &reader).await.contains("test://static-text"));
    let before = core.file("before.checkpoint");
    core.peta(&["audit", "checkpoint", "--out", before.to_str().unwrap()]).await;
    let of_ada = core.events(|event| event["user"] == "ada.lovelace").await;
    assert!(of_ada.len() >= 4 && of_ada.iter().any(|event| event["capability"] == "test://static-text"), "{of_ada:?}");

    let way = core.run(&["audit", "erase", "ada.lovelace", "--dry-run"]).await;
    assert!(way.code == 1 && way.stderr.contains("the agent `lovelace-bot`"), "{way:?}");
    core.peta(&["agent", "revoke", "lovelace-bot"]).await;
    core.peta(&["audit", "hold", "add", "case-1", "--person", "ada.lovelace", "--reason", "a court asks"]).await;
    let held = core.run(&["audit", "erase", "ada.lovelace"]).await;
    assert!(held.code == 1 && held.stderr.contains("case-1") && held.stderr.contains("P7008"), "{held:?}");
    core.peta(&["audit", "hold", "remove", "case-1"]).await;
    let would = core.peta(&["audit", "erase", "ada.lovelace", "--dry-run"]).await;
    assert!(would.contains("nothing was done"), "{would}");
    let done = core.json(&["audit", "erase", "ada.lovelace", "--json"]).await;
    assert_eq!((&done["done"], done["backups_end"].is_string()), (&json!(true), true), "{done}");

    // What was said is there, and opens for nobody.
    let lost = said(core, &reader).await;
    assert!(!lost.contains("test://static-text") && lost.matches("P6040").count() >= 4, "{lost}");
    // The events stand, and say nothing of her.
    let all = core.events(|_| true).await;
    let text = serde_json::to_string(&all).unwrap();
    assert!(!text.contains("lovelace") && !text.contains("static-text") && !text.contains("sell everything"), "{text}");
    let same: Vec<&Value> = all.iter().filter(|event| of_ada.iter().any(|old| old["id"] == event["id"])).collect();
    assert_eq!(same.len(), of_ada.len());
    assert!(
        all.iter().any(|event| event["kind"] == "audit.erase"
            && event["reasons"][0] == json!(format!("subject/{}", done["subject"].as_str().unwrap()))),
        "{text}"
    );
    let again = core.run(&["audit", "erase", "ada.lovelace"]).await;
    assert!(again.code == 1 && again.stderr.contains("P7003"), "{again:?}");

    // The record begins with what it was before.
    signed(core).await;
    let folder = export(core, "export").await;
    let (intact, line) = verify(core, &folder, &["--checkpoint", before.to_str().unwrap()]).await;
    assert!(intact, "{line}");
    assert_eq!(solo.core.stop().await, 0);
    for file in files(&solo.core.file("data")) {
        let bytes = fs::read(&file).unwrap();
        for gone in ["lovelace", "sell everything"] {
            assert!(!bytes.windows(gone.len()).any(|window| window == gone.as_bytes()), "{gone} in {}", file.display());
        }
    }
}
