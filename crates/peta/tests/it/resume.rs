//! Streams that break: what was said meanwhile is there when the client comes back, for it alone, within bounds.

use std::time::Duration;

use http::Method;
use peta_testkit::{Agent, Event, Served, Setup, Stream, eventually, json, server_scenario, within};

use crate::house::{Solo, WAYS, Way};

const MEET: &str = r#"{"name":"meet","arguments":{"label":"first","parties":2},"_meta":{"progressToken":"p"}}"#;

/// A call that waits for another one, and the id of the event that its stream began with.
async fn waiting_call(agent: &Agent) -> (Stream, Event) {
    let mut stream = agent.begin("tools/call", MEET).await;
    let first = stream.event().await.unwrap();
    assert!(first.data.is_empty() && !first.id.is_empty() && !first.retry.is_empty(), "{first:?}");
    (stream, first)
}

/// Lets the call that waits go on.
async fn meet(agent: &Agent) {
    let result = agent.call("meet", r#"{"label":"second","parties":2}"#).await;
    assert_eq!(result["structuredContent"]["label"], "second");
}

#[tokio::test]
async fn a_dropped_connection_never_cancels_a_call() {
    for way in WAYS {
        let solo = Solo::by(way, &[], &[]).await;
        let (stream, first) = waiting_call(&solo.agent).await;
        solo.receives("\"first\"").await;
        drop(stream);
        meet(&solo.agent).await;
        let mut back = solo.agent.resume(&first.id).await;
        let progress = back.message().await;
        assert_eq!(
            (&progress["method"], &progress["params"]["progressToken"]),
            (&json!("notifications/progress"), &json!("p"))
        );
        let answer = back.message().await;
        assert_eq!(answer["result"]["structuredContent"]["label"], "first", "{way:?}: {answer}");
        assert!(back.event().await.is_none(), "{way:?}: the answer is the last event");
        assert!(solo.received("notifications/cancelled").is_empty(), "{way:?}");
        let calls = solo.core.events(|event| event["capability"] == "meet").await;
        assert!(calls.len() == 2 && calls.iter().all(|call| call["outcome"] == "ok"), "{way:?}: {calls:?}");
    }
}

#[tokio::test]
async fn a_stream_is_read_again_from_any_event_of_it() {
    let solo = Solo::new(&[]).await;
    let params = r#"{"name":"test_tool_with_progress","arguments":{},"_meta":{"progressToken":7}}"#;
    let mut stream = solo.agent.begin("tools/call", params).await;
    let mut events = Vec::new();
    while let Some(event) = stream.event().await {
        events.push(event);
    }
    assert_eq!(events.len(), 5, "a beginning, three of progress, the answer: {events:?}");
    for at in 0..events.len() - 1 {
        let mut back = solo.agent.resume(&events[at].id).await;
        for event in &events[at + 1..] {
            assert_eq!(back.event().await.as_ref(), Some(event), "the same ids and the same words");
        }
        assert!(back.event().await.is_none());
    }
}

#[tokio::test]
async fn a_stream_that_was_read_to_its_end_becomes_a_listener() {
    let solo = Solo::new(&[]).await;
    let (mut stream, _) = waiting_call(&solo.agent).await;
    let ((), last) = tokio::join!(meet(&solo.agent), async {
        let mut last = None;
        while let Some(event) = stream.event().await {
            last = Some(event);
        }
        last.unwrap()
    });
    for id in [&*last.id, "7b.9", "ffff000000000001.0"] {
        let mut listening = solo.agent.resume(id).await;
        solo.agent.call("log", r#"{"level":"error"}"#).await;
        assert_eq!(listening.until("notifications/message").await["params"]["level"], "error", "{id}");
    }
}

#[tokio::test]
async fn replay_crosses_neither_streams_nor_sessions_nor_callers() {
    let solo = Solo::new(&[]).await;
    let (one, first) = waiting_call(&solo.agent).await;
    let params = r#"{"name":"slow","arguments":{"ms":400}}"#;
    let mut two = solo.agent.begin("tools/call", params).await;
    let second = two.event().await.unwrap();
    assert_ne!(first.id.split('.').next(), second.id.split('.').next(), "{first:?} {second:?}");
    drop((one, two));
    meet(&solo.agent).await;
    // Each stream has its own call's words and no other's.
    let of_first = solo.agent.resume(&first.id).await.rest().await;
    assert_eq!(of_first.len(), 2, "{of_first:?}");
    assert_eq!(of_first[1]["result"]["structuredContent"]["label"], "first");
    let of_second = solo.agent.resume(&second.id).await.rest().await;
    assert_eq!((of_second.len(), &of_second[0]["result"]["content"][0]["text"]), (1, &json!("slept")), "{of_second:?}");

    // Another session, of the same agent or of another, finds a listener and nothing of that.
    let thief = solo.core.token("thief", &["fix"]).await;
    for token in [solo.agent.token.as_deref().unwrap(), &thief] {
        let mut other = solo.core.agent("/mcp/fix", token);
        other.open().await;
        let id = first.id.rsplit_once('.').unwrap().0;
        let mut listening = other.resume(id).await;
        other.call("log", r#"{"level":"alert"}"#).await;
        let said = listening.message().await;
        assert_eq!(said["params"]["level"], "alert", "{said}");
    }
    // Another caller with the session's id finds no session.
    let mut stolen = solo.core.agent("/mcp/fix", &thief);
    stolen.session = solo.agent.session.clone();
    let answer = stolen
        .request(Method::GET)
        .header("accept", "text/event-stream")
        .header("last-event-id", &first.id)
        .send()
        .await;
    assert_eq!((answer.status, answer.code().as_str()), (404, "P1004"), "{answer:?}");
}

#[tokio::test]
async fn the_newest_reader_of_a_stream_wins() {
    let solo = Solo::new(&[]).await;
    let (mut oldest, first) = waiting_call(&solo.agent).await;
    let mut older = solo.agent.resume(&first.id).await;
    assert!(oldest.event().await.is_none(), "the older connection ends");
    let newest = solo.agent.resume(&first.id).await;
    assert!(older.event().await.is_none(), "the older connection ends");
    meet(&solo.agent).await;
    assert_eq!(newest.rest().await.len(), 2);
}

#[tokio::test]
async fn the_sessions_own_stream_misses_nothing_while_it_is_away() {
    let solo = Solo::new(&[]).await;
    solo.agent.result("resources/subscribe", r#"{"uri":"test://watched-resource"}"#).await;
    let mut stream = solo.agent.listen().await;
    let first = stream.event().await.unwrap();
    solo.agent.call("touch", "{}").await;
    let seen = loop {
        let event = stream.event().await.unwrap();
        if event.data.contains("resources/updated") {
            break event;
        }
    };
    drop(stream);
    solo.agent.call("touch", "{}").await;
    // With the id of its last event, the client gets what came after it; with an older one, that again.
    let mut back = solo.agent.resume(&seen.id).await;
    assert_eq!(back.until("notifications/resources/updated").await["params"]["uri"], "test://watched-resource");
    drop(back);
    let mut again = solo.agent.resume(&first.id).await;
    again.until("notifications/resources/updated").await;
    again.until("notifications/resources/updated").await;
    drop(again);
    // Without one, it still gets what nobody was given.
    solo.agent.call("touch", "{}").await;
    let mut fresh = eventually("the update waits for a reader", || async {
        let mut fresh = solo.agent.listen().await;
        fresh.event().await;
        let text = tokio::time::timeout(Duration::from_millis(500), fresh.text()).await.ok()?;
        text.is_some_and(|text| text.contains("resources/updated")).then_some(fresh)
    })
    .await;
    assert!(fresh.silent_for(Duration::from_millis(200)).await, "once");
}

#[tokio::test]
async fn a_question_of_a_server_waits_on_the_stream_of_its_call() {
    let solo = Solo::by(Way::Http, &[], &[]).await;
    let mut stream = solo.agent.begin_call("ask_roots", "{}").await;
    let first = stream.event().await.unwrap();
    drop(stream);
    let mut back = solo.agent.resume(&first.id).await;
    let asked = back.until("roots/list").await;
    drop(back);
    solo.agent.reply(&asked, r#"{"roots":[]}"#).await;
    let mut again = solo.agent.resume(&first.id).await;
    assert_eq!(again.until("roots/list").await, asked, "the same question, not another one");
    let answer = again.answer().await;
    assert_eq!(answer["result"]["structuredContent"]["answer"]["result"]["roots"], json!([]), "{answer}");
}

#[tokio::test]
async fn an_error_is_an_answer_like_any_other() {
    let solo = Solo::new(&[]).await;
    let text = solo.agent.request_text("tools/call", r#"{"name":"needs_url","arguments":{}}"#);
    let mut stream = solo.agent.post(&text).header("accept", "text/event-stream").open().await;
    let first = stream.event().await.unwrap();
    let answer = stream.answer().await;
    assert!(answer["error"].is_object(), "{answer}");
    drop(stream);
    let back = solo.agent.resume(&first.id).await.rest().await;
    assert_eq!(back, [answer]);
}

#[tokio::test]
async fn a_stream_closes_after_a_while_and_its_client_polls() {
    let setup = Setup::new().config("[streams]\nclose_after = \"300ms\"\nretry = \"50ms\"");
    let solo = Solo::on(setup, Way::Stdio, &[], &[]).await;
    let mut stream = solo.agent.begin_call("slow", r#"{"ms":1500}"#).await;
    let mut last = String::new();
    let mut connections = 1;
    let answer = within("the answer, by and by", async {
        loop {
            let mut told = false;
            while let Some(event) = stream.event().await {
                told |= event.retry == "50" && event.id.is_empty();
                if !event.id.is_empty() {
                    last = event.id;
                }
                if event.data.contains("slept") {
                    return event.data;
                }
            }
            assert!(told, "before it closes it says when to come back");
            connections += 1;
            stream = solo.agent.resume(&last).await;
        }
    })
    .await;
    assert!(answer.contains("\"result\""), "{answer}");
    assert!(connections > 2, "{connections}");
    // The session's own stream too; a client of an older revision may have no id to come back with, and loses nothing.
    let mut own = solo.agent.listen().await;
    while own.event().await.is_some() {}
    let mut old = solo.core.agent("/mcp/fix", solo.agent.token.as_deref().unwrap());
    old.open_as("2025-06-18", "{}").await;
    let mut unprimed = old.begin_call("slow", r#"{"ms":800}"#).await;
    assert_eq!(unprimed.answer().await["result"]["content"][0]["text"], "slept");
}

#[tokio::test]
async fn a_full_buffer_loses_its_oldest_notifications_and_never_the_answer() {
    let setup = Setup::new().config("[replay]\nevents = 20");
    let solo = Solo::on(setup, Way::Stdio, &[], &[]).await;
    let text = solo.agent.request_text("tools/call", r#"{"name":"flood","arguments":{"n":300}}"#);
    let mut stream = solo.agent.post(&text).header("accept", "text/event-stream").open().await;
    let first = stream.event().await.unwrap();
    while stream.event().await.is_some() {}
    let left = solo.agent.resume(&first.id).await.rest().await;
    assert_eq!(left.len(), 20, "{left:?}");
    assert_eq!(left[19]["result"]["content"][0]["text"], "flooded");
    let numbers: Vec<u64> = left[..19].iter().map(|note| note["params"]["data"].as_u64().unwrap()).collect();
    assert_eq!(numbers, (281..300).collect::<Vec<_>>());
}

#[tokio::test]
async fn an_answer_that_was_not_kept_is_told_as_lost() {
    let setup = Setup::new().config("[replay]\nage = \"1s\"");
    let solo = Solo::on(setup, Way::Stdio, &[], &[]).await;
    let params = r#"{"name":"slow","arguments":{"ms":300}}"#;
    let body = format!(r#"{{"jsonrpc":"2.0","id":"a \" b","method":"tools/call","params":{params}}}"#);
    let mut stream = solo.agent.post(&body).open().await;
    let first = stream.event().await.unwrap();
    drop(stream);
    let answer = eventually("the answer is too old to be kept", || async {
        let answer = solo.agent.resume(&first.id).await.answer().await;
        answer["error"].is_object().then_some(answer)
    })
    .await;
    assert_eq!(answer["id"], "a \" b", "{answer}");
    assert_eq!((&answer["error"]["code"], &answer["error"]["data"]["code"]), (&json!(-32603), &json!("P5009")));
}

#[tokio::test]
async fn what_is_no_event_id_is_refused() {
    let solo = Solo::new(&[]).await;
    for id in ["", "nonsense", "1.2.3", "-1.0"] {
        let request = solo.agent.request(Method::GET).header("accept", "text/event-stream");
        let answer = request.header("last-event-id", id).send().await;
        assert_eq!((answer.status, answer.code().as_str()), (400, "P1032"), "{id}: {answer:?}");
    }
}

/// The official suite's scenario for polling, which is beyond its scored set. Its client comes back once, so the stream
/// must close before the answer is there, and be open again when it is: on a busy machine that may need another try.
#[tokio::test]
async fn server_sse_polling() {
    let config = "[gateway]\nanonymous = { agent = \"suite\" }\n[streams]\nhold = \"20ms\"\nclose_after = \"400ms\"";
    let core = Setup::new().config(config).start().await;
    let fixture = Served::http(&[]).await;
    core.url_server("fix", &fixture.url("/mcp"), &[]).await;
    core.token("suite", &["fix"]).await;
    let mut said = String::new();
    for _ in 0..5 {
        let ran = server_scenario("server-sse-polling", &core.url("/mcp/fix"), &core.file(".")).await;
        said = format!("{}{}", ran.stdout, ran.stderr);
        assert_eq!(ran.code, 0, "{said}");
        for check in ["server-sse-priming-event", "server-sse-retry-field", "server-sse-disconnect-resume"] {
            assert!(said.contains(check), "{check}: {said}");
        }
        if said.contains("Successfully received tool response after reconnection") {
            return;
        }
    }
    panic!("{said}");
}
