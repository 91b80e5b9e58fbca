//! Sinks end to end: the command line, a real Core, receivers that are away and come back, restarts and kills.

use std::{
    collections::HashSet,
    path::Path,
    sync::{Arc, Mutex},
};

use peta_testkit::{
    Core, Setup, Value, eventually,
    services::{Act, Receiver, Said, Seen},
};
use tokio::{io::AsyncReadExt as _, net::TcpListener};

const SECRET: &str = "whsec_c2VjcmV0IG9mIHRoZSB0ZXN0cw==";

/// Receivers are waited for but shortly.
const QUICK: &str = "[audit]\nsink_deadline = \"2s\"\nsink_backoff = \"20ms\"\nsink_backoff_most = \"100ms\"";

fn ids_of_hook(seen: &Seen) -> Vec<String> {
    seen.json()["data"].as_array().unwrap().iter().map(|event| event["id"].as_str().unwrap().to_owned()).collect()
}

fn ids_of_file(path: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let id = |line: &str| Some(serde_json::from_str::<Value>(line).ok()?["id"].as_str()?.to_owned());
    text.lines().filter_map(id).collect()
}

async fn hook(core: &Core, receiver: &Receiver, more: &[&str]) {
    let to = format!("webhook+http://{}/in", receiver.address);
    let mut words = vec!["audit", "sink", "add", "hook", "--to", &to, "--format", "json", "--from-stdin"];
    words.extend(more);
    let ran = core.run_fed(&words, SECRET).await;
    assert_eq!(ran.code, 0, "{ran:?}");
}

/// Until nothing of the record is left to be sent by any sink.
async fn caught_up(core: &Core) {
    eventually("all is sent", async || {
        let sinks = core.json(&["audit", "sink", "list", "--json"]).await;
        let behind = |sink: &Value| sink["lag_entries"].as_u64() != Some(0) || sink["state"] != "ok";
        (!sinks["items"].as_array().unwrap().iter().any(behind)).then_some(())
    })
    .await;
}

async fn recorded(core: &Core) -> Vec<String> {
    core.events(|_| true).await.iter().map(|event| event["id"].as_str().unwrap().to_owned()).collect()
}

/// From the command line to a webhook, a file, syslog and standard output, and back.
#[tokio::test]
async fn sinks_from_the_command_line() {
    let core = Setup::new().config(QUICK).start().await;
    let receiver = Receiver::start(|_| Said::json(202, ""));
    hook(&core, &receiver, &["--from-beginning"]).await;
    let file = core.file("record.jsonl");
    let to_file = format!("file:{}", file.display());
    core.peta(&["audit", "sink", "add", "file", "--to", &to_file, "--from-beginning"]).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let to_syslog = format!("syslog://{}", listener.local_addr().unwrap());
    let messages: Arc<Mutex<String>> = Arc::default();
    let came = Arc::clone(&messages);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut text = String::new();
            if stream.read_to_string(&mut text).await.is_ok() {
                came.lock().unwrap().push_str(&text);
            }
        }
    });
    core.peta(&["audit", "sink", "add", "syslog", "--to", &to_syslog, "--format", "cef", "--from-beginning"]).await;
    core.stdio_server("files", &[], &[]).await;
    let agent = core.open("bot", &["files"], "/mcp").await;
    for _ in 0..5 {
        agent.call("files__echo", r#"{"text":"the argument"}"#).await;
    }
    caught_up(&core).await;

    let all = recorded(&core).await;
    let hooked: Vec<String> = receiver.seen().iter().flat_map(ids_of_hook).collect();
    let written = ids_of_file(&file);
    let messages = messages.lock().unwrap().clone();
    for id in &all {
        assert!(hooked.contains(id) && written.contains(id) && messages.contains(id), "{id} is missing");
    }
    assert_eq!(hooked.len(), hooked.iter().collect::<HashSet<_>>().len(), "none comes twice while nothing is wrong");
    let sent: String = receiver.seen().iter().map(|seen| seen.body.clone()).collect();
    assert!(!sent.contains("\"bot\"") && !sent.contains("the argument"), "private parts stay");

    // What is shown of them, and never the secret.
    let listed = core.peta(&["audit", "sink", "list"]).await;
    assert!(listed.contains("webhook+http://") && listed.contains("ok"), "{listed}");
    let shown = core.peta(&["audit", "sink", "show", "hook"]).await;
    let both = format!("{listed}{shown}{}", core.peta(&["audit", "sink", "show", "hook", "--json"]).await);
    assert!(!both.contains(SECRET) && shown.contains("sealed in the vault"), "{shown}");
    let tested = core.peta(&["audit", "sink", "test", "hook"]).await;
    assert!(tested.contains("202 Accepted"), "{tested}");
    let last = receiver.seen().last().unwrap().json();
    assert_eq!(last["data"][0]["kind"], "sink.test");

    // Removed: nothing more is sent.
    core.peta(&["audit", "sink", "remove", "file"]).await;
    caught_up(&core).await;
    let gone = core.run(&["audit", "sink", "show", "file"]).await;
    assert!(gone.code == 1 && gone.stderr.contains("P7003"), "{gone:?}");
    let before = ids_of_file(&file).len();
    agent.call("files__echo", r#"{"text":"x"}"#).await;
    caught_up(&core).await;
    assert_eq!(ids_of_file(&file).len(), before);
}

/// T61, with a whole Core: away, killed in the middle, ended in good order, and nothing is missing.
#[tokio::test]
async fn sink_outage() {
    let core = Setup::new().config(QUICK).start().await;
    let receiver = Receiver::absent(|_| Said::json(200, ""));
    hook(&core, &receiver, &[]).await;
    let token = core.token("bot", &[]).await;
    eventually("it is away", async || {
        let shown = core.json(&["audit", "sink", "show", "hook", "--json"]).await;
        (shown["state"] == "retrying" && shown["code"] == "P6020").then_some(())
    })
    .await;
    let tested = core.run(&["audit", "sink", "test", "hook"]).await;
    assert!(tested.code == 1 && tested.stderr.contains("error[P6020]"), "{tested:?}");
    let page = metrics(&core).await;
    assert!(page.contains("peta_sink_up{sink=\"hook\"} 0"), "{page}");

    // Killed while it is away, and again while it is sent.
    let mut core = core;
    core.kill().await;
    let mut core = Setup::again(&core).config(QUICK).start().await;
    let first = recorded(&core).await;
    receiver.next([Act::Say(503, &[], ""), Act::Cut]);
    receiver.arrive();
    let mut agent = core.agent("/mcp", &token);
    for _ in 0..20 {
        agent.open().await;
    }
    core.kill().await;
    let mut core = Setup::again(&core).config(QUICK).start().await;
    caught_up(&core).await;
    assert_eq!(core.stop().await, 0);
    let core = Setup::again(&core).config(QUICK).start().await;
    core.token("other", &[]).await;
    caught_up(&core).await;

    let all = recorded(&core).await;
    let mut known = HashSet::new();
    let came: Vec<String> =
        receiver.seen().iter().flat_map(ids_of_hook).filter(|id| known.insert(id.clone())).collect();
    let from = all.iter().position(|id| came.first() == Some(id)).expect("the act that added it");
    assert_eq!(from, 1, "nothing was on record before but that Core starts");
    let missing: Vec<&String> = all[from..].iter().filter(|id| !came.contains(id)).collect();
    assert!(missing.is_empty() && first.len() < all.len(), "{missing:?}");
    let page = metrics(&core).await;
    assert!(page.contains("peta_sink_up{sink=\"hook\"} 1") && page.contains("peta_sink_lag_entries"), "{page}");
}

/// The metrics page, as an administrator reads it.
async fn metrics(core: &Core) -> String {
    let made = core.json(&["admin", "token", "--role", "auditor", "--json"]).await;
    let token = made["token"].as_str().unwrap();
    let request = format!(
        "GET /metrics HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {token}\r\nconnection: close\r\n\r\n",
        core.address
    );
    peta_testkit::raw_exchange(&core.address, request.as_bytes()).await
}

/// A receiver that takes connections and never answers delays no call.
#[tokio::test]
async fn a_sink_that_never_answers_slows_no_call() {
    let core = Setup::new().config("[audit]\nsink_deadline = \"1h\"").start().await;
    let receiver = Receiver::start(|_| Said::json(200, ""));
    receiver.next([Act::Silence, Act::Silence]);
    hook(&core, &receiver, &[]).await;
    core.stdio_server("files", &[], &[]).await;
    let agent = core.open("bot", &["files"], "/mcp").await;
    eventually("it hangs", async || (receiver.left() == 1).then_some(())).await;
    for _ in 0..200 {
        agent.call("files__echo", r#"{"text":"x"}"#).await;
    }
    let shown = core.json(&["audit", "sink", "show", "hook", "--json"]).await;
    assert!(shown["lag_entries"].as_u64().unwrap() >= 400 && shown["sent"] == 0, "{shown}");
    // What waits is in the record, and not in memory: how much that is does not grow with it.
    assert!(receiver.seen().is_empty());
}

/// While the vault is locked, a sink with a secret waits, and one without goes on.
#[tokio::test]
async fn a_locked_vault_holds_up_only_sinks_with_secrets() {
    let core = Setup::new().config(QUICK).start().await;
    let receiver = Receiver::start(|_| Said::json(200, ""));
    hook(&core, &receiver, &[]).await;
    caught_up(&core).await;
    let file = core.file("record.jsonl");
    core.peta(&["audit", "sink", "add", "file", "--to", &format!("file:{}", file.display())]).await;
    core.peta(&["vault", "lock"]).await;
    core.token("bot", &[]).await;
    eventually("it waits", async || {
        let shown = core.json(&["audit", "sink", "show", "hook", "--json"]).await;
        (shown["state"] == "locked" && shown["code"] == "P4001").then_some(())
    })
    .await;
    let all = recorded(&core).await;
    eventually("the other goes on", async || ids_of_file(&file).contains(all.last().unwrap()).then_some(())).await;
    core.peta(&["vault", "unlock"]).await;
    caught_up(&core).await;
    // A key made anew wraps the sink's secret, too.
    core.peta(&["vault", "rotate", "--reseal"]).await;
    core.token("later", &[]).await;
    caught_up(&core).await;
    let came: HashSet<String> = receiver.seen().iter().flat_map(ids_of_hook).collect();
    // But for what was before: that Core starts.
    assert!(recorded(&core).await[1..].iter().all(|id| came.contains(id)));
}

/// Core's own standard output: the line that it is ready comes first, then events.
#[tokio::test]
async fn events_on_standard_output() {
    let setup = Setup::new().config(QUICK);
    let data = setup.data();
    let core = setup.start().await;
    core.peta(&["audit", "sink", "add", "out", "--to", "stdout:", "--from-beginning"]).await;
    let mut core = core;
    assert_eq!(core.stop().await, 0);
    let mut command = peta_testkit::command(&peta_testkit::peta_program());
    command.args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(&data).stdout(std::process::Stdio::piped());
    let mut child = command.kill_on_drop(true).spawn().unwrap();
    let mut lines = tokio::io::AsyncBufReadExt::lines(tokio::io::BufReader::new(child.stdout.take().unwrap()));
    let first = peta_testkit::within("a line", lines.next_line()).await.unwrap().unwrap();
    assert!(first.starts_with("ready http://"), "{first}");
    assert_eq!(peta_testkit::run(&data, &["agent", "add", "bot", "--quiet"]).await.code, 0);
    let mut kinds = Vec::new();
    while kinds.last().is_none_or(|kind| kind != "agent.add") {
        let line = peta_testkit::within("an event", lines.next_line()).await.unwrap().unwrap();
        let event: Value = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
        kinds.push(event["kind"].as_str().unwrap().to_owned());
    }
    child.kill().await.unwrap();
}

/// What is refused, each with its field.
#[tokio::test]
async fn sinks_that_cannot_be() {
    let core = Core::start().await;
    let data = format!("file:{}/x", core.data.display());
    let bad: [(&[&str], &str); 6] = [
        (&["--to", "gopher://x"], "P8008"),
        (&["--to", &data], "P7005"),
        (&["--to", "webhook+https://hooks.example/in"], "P7005"),
        (&["--to", "syslog://logs.internal"], "P7005"),
        (&["--to", "otlp+http://169.254.169.254/v1/logs"], "P7005"),
        (&["--to", "stdout:", "--from-env", "NO_SUCH_VARIABLE"], "P4"),
    ];
    for (words, code) in bad {
        let words = [&["audit", "sink", "add", "x"], words].concat();
        let ran = core.run(&words).await;
        assert!(ran.code != 0 && ran.stderr.contains(&format!("error[{code}")), "{words:?}: {ran:?}");
    }
    assert!(core.peta(&["audit", "sink", "list"]).await.contains("no sinks yet"));
}
