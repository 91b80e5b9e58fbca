//! The record: one event for each call, list and act, with one outcome, and never what was in it.

use peta_testkit::{Value, json};

use crate::house::Solo;

async fn of_kind(solo: &Solo, kind: &str) -> Vec<Value> {
    solo.core.events(|event| event["kind"] == kind).await
}

#[tokio::test]
async fn each_kind_of_call_is_recorded_once() {
    let solo = Solo::new(&[]).await;
    solo.agent.call("echo", r#"{"secret":"do-not-keep-me"}"#).await;
    solo.agent.call("test_error_handling", "{}").await;
    solo.agent.call_error("nothing", "{}").await;
    solo.agent.result("resources/read", r#"{"uri":"test://static-text"}"#).await;
    solo.agent.result("prompts/get", r#"{"name":"test_simple_prompt"}"#).await;
    solo.agent
        .result(
            "completion/complete",
            r#"{"ref":{"type":"ref/prompt","name":"test_simple_prompt"},"argument":{"name":"a","value":"p"}}"#,
        )
        .await;
    solo.agent.result("resources/subscribe", r#"{"uri":"test://watched-resource"}"#).await;
    solo.agent.result("tools/list", "{}").await;
    let mut stream = solo.agent.begin_call("ask_roots", "{}").await;
    let asked = stream.until("roots/list").await;
    solo.agent.reply(&asked, r#"{"roots":[]}"#).await;
    stream.answer().await;

    let calls = of_kind(&solo, "tool_call").await;
    let told: Vec<(Value, Value, Value)> = calls
        .iter()
        .map(|event| (event["capability"].clone(), event["decision"].clone(), event["outcome"].clone()))
        .collect();
    let expected = [
        ("echo", "allow", "ok"),
        ("test_error_handling", "allow", "error"),
        ("nothing", "deny", "refused"),
        ("ask_roots", "allow", "ok"),
    ];
    let expected: Vec<(Value, Value, Value)> =
        expected.iter().map(|(a, b, c)| (json!(a), json!(b), json!(c))).collect();
    assert_eq!(told, expected);
    for (kind, capability) in [
        ("resource_read", "test://static-text"),
        ("prompt_get", "test_simple_prompt"),
        ("completion", "test_simple_prompt"),
        ("subscription", "test://watched-resource"),
    ] {
        let events = of_kind(&solo, kind).await;
        assert_eq!(events.len(), 1, "{kind}: {events:?}");
        assert_eq!((&events[0]["capability"], &events[0]["outcome"]), (&json!(capability), &json!("ok")), "{events:?}");
    }
    for kind in ["initialize", "list", "reverse"] {
        let events = of_kind(&solo, kind).await;
        assert_eq!(events.len(), 1, "{kind}: {events:?}");
        assert_eq!(events[0]["outcome"], "ok", "{events:?}");
    }
    let echo = &calls[0];
    assert_eq!((&echo["agent"], &echo["server"]), (&json!("a"), &json!("fix")), "{echo}");
    assert!(echo["duration_us"].as_u64().unwrap() > 0 && echo["request_bytes"].as_u64().unwrap() > 50, "{echo}");
    assert!(echo["response_bytes"].as_u64().unwrap() > 50 && echo["time"].as_str().unwrap().ends_with('Z'), "{echo}");
    assert!(!echo["reasons"].as_array().unwrap().is_empty(), "{echo}");
    let all = solo.core.peta(&["events", "--json", "--all"]).await;
    assert!(!all.contains("do-not-keep-me"), "arguments are never kept");
}

#[tokio::test]
async fn the_record_is_searched_by_each_field() {
    let solo = Solo::new(&[]).await;
    solo.agent.call("echo", "{}").await;
    solo.agent.call("test_error_handling", "{}").await;
    solo.agent.call_error("nothing", "{}").await;
    solo.agent.result("resources/read", r#"{"uri":"test://static-text"}"#).await;
    let calls = of_kind(&solo, "tool_call").await;
    let text = |event: &Value, field: &str| event[field].as_str().unwrap().to_owned();
    let (second, session) = (text(&calls[1], "time"), text(&calls[0], "session"));
    for (options, expected) in [
        (vec!["--capability", "echo"], vec!["echo"]),
        // Its name is sealed, so each candidate is opened; it is no text that is searched.
        (vec!["--capability", "test://static-text"], vec!["test://static-text"]),
        (vec!["--text", "static-text"], vec![]),
        (vec!["--text", "ERROR_h"], vec!["test_error_handling"]),
        (vec!["--code", "P2001"], vec!["nothing"]),
        (vec!["--text", "p2001"], vec!["nothing"]),
        (vec!["--text", &session, "--outcome", "error"], vec!["test_error_handling"]),
        (vec!["--kind", "tool_call", "--until", &second], vec!["echo"]),
        (vec!["--kind", "tool_call", "--since", &second], vec!["test_error_handling", "nothing"]),
        (vec!["--user", "nobody"], vec![]),
    ] {
        let told = solo.core.peta(&[&["audit", "search", "--json"][..], &options].concat()).await;
        let found: Vec<Value> = told.lines().map(|line| line.parse().unwrap()).collect();
        let found: Vec<String> = found.iter().map(|event| text(event, "capability")).collect();
        assert_eq!(found, expected, "{options:?}");
    }
}

#[tokio::test]
async fn what_administrators_do_is_recorded() {
    let solo = Solo::new(&[]).await;
    solo.core.peta(&["server", "set", "fix", "--idle", "9s"]).await;
    solo.core.peta(&["server", "disable", "fix", "--now"]).await;
    solo.core.peta(&["server", "enable", "fix"]).await;
    solo.core.peta(&["grant", "add", "a", "fix/echo"]).await;
    solo.core.peta(&["grant", "remove", "a", "fix/echo"]).await;
    solo.core.peta(&["agent", "rotate", "a", "--quiet"]).await;
    solo.core.peta(&["agent", "revoke", "a"]).await;
    solo.core.peta(&["server", "remove", "fix", "--now"]).await;
    for kind in [
        "server.add",
        "agent.add",
        "server.set",
        "server.disable",
        "server.enable",
        "grant.add",
        "grant.remove",
        "agent.rotate",
        "agent.revoke",
        "server.remove",
    ] {
        let events = of_kind(&solo, kind).await;
        assert_eq!(events.len(), 1, "{kind}: {events:?}");
        assert_eq!((&events[0]["decision"], &events[0]["outcome"]), (&json!("allow"), &json!("ok")), "{events:?}");
    }
    let text = solo.core.peta(&["events", "--json", "--all"]).await;
    assert!(!text.contains("peta_st_"), "no token is ever recorded");
}

#[tokio::test]
async fn the_newest_come_last_and_limits_hold() {
    let solo = Solo::new(&[]).await;
    for number in 0..5 {
        solo.agent.call("echo", &format!(r#"{{"n":{number}}}"#)).await;
        solo.agent.call("who", "{}").await;
    }
    let two = solo.core.peta(&["events", "--json", "--limit", "2"]).await;
    let lines: Vec<Value> = two.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 2, "{two}");
    assert_eq!(lines[1]["capability"], "who", "the newest is last");
    let all = solo.core.events(|_| true).await;
    let mut times: Vec<&str> = all.iter().map(|event| event["time"].as_str().unwrap()).collect();
    let told = times.clone();
    times.sort_unstable();
    assert_eq!(told, times);
    let table = solo.core.peta(&["events"]).await;
    assert!(table.contains("tool_call") && table.contains("echo"), "{table}");
}
