//! A session is a route and never a credential: it belongs to one caller at one endpoint.

use http::Method;

use peta_testkit::{Setup, eventually};

use crate::house::{PING, Solo, Way, knock};

#[tokio::test]
async fn session_theft() {
    let solo = Solo::new(&[]).await;
    let session = solo.agent.session.clone().unwrap();
    assert!(session.len() >= 22 && session.bytes().all(|byte| byte.is_ascii_graphic()), "{session}");
    let thief = solo.core.token("thief", &["fix"]).await;
    let mut ended = solo.core.agent("/mcp/fix", solo.agent.token.as_deref().unwrap());
    ended.open().await;
    assert!([200, 204].contains(&ended.end().await.status));
    for method in [Method::POST, Method::GET, Method::DELETE] {
        let own = solo.agent.token.clone().unwrap();
        let unknown = knock(&solo.agent, &method, &own, "/mcp/fix", "nobody-has-this-session").await;
        assert_eq!((unknown.status, unknown.code().as_str()), (404, "P1004"), "{unknown:?}");
        for (what, answer) in [
            ("foreign", knock(&solo.agent, &method, &thief, "/mcp/fix", &session).await),
            ("other endpoint", knock(&solo.agent, &method, &own, "/mcp", &session).await),
            ("ended", knock(&solo.agent, &method, &own, "/mcp/fix", ended.session.as_deref().unwrap()).await),
        ] {
            assert_eq!(answer.likeness(), unknown.likeness(), "{method} {what}");
        }
        // The id alone proves nobody, and nobody's request falls to the only session there is.
        let bare = solo.agent.request(method.clone()).without("authorization").send().await;
        assert_eq!((bare.status, bare.code().as_str()), (401, "P1001"), "{method}: {bare:?}");
        let no_id = solo.agent.request(method.clone()).without("mcp-session-id").header("accept", "*/*");
        let no_id = no_id.header("content-type", "application/json").body(PING.into()).send().await;
        assert_eq!((no_id.status, no_id.code().as_str()), (400, "P1016"), "{method}: {no_id:?}");
    }
    assert_eq!(solo.agent.post(PING).send().await.status, 200, "nothing of that ended the session");
}

#[tokio::test]
async fn ids_of_sessions_are_not_alike() {
    let solo = Solo::new(&[]).await;
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..20 {
        let answer = solo.agent.post("").without("mcp-session-id").body(
            r#"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}"#.into(),
        );
        assert!(seen.insert(answer.send().await.header("mcp-session-id").to_owned()));
    }
}

#[tokio::test]
async fn rotation_keeps_the_session() {
    let mut solo = Solo::new(&[]).await;
    let old = solo.agent.token.clone().unwrap();
    let fresh = solo.core.peta(&["agent", "rotate", "a", "--quiet"]).await.trim().to_owned();
    assert_ne!(old, fresh);
    assert_eq!(solo.agent.post(PING).send().await.status, 401, "the old token is refused at once");
    solo.agent.token = Some(fresh);
    assert_eq!(solo.agent.post(PING).send().await.status, 200, "the session goes on with the new one");
    let graced = solo.core.peta(&["agent", "rotate", "a", "--grace", "10m", "--quiet"]).await.trim().to_owned();
    assert_eq!(solo.agent.post(PING).send().await.status, 200, "kept for its grace");
    solo.agent.token = Some(graced);
    assert_eq!(solo.agent.post(PING).send().await.status, 200);
}

#[tokio::test]
async fn expired_tokens_are_refused() {
    let solo = Solo::new(&[]).await;
    let token = solo.core.peta(&["agent", "add", "brief", "--grant", "fix", "--expires", "1s", "--quiet"]).await;
    let mut agent = solo.core.agent("/mcp/fix", token.trim());
    agent.open().await;
    let mut stream = agent.listen().await;
    while stream.text().await.is_some() {}
    let after = agent.post(PING).send().await;
    assert_eq!((after.status, after.code().as_str()), (401, "P1003"), "{after:?}");
}

#[tokio::test]
async fn the_newest_stream_of_a_session_wins_or_both_live() {
    let solo = Solo::new(&[]).await;
    let first = solo.agent.listen().await;
    let mut second = solo.agent.listen().await;
    solo.agent.call("log", r#"{"level":"error"}"#).await;
    let note = second.until("notifications/message").await;
    assert_eq!(note["params"]["data"]["said"], 1.0);
    drop(first);
    assert_eq!(solo.agent.post(PING).send().await.status, 200);
}

#[tokio::test]
async fn silent_re_initialisation_after_the_server_forgot() {
    for dialect in ["404", "400"] {
        let solo = Solo::by(Way::Http, &[], &["--gone", dialect]).await;
        solo.agent.result("logging/setLevel", r#"{"level":"debug"}"#).await;
        solo.agent.result("resources/subscribe", r#"{"uri":"test://watched-resource"}"#).await;
        solo.agent.call("forget_session", "{}").await;
        let result = solo.agent.call("test_simple_text", "{}").await;
        assert!(result["content"][0]["text"].is_string(), "{dialect}: {result}");
        assert!(solo.received("\"initialize\"").len() >= 2, "{dialect}");
        // Level and subscriptions are told again.
        let notes = solo.agent.call("notes", "{}").await;
        assert_eq!(notes["structuredContent"]["level"], "debug", "{dialect}: {notes}");
        let mut stream = solo.agent.listen().await;
        solo.agent.call("touch", "{}").await;
        assert_eq!(stream.until("notifications/resources/updated").await["params"]["uri"], "test://watched-resource");
    }
}

#[tokio::test]
async fn the_end_of_a_session_ends_its_servers_session() {
    let solo = Solo::by(Way::Http, &[], &[]).await;
    solo.agent.call("test_simple_text", "{}").await;
    let mut call = solo.agent.begin_call("hang", "{}").await;
    solo.receives("\"hang\"").await;
    assert!([200, 204].contains(&solo.agent.end().await.status));
    solo.receives("notifications/cancelled").await;
    while call.text().await.is_some() {}
    assert_eq!(solo.agent.end().await.status, 404, "the second time");
}

/// A session reads so many streams at once; what is asked while it does is answered without one.
#[tokio::test]
async fn a_session_has_a_bound_of_streams() {
    let solo = Solo::on(Setup::new().config("[sessions]\nstreams = 2"), Way::Stdio, &[], &[]).await;
    let first = solo.agent.begin_call("hang", "{}").await;
    let second = solo.agent.begin_call("hang", "{}").await;
    let call = || {
        solo.agent.request_text(
            "tools/call",
            r#"{"name":"test_tool_with_progress","arguments":{},"_meta":{"progressToken":1}}"#,
        )
    };
    let third = solo.agent.post(&call()).send().await;
    assert!(!third.is_stream() && third.json()["result"].is_object(), "{third:?}");
    let refused = solo.agent.post(&call()).header("accept", "text/event-stream").send().await;
    assert_eq!((refused.status, refused.code().as_str()), (429, "P1020"), "{refused:?}");
    let other = solo.core.open("b", &["fix"], "/mcp/fix").await;
    assert!(other.post(&call()).send().await.is_stream(), "another session's streams are its own");
    drop(second);
    eventually("a stream that nobody reads makes room", || async {
        solo.agent.post(&call()).send().await.is_stream().then_some(())
    })
    .await;
    drop(first);
}
