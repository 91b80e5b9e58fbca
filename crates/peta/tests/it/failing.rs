//! Servers that break: each gets its code, breaks nobody else, and is back when it is well.

use std::time::{Duration, Instant};

use peta_testkit::{Core, Served, Setup, eventually, json};

use crate::house::{Solo, WAYS, Way};

/// The code in an error.
fn code(error: &serde_json::Value) -> &str {
    error["data"]["code"].as_str().unwrap_or_default()
}

#[tokio::test]
async fn crash_in_the_middle_of_a_call() {
    let solo = Solo::new(&[]).await;
    let error = solo.agent.call_error("crash", "{}").await;
    assert_eq!((error["code"].as_i64(), code(&error)), (Some(-32603), "P5004"), "{error}");
    // The next call starts it again, after its back-off at most.
    let result = solo.agent.call("test_simple_text", "{}").await;
    assert!(result["content"][0]["text"].is_string());
    let events = solo.core.events(|event| event["capability"] == "crash").await;
    assert_eq!((&events[0]["outcome"], &events[0]["code"]), (&json!("failed"), &json!("P5004")), "{events:?}");
}

#[tokio::test]
async fn crash_cuts_all_open_calls() {
    let solo = Solo::new(&[]).await;
    let mut first = solo.agent.begin_call("hang", "{}").await;
    let mut second = solo.agent.begin_call("until_cancelled", "{}").await;
    solo.receives("until_cancelled").await;
    solo.agent.call_error("crash", "{}").await;
    for stream in [&mut first, &mut second] {
        assert_eq!(stream.answer().await["error"]["data"]["code"], "P5004");
    }
}

#[tokio::test]
async fn garbage_before_the_first_message() {
    let solo = Solo::new(&["--garbage", "--stderr", "5"]).await;
    assert!(solo.agent.names("tools/list").await.contains(&"echo".to_owned()));
    solo.agent.call("test_simple_text", "{}").await;
    let logs = solo.core.peta(&["server", "logs", "fix"]).await;
    assert!(logs.contains("fixture stderr line 4"), "{logs}");
}

#[tokio::test]
async fn garbage_without_end_is_given_up() {
    let core = Core::start().await;
    core.stdio_server("bad", &[], &["--garbage-flood"]).await;
    let shown = core.json(&["server", "show", "bad", "--json"]).await;
    assert_eq!((&shown["state"], &shown["failure"]["code"]), (&json!("degraded"), &json!("P5005")), "{shown}");
}

#[tokio::test]
async fn huge_lines() {
    for way in WAYS {
        let options = if way == Way::Stdio { &["--huge-line"][..] } else { &[] };
        let solo = Solo::by(way, &[], options).await;
        let result = solo.agent.call("huge", r#"{"bytes":5000000}"#).await;
        assert_eq!(result["content"][0]["text"].as_str().unwrap().len(), 5_000_000, "{way:?}");
        let error = solo.agent.call_error("huge", r#"{"bytes":17000000}"#).await;
        assert!(code(&error).starts_with("P5"), "{way:?}: {error}");
        solo.agent.call("test_simple_text", "{}").await;
    }
}

#[tokio::test]
async fn hang() {
    for way in WAYS {
        let solo = Solo::by(way, &[], &[]).await;
        solo.core.peta(&["server", "set", "fix", "--idle", "1s"]).await;
        let mut agent = solo.core.agent("/mcp/fix", solo.agent.token.as_deref().unwrap());
        agent.open().await;
        agent.call("test_simple_text", "{}").await;
        let began = Instant::now();
        let error = agent.call_error("hang", "{}").await;
        assert_eq!((error["code"].as_i64(), code(&error)), (Some(-32603), "P5002"), "{way:?}: {error}");
        assert!(
            began.elapsed() > Duration::from_millis(900) && began.elapsed() < Duration::from_secs(5),
            "{:?}",
            began.elapsed()
        );
        solo.receives("notifications/cancelled").await;
        let events = solo.core.events(|event| event["capability"] == "hang").await;
        assert_eq!(events[0]["outcome"], "timeout", "{events:?}");
        agent.call("test_simple_text", "{}").await;
    }
}

#[tokio::test]
async fn a_call_may_take_only_so_long_in_all() {
    let setup = Setup::new().config("[calls]\nidle = \"1s\"\ntotal = \"2s\"");
    let solo = Solo::on(setup, Way::Stdio, &[], &[]).await;
    let error = solo.agent.call_error("slow", r#"{"ms":10000}"#).await;
    assert_eq!(code(&error), "P5002", "{error}");
    let result = solo.agent.call("slow", r#"{"ms":300}"#).await;
    assert_eq!(result["content"][0]["text"], "slept");
}

#[tokio::test]
async fn answers_that_nobody_asked_for() {
    for way in WAYS {
        let solo = Solo::by(way, &[], &[]).await;
        assert_eq!(solo.agent.call("wrong_id", "{}").await["content"][0]["text"], "right", "{way:?}");
        assert_eq!(solo.agent.call("twice", "{}").await["content"][0]["text"], "first", "{way:?}");
        assert_eq!(solo.agent.call("wrong_id", "{}").await["content"][0]["text"], "right", "{way:?}");
    }
}

#[tokio::test]
async fn dies_after_some_calls() {
    let solo = Solo::new(&["--die-after", "2"]).await;
    let mut failed = 0;
    for _ in 0..6 {
        let answer = solo.agent.ask("tools/call", r#"{"name":"test_simple_text"}"#).await;
        if answer["error"].is_object() {
            failed += 1;
            assert!(["P5004", "P5006"].contains(&code(&answer["error"])), "{answer}");
        }
    }
    assert!((1..=3).contains(&failed), "{failed} of 6 failed");
}

#[tokio::test]
async fn a_server_that_cannot_be_started_is_degraded() {
    let core = Core::start().await;
    core.peta(&["server", "add", "missing", "--", "/nonexistent/program"]).await;
    core.peta(&["server", "add", "leaves", "--", "sh", "-c", "echo gone >&2; exit 7"]).await;
    core.url_server("nobody", "http://127.0.0.1:1/mcp", &[]).await;
    for name in ["missing", "leaves", "nobody"] {
        let shown = core.json(&["server", "show", name, "--json"]).await;
        assert_eq!(shown["state"], "degraded", "{shown}");
        assert!(shown["failure"]["code"].as_str().unwrap().starts_with("P5"), "{shown}");
    }
    let logs = core.peta(&["server", "logs", "leaves"]).await;
    assert!(logs.contains("gone"), "{logs}");
}

#[tokio::test]
async fn a_dead_server_does_not_hold_the_others() {
    let core = Core::start().await;
    core.stdio_server("good", &[], &["--small"]).await;
    core.peta(&["server", "add", "dead", "--", "sh", "-c", "exit 1"]).await;
    core.stdio_server("silent", &["--no-discover"], &["--silent"]).await;
    core.stdio_server("slow", &["--no-discover"], &["--slow-lists", "20000"]).await;
    let token = core.token("a", &["good", "dead", "silent", "slow"]).await;
    let mut agent = core.agent("/mcp", &token);
    let began = Instant::now();
    agent.open().await;
    assert!(began.elapsed() < Duration::from_secs(1), "initialize waits for nobody: {:?}", began.elapsed());
    let began = Instant::now();
    let tools = agent.names("tools/list").await;
    assert_eq!(tools, ["good__small_one", "good__small_two"]);
    assert!(began.elapsed() < Duration::from_secs(5), "lists wait two seconds: {:?}", began.elapsed());
    let began = Instant::now();
    agent.call("good__small_one", "{}").await;
    assert!(began.elapsed() < Duration::from_secs(1), "calls of others do not wait: {:?}", began.elapsed());
    let error = agent.call_error("dead__anything", "{}").await;
    assert!(code(&error).starts_with('P'), "{error}");
}

#[tokio::test]
async fn a_dead_servers_own_endpoint_says_so() {
    let core = Core::start().await;
    core.peta(&["server", "add", "dead", "--", "sh", "-c", "exit 1"]).await;
    let token = core.token("a", &["dead"]).await;
    let answer = core.agent("/mcp/dead", &token).initialize("2025-11-25", "{}").await;
    let message = answer.json();
    assert_eq!(message["error"]["code"], -32603, "{message}");
    assert!(code(&message["error"]).starts_with("P5"), "{message}");
}

#[tokio::test]
async fn a_server_that_went_away_comes_back() {
    let mut served = Served::http(&["--small"]).await;
    let port = served.port.to_string();
    let core = Core::start().await;
    core.url_server("fix", &served.url("/mcp"), &[]).await;
    let agent = core.open("a", &["fix"], "/mcp").await;
    agent.call("fix__small_one", "{}").await;
    served.kill().await;
    let error = agent.call_error("fix__small_one", "{}").await;
    assert!(["P5001", "P5004", "P5006"].contains(&code(&error)), "{error}");
    let mut stream = agent.listen().await;
    assert!(agent.names("tools/list").await.is_empty(), "its part of the list is left out");
    drop(served);
    let _served = Served::http(&["--small", "--port", &port]).await;
    eventually("the server is used again", || async {
        let answer = agent.ask("tools/call", r#"{"name":"fix__small_one"}"#).await;
        answer["result"].is_object().then_some(())
    })
    .await;
    stream.until("notifications/tools/list_changed").await;
    assert_eq!(agent.names("tools/list").await.len(), 2);
}

#[tokio::test]
async fn a_server_without_streams_or_sessions_is_fine() {
    for options in [&["--no-get"][..], &["--no-get", "--no-sessions"], &["--sse"]] {
        let solo = Solo::by(Way::Http, &[], options).await;
        assert!(solo.agent.names("tools/list").await.contains(&"echo".to_owned()), "{options:?}");
        let result = solo.agent.call("test_tool_with_progress", "{}").await;
        assert_eq!(result["content"][0]["text"], "done", "{options:?}");
    }
}
