//! Two agents at once, with equal ids and equal progress tokens: each hears its own.

use peta_testkit::{Agent, Core, Served, Value, json};

use crate::house::raw;

/// Two agents on one HTTP fixture, isolated so.
async fn two(isolation: &str, path: &str) -> (Core, Served, Agent, Agent) {
    let served = Served::http(&[]).await;
    let core = Core::start().await;
    core.url_server("fix", &served.url("/mcp"), &["--isolation", isolation]).await;
    let first = core.open("first", &["fix"], path).await;
    let second = core.open("second", &["fix"], path).await;
    (core, served, first, second)
}

/// A call with this id and token; its messages, and the raw token of each progress.
async fn meet(agent: &Agent, tool: &str, id: &str, token: &str, label: &str) -> (Vec<Value>, Vec<String>) {
    let body = format!(
        r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/call","params":{{"name":"{tool}","arguments":{{"parties":2,"label":"{label}"}},"_meta":{{"progressToken":{token}}}}}}}"#
    );
    let answer = agent.post(&body).send().await;
    let messages = answer.messages();
    let tokens = messages
        .iter()
        .filter(|text| text.contains("notifications/progress"))
        .map(|text| raw(raw(text, "params"), "progressToken").to_owned())
        .collect();
    (messages.iter().map(|text| serde_json::from_str(text).unwrap()).collect(), tokens)
}

async fn equal_ids_and_tokens(isolation: &str, path: &str, tool: &str) {
    let (_core, _served, first, second) = two(isolation, path).await;
    let (one, other) = tokio::join!(meet(&first, tool, "7", "1", "first"), meet(&second, tool, "7", "\"1\"", "second"));
    for ((messages, tokens), label, token) in [(one, "first", "1"), (other, "second", "\"1\"")] {
        assert_eq!(tokens, [token], "{isolation}: {messages:?}");
        assert_eq!(messages[0]["params"]["message"], label, "{messages:?}");
        let answer = messages.last().unwrap();
        assert_eq!(answer["id"], 7, "{answer}");
        assert_eq!(answer["result"]["structuredContent"], json!({"label": label, "all": true}));
    }
}

#[tokio::test]
async fn equal_ids_and_tokens_on_one_shared_line() {
    equal_ids_and_tokens("shared", "/mcp/fix", "meet").await;
}

#[tokio::test]
async fn equal_ids_and_tokens_on_lines_of_their_own() {
    equal_ids_and_tokens("per-session", "/mcp/fix", "meet").await;
}

#[tokio::test]
async fn equal_ids_and_tokens_on_the_aggregate() {
    equal_ids_and_tokens("shared", "/mcp", "fix__meet").await;
}

#[tokio::test]
async fn progress_is_spelt_as_the_server_spelt_it() {
    let (_core, _served, first, second) = two("shared", "/mcp/fix").await;
    let body = |parties: u64| {
        format!(
            r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"meet","arguments":{{"parties":{parties}}},"_meta":{{"progressToken":0}}}}}}"#
        )
    };
    let answer = first.post(&body(1)).send().await;
    let progress = &answer.messages()[0];
    assert_eq!(raw(raw(progress, "params"), "progress"), "1.50");
    // Who gave no token hears none.
    let answer = second
        .post(r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"stale_progress"}}"#)
        .send()
        .await;
    assert_eq!(answer.messages().len(), 1, "{answer:?}");
}

#[tokio::test]
async fn stale_and_falling_progress_is_dropped() {
    let (_core, _served, first, _second) = two("per-session", "/mcp/fix").await;
    let body = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"stale_progress","_meta":{"progressToken":"mine"}}}"#;
    let messages = first.post(body).send().await.messages();
    let values: Vec<Value> = messages
        .iter()
        .map(|text| serde_json::from_str::<Value>(text).unwrap())
        .filter(|message| message["method"] == "notifications/progress")
        .map(|message| {
            assert_eq!(message["params"]["progressToken"], "mine");
            message["params"]["progress"].clone()
        })
        .collect();
    assert_eq!(values, [json!(5), json!(7)], "{messages:?}");
}

#[tokio::test]
async fn reverse_requests_reach_the_right_agent() {
    for (isolation, path, tool) in [
        ("per-session", "/mcp/fix", "ask_sampling"),
        ("per-user", "/mcp/fix", "ask_sampling"),
        ("per-session", "/mcp", "fix__ask_sampling"),
    ] {
        let (_core, _served, first, second) = two(isolation, path).await;
        let ask = |agent: &Agent, label: &str| {
            format!(
                r#"{{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{{"name":"{tool}","arguments":{{"label":"{label} {}"}}}}}}"#,
                agent.path
            )
        };
        let (one, other) = (ask(&first, "first"), ask(&second, "second"));
        let mut one = first.post(&one).open().await;
        let mut other = second.post(&other).open().await;
        let to_first = one.until("sampling/createMessage").await;
        let to_second = other.until("sampling/createMessage").await;
        assert_eq!(to_first["params"]["messages"][0]["content"]["text"], format!("first {path}"), "{isolation}");
        assert_eq!(to_second["params"]["messages"][0]["content"]["text"], format!("second {path}"), "{isolation}");
        let result =
            |text: &str| format!(r#"{{"role":"assistant","model":"m","content":{{"type":"text","text":"{text}"}}}}"#);
        // Answered in the other order, and the wrong agent's answer to an equal id changes nothing.
        second.reply(&to_second, &result("from second")).await;
        let late = second
            .post(&format!(r#"{{"jsonrpc":"2.0","id":{},"result":{}}}"#, to_first["id"], result("from a thief")))
            .send()
            .await;
        assert_eq!(late.status, 202, "an unknown answer is dropped, not refused: {late:?}");
        first.reply(&to_first, &result("from first")).await;
        for (stream, text) in [(&mut one, "from first"), (&mut other, "from second")] {
            let answer = stream.answer().await;
            assert_eq!(
                answer["result"]["structuredContent"]["answer"]["result"]["content"]["text"], text,
                "{isolation} {answer}"
            );
        }
    }
}
