//! HTTP+SSE of 2024-11-05, towards agents and towards servers.

use http::Method;
use peta_testkit::{Core, Served, Setup, Stream, json};

use crate::house::{Solo, Way};

/// An agent of the old transport: its stream, and where it posts.
async fn connect(core: &Core, path: &str, token: &str) -> (Stream, String) {
    let agent = core.agent(path, token);
    let mut stream = agent.request(Method::GET).header("accept", "text/event-stream").open().await;
    assert_eq!(stream.status, 200);
    let event = stream.event().await.unwrap();
    assert_eq!(event.name, "endpoint");
    assert!(event.data.starts_with("/messages"), "{event:?}");
    (stream, event.data)
}

async fn post(core: &Core, place: &str, token: &str, body: &str) -> u16 {
    core.agent(place, token).post(body).send().await.status
}

const INITIALIZE: &str = r#"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2024-11-05","capabilities":{"sampling":{}},"clientInfo":{"name":"old","version":"1"}}}"#;

#[tokio::test]
async fn an_old_agent_on_both_kinds_of_endpoint() {
    let core = Setup::new().flag("--legacy-sse").start().await;
    core.stdio_server("fix", &[], &[]).await;
    let token = core.token("a", &["fix"]).await;
    for (path, prefix) in [("/sse", "fix__"), ("/sse/fix", "")] {
        let (mut stream, place) = connect(&core, path, &token).await;
        assert_eq!(post(&core, &place, &token, INITIALIZE).await, 202);
        let answer = stream.answer().await;
        assert_eq!(answer["result"]["protocolVersion"], "2024-11-05", "{answer}");
        assert_eq!(post(&core, &place, &token, r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#).await, 202);
        let call = format!(
            r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"{prefix}test_tool_with_progress","_meta":{{"progressToken":9}}}}}}"#
        );
        assert_eq!(post(&core, &place, &token, &call).await, 202);
        assert_eq!(stream.until("notifications/progress").await["params"]["progressToken"], 9);
        assert_eq!(stream.answer().await["id"], 1);
        let call = format!(
            r#"{{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{{"name":"{prefix}ask_sampling","arguments":{{}}}}}}"#
        );
        assert_eq!(post(&core, &place, &token, &call).await, 202);
        let asked = stream.until("sampling/createMessage").await;
        let reply = format!(
            r#"{{"jsonrpc":"2.0","id":{},"result":{{"role":"assistant","model":"m","content":{{"type":"text","text":"old"}}}}}}"#,
            asked["id"]
        );
        assert_eq!(post(&core, &place, &token, &reply).await, 202);
        let answer = stream.answer().await;
        assert_eq!(answer["result"]["structuredContent"]["answer"]["result"]["content"]["text"], "old", "{answer}");
    }
}

#[tokio::test]
async fn an_old_session_is_no_credential_either() {
    let core = Setup::new().flag("--legacy-sse").start().await;
    core.stdio_server("fix", &[], &[]).await;
    let (token, thief) = (core.token("a", &["fix"]).await, core.token("thief", &["fix"]).await);
    let (mut stream, place) = connect(&core, "/sse", &token).await;
    let agent = core.agent(&place, &token);
    assert_eq!(agent.post(INITIALIZE).without("authorization").send().await.status, 401);
    let foreign = core.agent(&place, &thief).post(INITIALIZE).send().await;
    let (path, _) = place.split_once('=').unwrap();
    let unknown = core.agent(&format!("{path}=unknown"), &token).post(INITIALIZE).send().await;
    assert_eq!((foreign.status, foreign.code().as_str()), (404, "P1004"), "{foreign:?}");
    assert_eq!(foreign.likeness(), unknown.likeness());
    core.peta(&["agent", "revoke", "a"]).await;
    while stream.text().await.is_some() {}
}

#[tokio::test]
async fn it_is_off_by_default() {
    let solo = Solo::new(&[]).await;
    for (method, path) in [(Method::GET, "/sse"), (Method::POST, "/messages"), (Method::GET, "/sse/fix")] {
        let answer = solo.agent.request(method).path(path).header("accept", "text/event-stream").send().await;
        assert_eq!((answer.status, answer.code().as_str()), (404, "P1018"), "{path}: {answer:?}");
    }
}

#[tokio::test]
async fn auto_finds_the_old_transport() {
    let served = Served::sse(&[]).await;
    let core = Core::start().await;
    core.url_server("old", &served.url("/sse"), &[]).await;
    let shown = core.json(&["server", "show", "old", "--json"]).await;
    assert!(shown["capabilities"]["tools"].as_u64().unwrap() > 10, "{shown}");
    let agent = core.open("a", &["old"], "/mcp/old").await;
    agent.call("test_simple_text", "{}").await;
}

#[tokio::test]
async fn a_named_transport_is_kept_to() {
    let (new, old) = (Served::http(&[]).await, Served::sse(&[]).await);
    let core = Core::start().await;
    core.url_server("new", &new.url("/mcp"), &["--transport", "http"]).await;
    core.url_server("old", &old.url("/sse"), &["--transport", "sse"]).await;
    core.url_server("wrong", &old.url("/sse"), &["--transport", "http"]).await;
    for (name, state) in [("new", "learnt"), ("old", "learnt"), ("wrong", "degraded")] {
        let shown = core.json(&["server", "show", name, "--json"]).await;
        assert_eq!(shown["state"] == json!("degraded"), state == "degraded", "{name}: {shown}");
    }
}

#[tokio::test]
async fn an_endpoint_elsewhere_is_refused() {
    let stranger = Served::sse(&[]).await;
    for place in [
        stranger.url("/messages?sessionId=1"),
        "//evil.example/messages".to_owned(),
        "https://evil.example/".to_owned(),
    ] {
        let served = Served::sse(&["--endpoint", &place]).await;
        let core = Core::start().await;
        core.url_server("old", &served.url("/sse"), &["--transport", "sse"]).await;
        let shown = core.json(&["server", "show", "old", "--json"]).await;
        assert_eq!(shown["state"], "degraded", "{place}: {shown}");
    }
}

#[tokio::test]
async fn the_end_of_the_old_stream_ends_its_calls() {
    let mut solo = Solo::by(Way::Sse, &[], &[]).await;
    let mut call = solo.agent.begin_call("hang", "{}").await;
    solo.receives("\"hang\"").await;
    solo.served.as_mut().unwrap().kill().await;
    let answer = call.answer().await;
    assert_eq!(answer["error"]["data"]["code"], "P5004", "{answer}");
}
