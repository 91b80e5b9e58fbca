//! What an event tells of a call beyond who called what: told to whoever may read it, bound into the tree, and what is about
//! people nowhere in the open.

use std::{collections::BTreeSet, fs};

use aws_lc_rs::digest::{SHA256, digest};
use peta_testkit::{Agent, Core, Setup, Value, eventually, json};

use crate::{
    house::{Solo, Way},
    vault::SECRET,
};

/// A server at a URL, whose tools say what they do, and that is handed a credential.
async fn house() -> Solo {
    let solo = Solo::by(Way::Http, &[], &["--annotated"]).await;
    solo.core.credential("github", "fix", &["--header", "Authorization: Bearer {}"], SECRET).await;
    solo
}

/// A session of a client that calls itself so.
async fn open_as(agent: &mut Agent, client: &str) {
    let params = format!(r#"{{"protocolVersion":"2025-11-25","capabilities":{{}},"clientInfo":{client}}}"#);
    let text = format!(r#"{{"jsonrpc":"2.0","id":"hello","method":"initialize","params":{params}}}"#);
    let answer = agent.post(&text).send().await;
    assert_eq!(answer.status, 200, "{answer:?}");
    agent.session = Some(answer.header("mcp-session-id").to_owned());
    agent.version = Some("2025-11-25".to_owned());
}

async fn call(agent: &Agent, id: &str, tool: &str) -> Value {
    let params = format!(r#"{{"name":"{tool}","arguments":{{}},"_meta":{{"progressToken":7}}}}"#);
    let text = format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/call","params":{params}}}"#);
    let answer = agent.post(&text).send().await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// All bytes of the record's files, columns and tree too.
fn record(core: &Core) -> Vec<u8> {
    let mut folders = vec![core.data.join("record")];
    let mut all = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().flatten() {
            match entry.path().is_dir() {
                true => folders.push(entry.path()),
                false => all.extend(fs::read(entry.path()).unwrap()),
            }
        }
    }
    all
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

#[tokio::test]
async fn a_call_tells_all_that_is_known_of_it() {
    let solo = house().await;
    let core = &solo.core;
    let token = core.peta(&["agent", "add", "bot", "--user", "ada.lovelace", "--grant", "fix", "--quiet"]).await;
    let mut agent = core.agent("/mcp/fix", token.trim());
    open_as(&mut agent, r#"{"name":"Adas-editor\n","version":"1.4"}"#).await;
    let listed = agent.result("tools/list", "{}").await;

    call(&agent, r#""req-7""#, "kills").await;
    call(&agent, r#""for Ada \" 7""#, "echo").await;
    call(&agent, "-12", "reads").await;
    call(&agent, "13", "test_tool_with_progress").await;
    core.peta(&["credential", "rotate", "github", "--from-file", &{
        let file = core.file("next");
        fs::write(&file, "another-secret-0123456789").unwrap();
        file.to_str().unwrap().to_owned()
    }])
    .await;
    call(&agent, "14", "kills").await;
    call(&agent, "15", "no_such_tool").await;
    let mut narrow = core.agent("/mcp/fix", &core.token("narrow", &["fix/echo"]).await);
    open_as(&mut narrow, r#"{"name":"Adas-editor"}"#).await;
    call(&narrow, "16", "kills").await;

    let calls = core.events(|event| event["kind"] == "tool_call").await;
    let of = |id: &str| calls.iter().find(|event| event["request"] == id).unwrap_or_else(|| panic!("{id}: {calls:?}"));
    let status = core.json(&["credential", "show", "github", "--json"]).await;
    let first = of("req-7");
    assert_eq!(first["client"], "Adas-editor\n 1.4");
    assert_eq!(first["operation"], "destructive");
    assert_eq!(of("-12")["operation"], "read");
    assert_eq!(of("for Ada \" 7")["operation"], "unknown");
    assert_eq!(first["credentials"][0]["version"], 1);
    assert_eq!(first["credentials"][0]["delivery"], "request");
    assert_eq!(first["detail"]["credentials"][0]["credential"], first["credentials"][0]["id"]);
    assert_eq!(first["detail"]["credentials"][0]["name"], status["name"]);
    assert_eq!(
        of("14")["credentials"],
        json!([{ "id": first["credentials"][0]["id"], "version": 2, "delivery": "request" }])
    );
    // Members in order, no space: that is how a reader of JSON with sorted members writes it again.
    let kills = listed["tools"].as_array().unwrap().iter().find(|tool| tool["name"] == "kills").unwrap();
    assert_eq!(first["pin"], hex(digest(&SHA256, kills.to_string().as_bytes()).as_ref()));
    assert_eq!((&of("14")["pin"], &of("13")["operation"]), (&first["pin"], &json!("unknown")));
    // The rotation was a change.
    let version = |id: &str| of(id)["policy_version"].as_u64().unwrap();
    assert!(version("req-7") == version("13") && version("14") > version("13"), "{calls:?}");
    // Of what does not exist nothing more is known.
    // Nor of what this one may not use: the record's work for it would tell that it is there.
    for id in ["15", "16"] {
        let nothing = of(id);
        let known = ["pin", "operation", "credentials", "stages"].map(|name| &nothing[name]);
        assert_eq!((&nothing["outcome"], known), (&json!("refused"), [&json!(null); 4]), "{nothing}");
    }
    // The server's time is a part of the whole, and its first word a part of that.
    let micros = |event: &Value, stage: &str| event["stages"][stage].as_u64().unwrap_or(0);
    for id in ["req-7", "-12", "13", "14"] {
        let event = of(id);
        assert!((1..=event["duration_us"].as_u64().unwrap()).contains(&micros(event, "server")), "{event}");
        assert!(micros(event, "record") > 0, "{event}");
    }
    assert!((1..=micros(of("13"), "server")).contains(&micros(of("13"), "first")), "{}", of("13"));
    assert!(of("req-7")["stages"]["first"].is_null());
    // All of one run, and of one house.
    for name in ["tenant", "boot"] {
        let all: BTreeSet<_> = calls.iter().map(|event| event[name].as_str().unwrap()).collect();
        assert!(all.len() == 1 && all.iter().all(|id| id.len() == 32), "{name}: {all:?}");
    }
    let opened = core.events(|event| event["kind"] == "initialize" && event["client"] == "Adas-editor\n 1.4").await;
    assert_eq!((opened.len(), &opened[0]["request"]), (1, &json!("hello")));

    // A person is shown all of it, and the tree's entry has what is public.
    let shown = core.peta(&["audit", "show", first["id"].as_str().unwrap()]).await;
    let pin = first["pin"].as_str().unwrap();
    for part in
        ["Adas-editor", "req-7", pin, "destructive", "version 1, request", "server ", first["boot"].as_str().unwrap()]
    {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    let number = first["sequence"].to_string();
    let bound = eventually("its entry in the tree", || async {
        let shown = core.peta(&["audit", "show", &number]).await;
        shown.contains("its entry").then_some(shown)
    })
    .await;
    for part in [format!(r#""pin":"{pin}""#), r#""request":"req-7""#.into(), r#""operation":"destructive""#.into()] {
        assert!(bound.contains(&part), "{part}: {bound}");
    }
    let files = record(core);
    for public in ["req-7", "tool_call"] {
        assert!(holds(&files, public), "{public}");
    }
    for private in ["Adas-editor", "for Ada", "lovelace", "github"] {
        assert!(!holds(&files, private), "{private} stands in the record's files");
    }
}

/// What is sent elsewhere has no client and no text that somebody chose, unless private parts are wanted.
#[tokio::test]
async fn a_sink_gets_the_facts_that_are_for_everybody() {
    let solo = house().await;
    let core = &solo.core;
    let (public, private) = (core.file("public.jsonl"), core.file("private.jsonl"));
    for (name, file, more) in [("public", &public, None), ("private", &private, Some("--private"))] {
        let to = format!("file:{}", file.display());
        let words = ["audit", "sink", "add", name, "--to", &to, "--format", "json"];
        core.peta(&words.into_iter().chain(more).collect::<Vec<_>>()).await;
    }
    let token = core.token("bot", &["fix"]).await;
    let mut agent = core.agent("/mcp/fix", &token);
    open_as(&mut agent, r#"{"name":"Adas-editor","version":"1.4"}"#).await;
    call(&agent, r#""for Ada""#, "reads").await;
    call(&agent, r#""req-8""#, "reads").await;
    let lines = |file: std::path::PathBuf| async move {
        eventually("both calls in the file", || {
            let text = fs::read_to_string(&file).unwrap_or_default();
            let calls: Vec<Value> = text
                .lines()
                .flat_map(serde_json::from_str)
                .filter(|event: &Value| event["kind"] == "tool_call")
                .collect();
            async move { (calls.len() == 2).then_some((text, calls)) }
        })
        .await
    };
    let (text, calls) = lines(public).await;
    assert!(!text.contains("Ada"), "{text}");
    assert_eq!((&calls[0]["request"], &calls[1]["request"]), (&json!(null), &json!("req-8")));
    for event in &calls {
        assert!(event["pin"].is_string() && event["credentials"][0]["version"] == 1, "{event}");
        assert!(
            event["boot"].is_string() && event["tenant"].is_string() && event["stages"]["server"].is_number(),
            "{event}"
        );
        assert_eq!(event["client"], json!(null));
    }
    let (_, whole) = lines(private).await;
    assert_eq!((&whole[0]["request"], &whole[0]["client"]), (&json!("for Ada"), &json!("Adas-editor 1.4")));
    for (public, whole) in calls.iter().zip(&whole) {
        for name in ["id", "pin", "operation", "policy_version", "credentials", "stages", "boot", "tenant"] {
            assert_eq!(public[name], whole[name], "{name}");
        }
    }
}

/// Each start is another run; what an earlier one wrote stays of that one.
#[tokio::test]
async fn an_event_is_of_the_run_that_wrote_it() {
    let mut core = Setup::new().start().await;
    let token = core.token("bot", &[]).await;
    let mut runs = Vec::new();
    for _ in 0..3 {
        open_as(&mut core.agent("/mcp", &token), r#"{"name":"x"}"#).await;
        let opened = core.events(|event| event["kind"] == "initialize").await;
        runs.push(opened.last().unwrap()["boot"].as_str().unwrap().to_owned());
        let told: Vec<_> = opened.iter().map(|event| event["boot"].as_str().unwrap()).collect();
        assert_eq!(told, runs);
        assert_eq!(core.stop().await, 0);
        core = Setup::again(&core).start().await;
    }
    assert_eq!(runs.iter().collect::<BTreeSet<_>>().len(), 3);
}
