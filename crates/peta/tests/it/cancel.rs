//! Cancellation: the agent's own id becomes the server's, and nothing comes after.

use std::time::Duration;

use http::Method;

use crate::house::{Solo, WAYS, Way, raw};

fn cancellable(id: &str, late: bool) -> String {
    let late = u8::from(late);
    format!(
        r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/call","params":{{"name":"until_cancelled","arguments":{{"late":{late}}}}}}}"#
    )
}

#[tokio::test]
async fn a_cancellation_reaches_the_call_it_means() {
    for way in WAYS {
        for late in [false, true] {
            let solo = Solo::by(way, &[], &[]).await;
            let call = solo.agent.post(&cancellable("\"mine\"", late)).open().await;
            let seen = solo.receives("until_cancelled").await;
            solo.agent
                .notify("notifications/cancelled", r#"{"requestId":"mine","reason":"enough","x-more":1.0}"#)
                .await;
            let rest = call.rest().await;
            assert!(rest.is_empty(), "{way:?}: nothing is answered, not {rest:?}");
            let told = solo.receives("notifications/cancelled").await;
            let params = raw(&told, "params");
            assert_eq!(raw(params, "requestId"), raw(&seen, "id"), "{way:?}: in the server's own words");
            assert_eq!(raw(params, "reason"), "\"enough\"");
            assert_eq!(raw(params, "x-more"), "1.0");
            // The line is as good as before.
            solo.agent.call("test_simple_text", "{}").await;
            let events = solo.core.events(|event| event["capability"] == "until_cancelled").await;
            assert_eq!(events.len(), 1, "{events:?}");
            assert_eq!(events[0]["outcome"], "cancelled", "{events:?}");
        }
    }
}

#[tokio::test]
async fn nobody_cancels_anothers_call() {
    let solo = Solo::by(Way::Http, &["--isolation", "shared"], &[]).await;
    let other = solo.core.open("other", &["fix"], "/mcp/fix").await;
    let call = solo.agent.post(&cancellable("5", true)).open().await;
    solo.receives("until_cancelled").await;
    for params in [r#"{"requestId":5}"#, r#"{"requestId":"5"}"#, r#"{"requestId":1}"#, "{}", r#"{"requestId":null}"#] {
        other.notify("notifications/cancelled", params).await;
    }
    solo.agent.notify("notifications/cancelled", r#"{"requestId":"5"}"#).await;
    other.call("test_simple_text", "{}").await;
    assert!(solo.received("notifications/cancelled").is_empty(), "{:?}", solo.received("notifications/cancelled"));
    solo.agent.notify("notifications/cancelled", r#"{"requestId":5}"#).await;
    assert!(call.rest().await.is_empty());
}

#[tokio::test]
async fn the_end_of_a_session_cancels_its_calls() {
    let solo = Solo::by(Way::Http, &["--isolation", "shared"], &[]).await;
    let call = solo.agent.post(&cancellable("5", false)).open().await;
    let seen = solo.receives("until_cancelled").await;
    assert!([200, 204].contains(&solo.agent.end().await.status));
    let told = solo.receives("notifications/cancelled").await;
    assert_eq!(raw(raw(&told, "params"), "requestId"), raw(&seen, "id"));
    drop(call);
}

#[tokio::test]
async fn a_lost_connection_is_no_cancellation() {
    let solo = Solo::new(&[]).await;
    let call = solo.agent.post(&cancellable("5", false)).open().await;
    solo.receives("until_cancelled").await;
    drop(call);
    let cancelled = solo.agent.call("slow", r#"{"ms":200}"#);
    cancelled.await;
    assert!(solo.received("notifications/cancelled").is_empty());
    solo.agent.notify("notifications/cancelled", r#"{"requestId":5}"#).await;
    solo.receives("notifications/cancelled").await;
}

#[tokio::test]
async fn a_cancellation_passes_a_flood() {
    let solo = Solo::new(&[]).await;
    let call = solo.agent.post(&cancellable("5", false)).open().await;
    solo.receives("until_cancelled").await;
    let flood = solo.agent.begin_call("flood", r#"{"n":5000}"#).await;
    solo.agent.notify("notifications/cancelled", r#"{"requestId":5}"#).await;
    let cancelled = tokio::time::timeout(Duration::from_secs(10), call.rest()).await.unwrap();
    assert!(cancelled.iter().all(|message| message.get("id").is_none()), "no answer: {cancelled:?}");
    let messages = flood.rest().await;
    assert!(messages.last().unwrap()["result"].is_object());
}

#[tokio::test]
async fn initialize_is_never_cancelled() {
    let solo = Solo::new(&[]).await;
    solo.agent.notify("notifications/cancelled", r#"{"requestId":0}"#).await;
    assert_eq!(solo.agent.request(Method::GET).header("accept", "text/event-stream").open().await.status, 200);
}
