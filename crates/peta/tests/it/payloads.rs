//! What was said in calls, kept where somebody wants it: who reads it, what of it is kept, that each reading is on record, and
//! that nothing of it stands anywhere else.

use std::{
    fs,
    path::{Path, PathBuf},
};

use aws_lc_rs::digest::{SHA256, digest};
use peta_testkit::{
    Agent, Core, Ran, Setup, Value, chaos::Wall, command, eventually, finish, json, peers, peta_program,
};

use crate::house::{Solo, Way};

const WORDS: &str = r#"{ "to":"Grace Hopper", "amount": 12.50, "flags":[true,null,"x"] }"#;

fn keeping(word: &str) -> Setup {
    Setup::new().config(&format!("[record]\npayloads = \"{word}\""))
}

/// A token of this role.
async fn token(core: &Core, role: &str) -> String {
    let made = core.json(&["admin", "token", "--role", role, "--json"]).await;
    made["token"].as_str().unwrap().to_owned()
}

/// The command line of somebody with a token.
async fn by(core: &Core, token: &str, words: &[&str]) -> Ran {
    let mut peta = command(&peta_program());
    peta.args(words).env("PETA_URL", core.url("")).env("PETA_TOKEN", token);
    finish("peta with a token", peta).await
}

async fn read(core: &Core, token: &str, words: &[&str]) -> Value {
    let ran = by(core, token, words).await;
    assert_eq!(ran.code, 0, "{words:?}: {ran:?}");
    serde_json::from_str(&ran.stdout).unwrap()
}

/// The newest event of this kind that has ended, read with what was said in it.
async fn newest(core: &Core, token: &str, kind: &str) -> Value {
    let event = eventually("the event has ended", || async {
        let ended = core.events(|event| event["kind"] == kind && event["outcome"].is_string()).await;
        ended.into_iter().max_by_key(|event| event["sequence"].as_u64())
    })
    .await;
    read(core, token, &["audit", "show", event["id"].as_str().unwrap(), "--payload", "--json"]).await
}

/// An agent that acts for Ada.
async fn of_ada(core: &Core) -> Agent {
    let token = core.peta(&["agent", "add", "ada-bot", "--user", "ada.lovelace", "--grant", "fix", "--quiet"]).await;
    let mut agent = core.agent("/mcp/fix", token.trim());
    agent.open().await;
    agent
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.path().is_dir() { all.extend(files(&entry.path())) } else { all.push(entry.path()) }
    }
    all
}

#[tokio::test]
async fn what_was_said_is_for_one_role_and_each_reading_is_an_event() {
    let solo = Solo::on(keeping("full"), Way::Stdio, &[], &[]).await;
    let core = &solo.core;
    let agent = of_ada(core).await;
    let answer = agent.call("echo", WORDS).await;
    let reader = token(core, "payloads").await;
    let said = newest(core, &reader, "tool_call").await;
    assert_eq!((&said["arguments"]["text"], &said["arguments"]["form"]), (&json!(WORDS), &json!("full")), "{said}");
    assert_eq!((&said["arguments"]["length"], &said["arguments"]["cut"]), (&json!(WORDS.len()), &json!(false)));
    let result: Value = serde_json::from_str(said["result"]["text"].as_str().unwrap()).unwrap();
    assert_eq!(result, answer);
    let id = said["id"].as_str().unwrap();
    let text = by(core, &reader, &["audit", "show", id, "--payload"]).await;
    assert!(text.stdout.contains("Grace Hopper") && text.stdout.contains("arguments"), "{text:?}");

    // Owners, auditors and agents do not; that they tried is on record.
    let auditor = token(core, "auditor").await;
    let owner = token(core, "owner").await;
    for ran in [
        core.run(&["audit", "show", id, "--payload"]).await,
        core.run(&["audit", "search", "--payload", "grace"]).await,
        by(core, &auditor, &["audit", "show", id, "--payload"]).await,
        by(core, &owner, &["audit", "search", "--payload", "grace"]).await,
    ] {
        assert!(ran.code == 1 && ran.stderr.contains("P7002") && !ran.stdout.contains("Hopper"), "{ran:?}");
    }
    // Who reads what was said changes nothing, and reads no servers.
    let ran = by(core, &reader, &["server", "list"]).await;
    assert!(ran.code == 1 && ran.stderr.contains("P7002"), "{ran:?}");

    let found =
        by(core, &reader, &["audit", "search", "--payload", "grace HOPPER", "--user", "ada.lovelace", "--json"]).await;
    assert!(found.stdout.lines().count() == 1 && found.stdout.contains(id), "{found:?}");
    let none = by(core, &reader, &["audit", "search", "--payload", "nobody said this"]).await;
    assert!(none.code == 0 && none.stderr.contains("nothing is recorded that matches"), "{none:?}");

    let read = core.events(|event| event["kind"] == "event.payload" && event["outcome"] == "ok").await;
    assert_eq!(read.len(), 2, "{read:?}");
    assert!(read.iter().all(|event| event["detail"]["event"] == json!(id) && event["role"] == "payloads"), "{read:?}");
    let refused = core.events(|event| event["kind"] == "event.payload" && event["decision"] == "deny").await;
    assert_eq!(refused.len(), 2, "{refused:?}");
    let searches = core.events(|event| event["kind"] == "event.payloads" && event["outcome"] == "ok").await;
    assert!(searches.iter().any(|event| event["detail"]["text"] == "grace HOPPER"), "{searches:?}");
    // A reading concerns whom the event concerned: the two have one subject.
    let subject = |event: &Value| {
        let place = event["sequence"].as_u64().unwrap();
        async move {
            let shown = core.peta(&["audit", "show", &place.to_string()]).await;
            let at = shown.find("\"subject\":\"").unwrap_or_else(|| panic!("{shown}")) + 11;
            shown[at..at + 32].to_owned()
        }
    };
    eventually("the entries are in the tree", || async {
        let head = core.peta(&["audit", "checkpoint"]).await;
        let size: u64 = head.lines().nth(1)?.parse().ok()?;
        (size > read[0]["sequence"].as_u64()?).then_some(())
    })
    .await;
    assert_eq!(subject(&said).await, subject(&read[0]).await);
}

#[tokio::test]
async fn nothing_is_kept_unless_somebody_wants_it_of_one_server_or_of_all() {
    let solo = Solo::new(&[]).await;
    let core = &solo.core;
    let reader = token(core, "payloads").await;
    solo.agent.call("echo", WORDS).await;
    let said = newest(core, &reader, "tool_call").await;
    assert_eq!((&said["arguments"], &said["result"]), (&Value::Null, &Value::Null));
    assert!(!core.data.join("record/payloads").exists());

    core.peta(&["server", "set", "fix", "--payloads", "redacted"]).await;
    let answer = solo.agent.call("echo", WORDS).await;
    let said = newest(core, &reader, "tool_call").await;
    assert_eq!(said["arguments"]["form"], "redacted");
    let outline = r#"{"to":"(12 characters)","amount":12.50,"flags":[true,null,"(1 character)"]}"#;
    assert_eq!((&said["arguments"]["text"], &said["arguments"]["length"]), (&json!(outline), &json!(WORDS.len())));
    let result: Value = serde_json::from_str(said["result"]["text"].as_str().unwrap()).unwrap();
    let inner = &result["structuredContent"]["arguments"];
    assert_eq!(
        (&inner["amount"], &inner["to"]),
        (&answer["structuredContent"]["arguments"]["amount"], &json!("(12 characters)"))
    );
    let shown = core.json(&["server", "show", "fix", "--json"]).await;
    assert_eq!(shown["payloads"], "redacted");
    let report = core.peta(&["audit", "report", "retention"]).await;
    assert!(report.contains("of 1 of 1 servers, sealed") && report.contains("720h00m"), "{report}");
    core.peta(&["server", "set", "fix", "--payloads", "default"]).await;
    let report = core.peta(&["audit", "report", "retention"]).await;
    assert!(report.contains("of no server any more"), "{report}");
    solo.agent.call("echo", WORDS).await;
    assert_eq!(newest(core, &reader, "tool_call").await["arguments"], Value::Null);
    let refused = Setup::new().config("[record]\npayload_limit = \"5 MiB\"").refused().await;
    assert!(refused.stderr.contains("P8005") && refused.stderr.contains("payload_limit"), "{refused:?}");
}

#[tokio::test]
async fn each_kind_of_call_is_kept_and_what_was_refused_is_not() {
    let solo = Solo::on(keeping("full"), Way::Stdio, &[], &[]).await;
    let core = &solo.core;
    let reader = token(core, "payloads").await;
    solo.agent.result("resources/read", r#"{"uri":"test://static-text"}"#).await;
    let said = newest(core, &reader, "resource_read").await;
    assert_eq!(said["arguments"]["text"], r#"{"uri":"test://static-text"}"#);
    assert!(said["result"]["text"].as_str().unwrap().contains("\"contents\""), "{said}");
    solo.agent.result("prompts/get", r#"{"name":"test_simple_prompt"}"#).await;
    let said = newest(core, &reader, "prompt_get").await;
    assert_eq!(said["arguments"]["text"], r#"{"name":"test_simple_prompt"}"#);
    // Without arguments; and what fails says so in its result.
    solo.agent.post(&solo.agent.request_text("tools/call", r#"{"name":"crash"}"#)).send().await;
    let said = newest(core, &reader, "tool_call").await;
    assert_eq!((&said["arguments"]["text"], &said["outcome"]), (&json!("null"), &json!("failed")));
    assert!(said["result"]["text"].as_str().unwrap().contains("P5004"), "{said}");
    // What the judge denies goes nowhere, and nothing of it is kept.
    solo.agent.call_error("no such tool", WORDS).await;
    let said = newest(core, &reader, "tool_call").await;
    assert_eq!((&said["decision"], &said["arguments"], &said["result"]), (&json!("deny"), &Value::Null, &Value::Null));
}

#[tokio::test]
async fn large_ones_are_cut_and_say_how_long_they_were() {
    for way in [Way::Stdio, Way::Http, Way::Sse] {
        let setup = keeping("full").config("payload_limit = \"1 KiB\"");
        let solo = Solo::on(setup, way, &[], &[]).await;
        let core = &solo.core;
        let reader = token(core, "payloads").await;
        let long = format!(r#"{{"bytes":3000000,"é":"{}"}}"#, "é".repeat(2_000));
        let answer = solo.agent.call("huge", &long).await;
        assert_eq!(answer["content"][0]["text"].as_str().unwrap().len(), 3_000_000);
        let said = newest(core, &reader, "tool_call").await;
        for (name, whole) in [("arguments", long.as_str()), ("result", r#"{"content":[{"type":"text","text":"xxx"#)] {
            let kept = said[name]["text"].as_str().unwrap();
            assert!(kept.len() <= 1_024 && kept.len() > 1_020 && said[name]["cut"] == true, "{name}: {kept}");
            assert!(kept.starts_with(whole) || whole.starts_with(kept), "{name}: {kept}");
        }
        assert_eq!(said["arguments"]["length"], json!(long.len()));
        let length = said["result"]["length"].as_u64().unwrap();
        assert!((3_000_000..3_000_200).contains(&length), "{length}");
        // An outline of it is short however long it was.
        core.peta(&["server", "set", "fix", "--payloads", "redacted"]).await;
        solo.agent.call("huge", r#"{"bytes":3000000}"#).await;
        let said = newest(core, &reader, "tool_call").await;
        let kept = said["result"]["text"].as_str().unwrap();
        assert!(kept.contains("(3000000 characters)") && said["result"]["cut"] == false, "{kept}");
        let text = by(core, &reader, &["audit", "show", said["id"].as_str().unwrap(), "--payload"]).await;
        assert!(text.stdout.contains("(3000000 characters)"), "{text:?}");
    }
}

#[tokio::test]
async fn a_secret_is_cut_from_what_is_kept_and_one_that_is_sent_is_not_kept() {
    const SECRET: &str = "s3cr3t-of-the-bank-0123456789abcdef";
    let mut solo = Solo::on(keeping("full"), Way::Stdio, &[], &[]).await;
    let core = &solo.core;
    core.credential("token", "fix", &["--env", "BANK_TOKEN"], SECRET).await;
    let agent = of_ada(core).await;
    let answer = agent.call("env", "{}").await.to_string();
    assert!(answer.contains("BANK_TOKEN") && !answer.contains(SECRET), "{answer}");
    let reader = token(core, "payloads").await;
    let said = newest(core, &reader, "tool_call").await;
    let result: Value = serde_json::from_str(said["result"]["text"].as_str().unwrap()).unwrap();
    assert_eq!(result.to_string(), answer, "as the agent got it");
    agent.call_error("echo", &format!(r#"{{"is it":"{SECRET}"}}"#)).await;
    let said = newest(core, &reader, "tool_call").await;
    assert_eq!((&said["outcome"], &said["arguments"]), (&json!("refused"), &Value::Null), "{said}");
    assert_eq!(solo.core.stop().await, 0);
    for file in files(&solo.core.data) {
        let bytes = fs::read(&file).unwrap();
        assert!(!bytes.windows(SECRET.len()).any(|window| window == SECRET.as_bytes()), "{}", file.display());
    }
}

/// Waits until a checkpoint speaks of everything that is written now.
async fn signed(core: &Core) {
    let last = core.events(|_| true).await.iter().map(|event| event["sequence"].as_u64().unwrap()).max().unwrap_or(0);
    eventually("a checkpoint of all of it", || async move {
        let size: u64 = core.run(&["audit", "checkpoint"]).await.stdout.lines().nth(1)?.parse().ok()?;
        (size > last).then_some(())
    })
    .await;
}

async fn verify(core: &Core, folder: &Path) -> (bool, String) {
    let ran = core.run(&["audit", "verify", folder.to_str().unwrap()]).await;
    let mut python = command(&peers().join(".venv/bin/python"));
    python.arg(peers().join("../../examples/verify/verify.py")).arg(folder);
    let other = finish("verify.py", python).await;
    assert_eq!(ran.code, other.code, "both agree: {ran:?} {other:?}");
    (ran.code == 0, ran.stdout)
}

#[tokio::test]
async fn an_export_holds_what_was_said_and_both_verifiers_check_it() {
    let solo = Solo::on(keeping("full"), Way::Stdio, &[], &[]).await;
    let core = &solo.core;
    let agent = of_ada(core).await;
    agent.call("echo", WORDS).await;
    solo.agent.call("echo", r#"{"n":2}"#).await;
    signed(core).await;
    let reader = token(core, "payloads").await;
    let (plain, folder, hers) = (core.file("plain"), core.file("said"), core.file("hers"));
    core.peta(&["audit", "export", "--out", plain.to_str().unwrap()]).await;
    assert!(!plain.join("payloads").exists());
    let refused = core.run(&["audit", "export", "--out", core.file("no").to_str().unwrap(), "--payloads"]).await;
    assert!(refused.code == 1 && refused.stderr.contains("P7002"), "{refused:?}");
    let ran = by(core, &reader, &["audit", "export", "--out", folder.to_str().unwrap(), "--payloads"]).await;
    assert!(ran.code == 0 && ran.stdout.contains("4 payloads"), "{ran:?}");
    let words = ["audit", "export", "--out", hers.to_str().unwrap(), "--subject", "ada.lovelace", "--payloads"];
    let ran = by(core, &reader, &words).await;
    assert!(ran.code == 0 && ran.stdout.contains("2 payloads"), "{ran:?}");
    assert!(verify(core, &folder).await.0 && verify(core, &hers).await.0);

    let arguments =
        files(&hers.join("payloads")).into_iter().find(|file| file.extension().unwrap() == "arguments").unwrap();
    let whole = fs::read(&arguments).unwrap();
    assert!(
        whole.ends_with(format!("\nfull {}\n{WORDS}", WORDS.len()).as_bytes()),
        "{}",
        String::from_utf8_lossy(&whole)
    );
    for at in [0, 64, 65, whole.len() / 2, whole.len() - 1] {
        let mut other = whole.clone();
        other[at] ^= 1;
        fs::write(&arguments, other).unwrap();
        let (intact, line) = verify(core, &hers).await;
        assert!(
            !intact && line.contains("payloads/") && line.contains("not what the entry commits to"),
            "{at}: {line}"
        );
    }
    fs::write(&arguments, &whole).unwrap();
    // At the place of an entry that commits to nothing, and under a name that is none.
    for name in ["0.arguments", "01.result", "x"] {
        let file = hers.join("payloads").join(name);
        fs::write(&file, &whole).unwrap();
        assert!(!verify(core, &hers).await.0, "{name}");
        fs::remove_file(file).unwrap();
    }
    assert!(verify(core, &hers).await.0);
}

/// T59: no digest that somebody could try guesses against stands anywhere.
#[tokio::test]
async fn no_plain_digests() {
    let mut solo = Solo::on(keeping("full"), Way::Stdio, &[], &[]).await;
    let core = &solo.core;
    let agent = of_ada(core).await;
    let answer = agent.call("echo", WORDS).await;
    solo.agent.call("echo", WORDS).await;
    signed(core).await;
    let reader = token(core, "payloads").await;
    let said = newest(core, &reader, "tool_call").await;
    let folder = core.file("export");
    core.peta(&["audit", "export", "--out", folder.to_str().unwrap()]).await;

    let canonical = serde_json::to_string(&serde_json::from_str::<Value>(WORDS).unwrap()).unwrap();
    let result = said["result"]["text"].as_str().unwrap().to_owned();
    let texts = [
        WORDS.to_owned(),
        canonical,
        "Grace Hopper".to_owned(),
        "\"Grace Hopper\"".to_owned(),
        "grace hopper".to_owned(),
        result,
        answer.to_string(),
        "ada.lovelace".to_owned(),
        "ada-bot".to_owned(),
        "echo".to_owned(),
    ];
    let mut traces = Vec::new();
    for text in &texts {
        let line = format!("full {}\n{text}", text.len());
        for before in ["", "\0", "\u{1}", "peta:commit:v1", "peta:payload:v1", "peta:private:v1"] {
            for said in [text.as_str(), line.as_str()] {
                let of = digest(&SHA256, format!("{before}{said}").as_bytes());
                traces.extend(forms(of.as_ref()));
            }
        }
    }
    // It would be found.
    let planted = core.file("planted");
    fs::create_dir(&planted).unwrap();
    fs::write(planted.join("raw"), digest(&SHA256, WORDS.as_bytes())).unwrap();
    assert!(found_in(&planted, &traces).is_some());
    assert_eq!(solo.core.stop().await, 0);
    for place in [&solo.core.data, &folder] {
        assert_eq!(found_in(place, &traces), None);
    }
}

/// A digest as it could stand: bytes, digits, base64; its beginning is enough.
fn forms(digest: &[u8]) -> Vec<Vec<u8>> {
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    let base64 = peta_verify::base64(digest);
    let start = |text: &str| text.as_bytes()[..16].to_vec();
    vec![
        digest[..8].to_vec(),
        start(&hex),
        start(&hex.to_uppercase()),
        start(&base64),
        start(&base64.replace('+', "-").replace('/', "_")),
    ]
}

fn found_in(folder: &Path, traces: &[Vec<u8>]) -> Option<PathBuf> {
    files(folder).into_iter().find(|file| {
        let bytes = fs::read(file).unwrap();
        let mut eights: std::collections::HashSet<&[u8]> = bytes.windows(8).collect();
        eights.extend(bytes.windows(16));
        traces.iter().any(|trace| eights.contains(trace.as_slice()))
    })
}

/// What is to be kept and cannot be does not happen.
#[tokio::test]
async fn without_a_place_for_it_no_call_is_made() {
    let solo = Solo::on(keeping("full"), Way::Stdio, &[], &[]).await;
    let folder = solo.core.data.join("record/payloads");
    fs::write(&folder, "in the way").unwrap();
    let before = solo.received("tools/call").len();
    let error = solo.agent.call_error("echo", WORDS).await;
    assert_eq!(error["data"]["code"], "P6001", "{error}");
    assert_eq!(solo.received("tools/call").len(), before, "it did not leave");
    assert!(solo.core.said().contains("payloads cannot be kept"), "{}", solo.core.said());
    fs::remove_file(&folder).unwrap();
    solo.agent.call("echo", WORDS).await;
}

/// What was kept outlives a kill, and goes when its time is over, on record, unless a hold stands.
#[tokio::test]
async fn it_outlives_a_kill_and_expires_on_record() {
    const DAY: i64 = 86_400;
    let day = |setup: Setup| setup.config("[record]\npayloads = \"full\"\nkeep_payloads = \"1d\"");
    let (wall, setup) = Wall::of(Setup::new());
    let mut solo = Solo::on(day(setup), Way::Stdio, &[], &[]).await;
    solo.agent.call("echo", WORDS).await;
    let reader = token(&solo.core, "payloads").await;
    let id = newest(&solo.core, &reader, "tool_call").await["id"].as_str().unwrap().to_owned();
    let words = ["audit", "show", &id, "--payload", "--json"];
    solo.core.kill().await;
    let mut core = wall.again(day(Setup::again(&solo.core))).start().await;
    assert_eq!(read(&core, &reader, &words).await["arguments"]["text"], WORDS);
    core.peta(&["audit", "hold", "add", "case-1", "--reason", "a court asks"]).await;
    assert_eq!(core.stop().await, 0);

    wall.set(2 * DAY);
    core = wall.again(day(Setup::again(&core))).start().await;
    // The token of before is over, too.
    let reader = token(&core, "payloads").await;
    assert_eq!(read(&core, &reader, &words).await["arguments"]["text"], WORDS, "held");
    core.peta(&["audit", "hold", "remove", "case-1"]).await;
    assert_eq!(core.stop().await, 0);
    core = wall.again(day(Setup::again(&core))).start().await;
    let told = eventually("it is told", || async {
        core.events(|event| event["kind"] == "record.payloads_expired" && event["outcome"] == "ok").await.pop()
    })
    .await;
    assert_eq!((&told["door"], &told["detail"]["files"]), (&json!("core"), &json!(1)), "{told}");
    assert_eq!(files(&core.data.join("record/payloads")).len(), 0);
    let gone = read(&core, &reader, &words).await;
    assert_eq!((&gone["arguments"]["lost"], &gone["arguments"]["text"]), (&json!("P6040"), &Value::Null), "{gone}");
    let shown = by(&core, &reader, &["audit", "show", &id, "--payload"]).await;
    assert!(shown.code == 0 && shown.stdout.contains("lost (P6040): it expired"), "{shown:?}");
}
