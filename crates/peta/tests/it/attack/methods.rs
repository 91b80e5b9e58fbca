//! Every method is judged (T23): whoever was granted nothing moves nothing by any method, known or made up, and leaves
//! a record of having tried.

use peta_testkit::{Agent, json};

use crate::house::{Solo, Way};

/// All names of `peta_mcp::Method`, read from its source, so that a new one is tried here too.
fn methods() -> Vec<String> {
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/../peta-mcp/src/method.rs");
    let source = std::fs::read_to_string(source).unwrap();
    let names: Vec<String> = source
        .lines()
        .filter_map(|line| Some(line.trim().split_once(" = \"")?.1.strip_suffix("\";")?.to_owned()))
        .collect();
    assert!(names.len() >= 32, "{names:?}");
    names
}

const MADE_UP: [&str; 10] = [
    "x/evil",
    "tools/call ",
    "Tools/Call",
    "tools//call",
    "tools/callx",
    "tools",
    "resources/read\\u0000",
    "rpc.discover",
    "tools/\\u0063allx",
    "notifications/x",
];

/// Parameters in which any method finds what it needs.
fn params(prefix: &str, uri: &str) -> String {
    json!({
        "name": format!("{prefix}who"), "uri": uri, "arguments": {}, "level": "debug", "taskId": "t", "requestId": 1,
        "ref": {"type": "ref/prompt", "name": format!("{prefix}test_simple_prompt")}, "argument": {"name": "a", "value": ""},
        "messages": [], "maxTokens": 1, "message": "m", "requestedSchema": {"type": "object"},
        "progressToken": 1, "progress": 1, "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "x", "version": "1"},
    })
    .to_string()
}

async fn try_all(agent: &Agent, params: &str) {
    let made_up = MADE_UP.map(str::to_owned);
    for method in methods()
        .into_iter()
        .chain(made_up)
        .filter(|method| !["initialize", "server/discover"].contains(&method.as_str()))
    {
        let answer = agent.post(&agent.request_text(&method, params)).send().await;
        let message = answer.json();
        match method.as_str() {
            // These concern the session with Peta alone.
            "ping" | "logging/setLevel" => {}
            "tools/list" | "prompts/list" | "resources/list" | "resources/templates/list" => {
                let text = message.to_string();
                assert!(
                    !text.contains("\"who\"") && !text.contains("__who") && !text.contains("static-text"),
                    "{method}: {text}"
                );
            }
            _ => assert!(message["error"]["code"].is_i64(), "{method}: {message}"),
        }
        let told = agent.post(&format!(r#"{{"jsonrpc":"2.0","method":"{method}","params":{params}}}"#)).send().await;
        assert!([202, 400].contains(&told.status), "{method} as a notification: {told:?}");
    }
}

#[tokio::test]
async fn every_method_is_judged() {
    let solo = Solo::by(Way::Http, &["--isolation", "shared"], &[]).await;
    let nothing = solo.core.open("nothing", &[], "/mcp").await;
    let narrow = solo.core.open("narrow", &["fix/echo"], "/mcp/fix").await;
    let narrow_too = solo.core.agent("/mcp", narrow.token.as_deref().unwrap());
    let mut narrow_too = narrow_too;
    narrow_too.open().await;
    let before = solo.received("").len();
    try_all(&nothing, &params("fix__", "fix+test://static-text")).await;
    try_all(&narrow_too, &params("fix__", "fix+test://static-text")).await;
    try_all(&narrow, &params("", "test://static-text")).await;
    let reached: Vec<String> = solo.received("").split_off(before);
    // The judged lists of a server's own endpoint may come from the server itself; nothing else may.
    let others: Vec<&String> = reached.iter().filter(|text| !text.contains("/list\"")).collect();
    assert!(others.is_empty(), "a method nobody granted reached the server: {others:?}");
    let tried = solo.core.events(|event| event["agent"] == "nothing" && event["decision"] == "deny").await;
    for method in ["who", "test_simple_prompt", "static-text"] {
        let seen = tried.iter().any(|event| event["capability"].as_str().is_some_and(|name| name.contains(method)));
        assert!(seen, "no event of the attempt at {method}: {tried:?}");
    }
    let unknown = solo.core.events(|event| event["agent"] == "narrow" && event["capability"] == "x/evil").await;
    assert!(unknown.iter().all(|event| event["outcome"] == "refused") && !unknown.is_empty(), "{unknown:?}");
}
