//! The command line as a contract: names, exit codes, JSON, and the words it prints.

use peta_testkit::{Core, Setup, Value, json};

use crate::house::Solo;

#[tokio::test]
async fn exit_codes() {
    let core = Core::start().await;
    for words in [
        &["server", "add", "fix"][..],
        &["server", "add", "Fix", "--", "true"],
        &["server", "add", "a-name-that-is-much-too-long", "--", "true"],
        &["server", "add", "fix", "--url", "http://127.0.0.1:1/", "--", "true"],
        &["server", "add", "fix", "--isolation", "sometimes", "--", "true"],
        &["server", "set", "fix"],
        &["server"],
        &["nonsense"],
        &["agent", "add", "a", "--grant", "fix/nothing:x", "--expires", "soon"],
        &["agent", "add"],
        &["events", "--limit", "many"],
        &["admin", "token", "--role", "king"],
        &["--no-such-flag"],
    ] {
        let ran = core.run(words).await;
        assert_eq!(ran.code, 2, "{words:?}: {ran:?}");
        assert!(!ran.stderr.is_empty() && ran.stdout.is_empty(), "{words:?}: {ran:?}");
    }
    let setup = Setup::new();
    for words in
        [&["server", "list"][..], &["agent", "list", "--json"], &["events"], &["grant", "list"], &["admin", "token"]]
    {
        let ran = setup.run(words).await;
        assert_eq!(ran.code, 3, "{words:?}: {ran:?}");
        assert!(ran.stderr.contains("P8007") && ran.stderr.contains("peta serve"), "what to do: {ran:?}");
        assert!(!setup.data().join("peta.sock").exists(), "none starts one");
    }
}

#[tokio::test]
async fn a_name_already_taken() {
    let solo = Solo::new(&[]).await;
    for words in [&["server", "add", "fix", "--", "true"][..], &["agent", "add", "a"]] {
        let ran = solo.core.run(words).await;
        assert_eq!(ran.code, 1, "{ran:?}");
        assert!(ran.stderr.contains("P7004"), "{ran:?}");
    }
    // The process that it was learnt from may still be ending.
    assert!(matches!(&*solo.core.state("fix").await, "idle" | "ready"), "nothing changed");
}

#[tokio::test]
async fn servers_in_json() {
    let core = Core::start().await;
    core.stdio_server("fix", &["--isolation", "shared"], &["--small"]).await;
    core.stdio_server("later", &["--no-discover"], &["--small"]).await;
    let listed = core.json(&["server", "list", "--json"]).await;
    let items = listed["items"].as_array().unwrap();
    assert_eq!(items.len(), 2);
    let fix = &items[0];
    assert_eq!(
        (&fix["name"], &fix["transport"], &fix["isolation"]),
        (&json!("fix"), &json!("stdio"), &json!("shared"))
    );
    assert_eq!(
        (&fix["capabilities"]["tools"], &fix["capabilities"]["prompts"], &fix["capabilities"]["resources"]),
        (&json!(2), &json!(1), &json!(1))
    );
    assert_eq!(items[1]["state"], "unlearnt");
    core.peta(&["server", "refresh", "later"]).await;
    assert!(["ready", "idle"].contains(&core.state("later").await.as_str()));
    core.peta(&["server", "test", "later"]).await;
    core.peta(&["server", "disable", "later", "--now"]).await;
    assert_eq!(core.state("later").await, "disabled");
    core.peta(&["server", "enable", "later"]).await;
    assert_ne!(core.state("later").await, "disabled");
    core.peta(&["server", "set", "fix", "--idle", "5s", "--total", "1m", "--isolation", "per-user", "--eager", "true"])
        .await;
    let shown = core.json(&["server", "show", "fix", "--json"]).await;
    assert_eq!((&shown["isolation"], &shown["eager"]), (&json!("per-user"), &json!(true)), "{shown}");
    core.peta(&["server", "remove", "later", "--now"]).await;
    assert_eq!(core.json(&["server", "list", "--json"]).await["items"].as_array().unwrap().len(), 1);
    let table = core.peta(&["server", "list"]).await;
    assert!(table.contains("fix") && !table.contains("later"), "{table}");
}

#[tokio::test]
async fn agents_in_json_and_tokens_once() {
    let core = Core::start().await;
    core.stdio_server("fix", &["--no-discover"], &["--small"]).await;
    let said = core
        .peta(&[
            "agent",
            "add",
            "a",
            "--user",
            "u",
            "--group",
            "g",
            "--group",
            "h",
            "--grant",
            "fix/echo",
            "--expires",
            "30d",
        ])
        .await;
    assert!(said.contains("peta_st_"), "{said}");
    let quiet = core.peta(&["agent", "add", "b", "--quiet"]).await;
    assert!(quiet.starts_with("peta_st_") && quiet.lines().count() == 1, "nothing but the token: {quiet:?}");
    let listed = core.json(&["agent", "list", "--json"]).await;
    let a = &listed["items"][0];
    assert_eq!((&a["name"], &a["user"], &a["groups"]), (&json!("a"), &json!("u"), &json!(["g", "h"])), "{a}");
    assert!(!listed.to_string().contains("peta_st_"), "never again");
    core.peta(&["grant", "add", "b", "fix/prompt:small_prompt"]).await;
    let grants = core.json(&["grant", "list", "b", "--json"]).await;
    assert_eq!(grants["items"].as_array().unwrap().len(), 1, "{grants}");
    assert!(grants.to_string().contains("fix/prompt:small_prompt"), "{grants}");
    core.peta(&["agent", "revoke", "b"]).await;
    let shown = core.json(&["agent", "show", "b", "--json"]).await;
    assert!(!shown["revoked"].is_null(), "{shown}");
}

#[tokio::test]
async fn data_may_stand_anywhere() {
    let core = Core::start().await;
    let data = core.data.to_str().unwrap();
    for words in [
        vec!["server", "--data", data, "list"],
        vec!["server", "list", "--data", data],
        vec!["server", "add", "x", "--data", data, "--no-discover", "--", "true", "--data", "is-the-servers-own"],
    ] {
        let mut peta = peta_testkit::command(&peta_testkit::peta_program());
        peta.args(&words);
        let output = peta.output().await.unwrap();
        assert!(output.status.success(), "{words:?}: {output:?}");
    }
    let shown = core.json(&["server", "show", "x", "--json"]).await;
    assert_eq!(shown["args"], json!(["--data", "is-the-servers-own"]));
}

#[tokio::test]
async fn completions_and_help_need_no_core() {
    let setup = Setup::new();
    for shell in ["bash", "zsh", "fish"] {
        let ran = setup.run(&["completions", shell]).await;
        assert!(ran.code == 0 && ran.stdout.contains("peta"), "{shell}: {ran:?}");
    }
    for words in [&["--help"][..], &["--version"], &["server", "add", "--help"]] {
        let mut peta = peta_testkit::command(&peta_testkit::peta_program());
        peta.args(words);
        let output = peta.output().await.unwrap();
        assert!(output.status.success() && !output.stdout.is_empty(), "{words:?}: {output:?}");
    }
}

#[tokio::test]
async fn doctor_says_what_is_wrong() {
    let core = Core::start().await;
    core.peta(&["server", "add", "dead", "--", "/nonexistent/program"]).await;
    let ran = core.run(&["doctor"]).await;
    assert!(ran.stdout.contains("dead"), "{ran:?}");
}

#[tokio::test]
async fn one_document_of_json() {
    let solo = Solo::new(&[]).await;
    for words in [
        &["server", "list", "--json"][..],
        &["agent", "list", "--json"],
        &["grant", "list", "--json"],
        &["server", "show", "fix", "--json"],
        &["agent", "show", "a", "--json"],
    ] {
        let value: Value = solo.core.json(words).await;
        assert!(value.is_object(), "{words:?}: {value}");
    }
}

#[tokio::test]
async fn following_the_record() {
    use tokio::io::{AsyncBufReadExt as _, BufReader};
    let solo = Solo::new(&[]).await;
    let mut follow = peta_testkit::command(&peta_testkit::peta_program());
    follow.args(["events", "--follow", "--json", "--limit", "1", "--data"]).arg(&solo.core.data);
    let mut child = follow.spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    peta_testkit::within("the newest event", lines.next_line()).await.unwrap().unwrap();
    solo.agent.call("echo", "{}").await;
    loop {
        let line = peta_testkit::within("a new event", lines.next_line()).await.unwrap().unwrap();
        let event: Value = serde_json::from_str(&line).unwrap();
        if event["capability"] == "echo" {
            assert_eq!(event["outcome"], "ok");
            break;
        }
    }
    child.kill().await.unwrap();
}

/// All there are, and then what comes: nothing is left out between the two, and nothing is told twice.
#[tokio::test]
async fn following_all_of_the_record() {
    use tokio::io::{AsyncBufReadExt as _, BufReader};
    let solo = Solo::new(&[]).await;
    solo.agent.call("echo", "{}").await;
    for (made, which) in [(1, &["--all"][..]), (2, &["--limit", "1500"])] {
        let mut follow = peta_testkit::command(&peta_testkit::peta_program());
        follow.args(["events", "--follow", "--json", "--data"]).arg(&solo.core.data).args(which);
        let mut child = follow.spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let (mut seen, mut calls) = (Vec::new(), 0);
        while calls <= made {
            let line = peta_testkit::within("an event", lines.next_line()).await.unwrap().expect("the stream goes on");
            let event: Value = serde_json::from_str(&line).unwrap();
            if event["outcome"].is_null() {
                continue;
            }
            seen.push(event["id"].to_string());
            if event["capability"] == "echo" {
                calls += 1;
                if calls == made {
                    solo.agent.call("echo", "{}").await;
                }
            }
        }
        let ids: std::collections::HashSet<&String> = seen.iter().collect();
        assert_eq!(ids.len(), seen.len(), "{which:?}: {seen:?}");
        child.kill().await.unwrap();
    }
}
