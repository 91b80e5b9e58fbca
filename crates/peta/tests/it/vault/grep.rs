//! T41: after a run full of secrets, none of them stands anywhere.

use std::path::Path;

use peta_testkit::{Served, Setup};

use super::{SECRET, forms::forms_of};

const OTHERS: [&str; 4] = [
    "query-secret-Zk3vN8pQ1rT6wX9yB2dF5hJ7",
    "cookie-secret-Mn4bV7cX0zL3kJ6hG9fD2sA5",
    "basic-secret-Pq8wE1rT4yU7iO0pA3sD6fG9h",
    "env-secret-Lk5jH8gF1dS4aP7oI0uY3tR6eW9q",
];
const PASSPHRASE: &str = "the passphrase of this one test";

/// Every file below a folder.
pub(super) fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            all.extend(files(&path));
        } else if path.is_file() {
            all.push((path.display().to_string(), std::fs::read(&path).unwrap_or_default()));
        }
    }
    all
}

#[tokio::test]
async fn grep_everything() {
    let setup = Setup::new().config("[telemetry]\nlog = \"trace\"\n[vault]\nroot = \"passphrase\"");
    let (said, own) = (setup.file("said"), setup.file("own"));
    let mut core = setup.start().await;
    let mut told: Vec<(String, Vec<u8>)> = Vec::new();
    let ran = core.run_fed(&["vault", "unlock"], &format!("{PASSPHRASE}\n")).await;
    assert_eq!(ran.code, 0, "{ran:?}");

    let served = Served::http(&["--said", said.to_str().unwrap()]).await;
    let secrets: Vec<&str> = OTHERS.iter().copied().chain([SECRET]).collect();
    let form = &forms_of(SECRET)[1].1;
    std::fs::write(
        &said,
        format!("log {{\"level\":\"error\",\"data\":\"{form}\"}}\nerror {{\"code\":-1,\"message\":\"{SECRET}\"}}\n"),
    )
    .unwrap();
    // A server's own secrets are searched for in what it says, and no others.
    std::fs::write(
        &own,
        format!("stderr {secret}\nerror {{\"code\":-1,\"message\":\"{secret}\"}}\n", secret = OTHERS[3]),
    )
    .unwrap();
    core.url_server("fix", &served.url("/mcp"), &[]).await;
    core.stdio_server("pipe", &[], &["--said", own.to_str().unwrap()]).await;
    for (name, server, delivery, secret) in [
        ("head", "fix", ["--header", "Authorization: Bearer {}"], SECRET),
        ("query", "fix", ["--query", "key"], OTHERS[0]),
        ("cookie", "fix", ["--cookie", "sid"], OTHERS[1]),
        ("env", "pipe", ["--env", "TOKEN"], OTHERS[3]),
    ] {
        core.credential(name, server, &delivery, secret).await;
    }
    // What is refused must not be repeated.
    for (words, input) in [
        (
            vec!["credential", "add", "bad", "--server", "fix", "--header", "X: {}", "--from-stdin"],
            format!("{SECRET}\nline two"),
        ),
        (vec!["credential", "add", "head", "--server", "fix", "--basic", "ada", "--from-stdin"], OTHERS[2].to_owned()),
        (vec!["credential", "rotate", "nobody", "--from-stdin"], OTHERS[2].to_owned()),
        (vec!["vault", "unlock"], format!("{PASSPHRASE} and more\n")),
    ] {
        let ran = core.run_fed(&words, &input).await;
        told.push((format!("{words:?}"), format!("{ran:?}").into_bytes()));
    }
    let agent = core.open("one", &["fix", "pipe"], "/mcp").await;
    for tool in ["fix__who", "fix__said", "pipe__env", "pipe__said"] {
        let answer = agent.ask("tools/call", &format!(r#"{{"name":"{tool}","arguments":{{}}}}"#)).await;
        told.push((tool.to_owned(), answer.to_string().into_bytes()));
    }
    let guess = agent.ask("tools/call", &format!(r#"{{"name":"fix__echo","arguments":{{"guess":"{SECRET}"}}}}"#)).await;
    told.push(("a guess".to_owned(), guess.to_string().into_bytes()));
    for words in [
        vec!["events", "--json", "--all"],
        vec!["credential", "list", "--json"],
        vec!["credential", "show", "head"],
        vec!["server", "logs", "pipe"],
        vec!["server", "show", "fix", "--json"],
        vec!["vault", "status", "--json"],
        vec!["doctor"],
    ] {
        let ran = core.run(&words).await;
        told.push((format!("{words:?}"), format!("{ran:?}").into_bytes()));
    }
    let token = core.peta(&["admin", "token"]).await.trim().to_owned();
    let metrics = core.agent("/metrics", &token).request(http::Method::GET).send().await;
    told.push(("metrics".to_owned(), metrics.body.into_bytes()));
    told.extend(files(&core.data));
    core.stop().await;
    told.extend(files(&core.data));
    told.push(("what Core wrote on standard error".to_owned(), core.said().into_bytes()));

    let texts: Vec<_> = told.iter().map(|(place, bytes)| (place, String::from_utf8_lossy(bytes))).collect();
    for secret in secrets.iter().chain([&PASSPHRASE]) {
        for (name, form) in forms_of(secret) {
            let sought = &form[form.len() / 4..form.len() * 3 / 4];
            for (place, text) in &texts {
                assert!(!text.contains(sought), "{name} of a secret stands in {place}");
            }
        }
    }
    assert!(told.iter().map(|(_, bytes)| bytes.len()).sum::<usize>() > 100_000, "there was something to look at");
}
