//! Byte fidelity: what one side wrote, the other side reads, in its own spelling.

use peta_testkit::{Agent, Value};

use crate::house::{Solo, WAYS, Way, find, raw};

/// Everything an agent may ask of a server at its own endpoint.
const ASKED: [(&str, &str); 10] = [
    ("tools/list", "{}"),
    ("prompts/list", "{}"),
    ("resources/list", "{}"),
    ("resources/templates/list", "{}"),
    ("resources/read", r#"{"uri":"test://static-text"}"#),
    ("prompts/get", r#"{"name":"test_prompt_with_arguments","arguments":{"arg1":"1","arg2":"2"}}"#),
    (
        "completion/complete",
        r#"{"ref":{"type":"ref/prompt","name":"test_simple_prompt"},"argument":{"name":"a","value":"p"}}"#,
    ),
    ("tools/call", r#"{"name":"test_multiple_content_types","arguments":{}}"#),
    ("tools/call", r#"{"name":"needs_url","arguments":{}}"#),
    ("x-vendor/echo", r#"{"unknown":[1.0,{"a":-0}]}"#),
];

/// The answer's text, and the member that holds what the server said.
async fn answer(agent: &Agent, method: &str, params: &str) -> (String, &'static str) {
    let text = agent.post(&agent.request_text(method, params)).send().await.text();
    let member = if find(&text, "result").is_some() { "result" } else { "error" };
    (text, member)
}

async fn answers_survive(way: Way) {
    let solo = Solo::by(way, &[], &["--decorate"]).await;
    for (method, params) in ASKED {
        let (text, member) = answer(&solo.agent, method, params).await;
        let got = raw(&text, member);
        let sent = solo.traced();
        let same = sent.iter().any(|line| line.way == "out" && find(&line.text, member) == Some(got));
        assert!(same, "{way:?} {method} {params}: no server said\n{got}");
        assert!(got.contains("\"x-probe\":"), "{method}: {got}");
    }
}

#[tokio::test]
async fn byte_fidelity_of_answers_over_stdio() {
    answers_survive(Way::Stdio).await;
}

#[tokio::test]
async fn byte_fidelity_of_answers_over_http() {
    answers_survive(Way::Http).await;
}

#[tokio::test]
async fn byte_fidelity_of_answers_over_sse() {
    answers_survive(Way::Sse).await;
}

#[tokio::test]
async fn byte_fidelity_of_the_envelope() {
    for way in WAYS {
        let solo = Solo::by(way, &[], &["--decorate"]).await;
        let (text, _) = answer(&solo.agent, "tools/call", r#"{"name":"echo","arguments":{}}"#).await;
        assert!(find(&text, "x-probe").is_some(), "{way:?}: the answer's own unknown member is lost: {text}");
        let body = r#"{"jsonrpc":"2.0","x-envelope":1.0,"id":1,"method":"tools/call","params":{"name":"echo"}}"#;
        solo.agent.post(body).send().await;
        assert!(!solo.received(r#""x-envelope":1.0"#).is_empty(), "{way:?}: the request's own unknown member is lost");
    }
}

#[tokio::test]
async fn byte_fidelity_of_requests() {
    for way in WAYS {
        let solo = Solo::by(way, &[], &[]).await;
        let arguments = concat!(
            r#"{"x":1.0,"y":[1e0,12345678901234567890,-0,0.10,1E+2],"e":{},"s":"\u00e9\/\ud83d\ude00\n","#,
            r#""nested":{"x-probe":{"deep":[[[]]]}},"":null}"#
        );
        let params = format!(
            r#"{{"name":"echo","x-unknown":{{"a":1.50}},"arguments":{arguments},"_meta":{{"vendor/x":-0.0}}}}"#
        );
        let result = solo.agent.result("tools/call", &params).await;
        let seen = result["content"][0]["text"].as_str().unwrap();
        assert_eq!(raw(seen, "arguments"), arguments, "{way:?}");
        assert_eq!(raw(seen, "params"), params, "{way:?}");
    }
}

#[tokio::test]
async fn byte_fidelity_of_the_greeting() {
    let solo = Solo::new(&["--decorate"]).await;
    let token = solo.agent.token.clone();
    let agent = Agent::new(&solo.agent.address, "/mcp/fix", token.as_deref());
    let text = agent.initialize("2025-11-25", "{}").await.text();
    let result = raw(&text, "result");
    let sent: Vec<String> = solo.traced().into_iter().filter(|line| line.way == "out").map(|line| line.text).collect();
    for member in ["serverInfo", "capabilities", "instructions", "x-probe"] {
        let got = raw(result, member);
        let same = sent.iter().any(|text| find(text, "result").and_then(|result| find(result, member)) == Some(got));
        assert!(same, "{member}: no server said {got}");
    }
}

#[tokio::test]
async fn byte_fidelity_of_what_a_server_asks_and_says() {
    for way in WAYS {
        let solo = Solo::by(way, &[], &[]).await;
        let mut stream = solo.agent.begin_call("ask_elicit", r#"{"label":"x"}"#).await;
        let text = stream.text().await.unwrap();
        let params = raw(&text, "params");
        assert!(params.contains(r#""x-odd":1.0"#) && params.contains(r#""default":1e0"#), "{way:?}: {params}");
        let result = r#"{"action":"accept","content":{"n":1e0},"x-more":[0.10]}"#;
        let id = raw(&text, "id");
        let reply = format!(r#"{{"jsonrpc":"2.0","id":{id},"x-envelope":-0,"result":{result}}}"#);
        assert_eq!(solo.agent.post(&reply).send().await.status, 202);
        let answer = stream.answer().await;
        let seen = answer["result"]["content"][0]["text"].as_str().unwrap().to_owned();
        assert_eq!(raw(raw(&seen, "answer"), "result"), result, "{way:?}");
    }
}

#[tokio::test]
async fn a_pretty_message_becomes_one_line() {
    let solo = Solo::new(&[]).await;
    let body = "{\r\n  \"jsonrpc\": \"2.0\",\n  \"id\": 41,\n  \"method\": \"tools/call\",\n\t\"params\": {\n \"name\": \"echo\",\n \"arguments\": { \"a\" : 1.0 ,\n\"b\": \"c d\" }\n}\n}\n";
    let answer = solo.agent.post(body).send().await.json();
    assert_eq!(answer["id"], 41);
    let seen = answer["result"]["content"][0]["text"].as_str().unwrap();
    let arguments = raw(seen, "arguments");
    assert!(arguments.contains("1.0") && arguments.contains("\"c d\"") && !arguments.contains('\n'), "{arguments}");
}

#[tokio::test]
async fn ids_come_back_as_they_were_written() {
    let solo = Solo::new(&[]).await;
    for id in ["0", "1", "\"1\"", "-7", "9007199254740993", "18446744073709551615", "\"\"", r#""\u0041\/é""#] {
        let body =
            format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/call","params":{{"name":"test_simple_text"}}}}"#);
        let answer = solo.agent.post(&body).send().await;
        assert_eq!(answer.status, 200, "{id}: {answer:?}");
        assert_eq!(raw(&answer.text(), "id"), id);
    }
}

#[tokio::test]
async fn one_and_the_text_one_are_two_requests() {
    let solo = Solo::new(&[]).await;
    let call = |id: &str, label: &str| {
        let params = format!(r#"{{"name":"meet","arguments":{{"parties":2,"label":"{label}"}}}}"#);
        let body = format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/call","params":{params}}}"#);
        let request = solo.agent.post(&body);
        request.send()
    };
    let (number, text) = tokio::join!(call("1", "number"), call("\"1\"", "text"));
    for (answer, id, label) in [(number, Value::from(1), "number"), (text, Value::from("1"), "text")] {
        let message = answer.json();
        assert_eq!(message["id"], id);
        assert_eq!(message["result"]["structuredContent"]["label"], label);
        assert_eq!(message["result"]["structuredContent"]["all"], true);
    }
}

#[tokio::test]
async fn unknown_notifications_reach_the_server_at_its_own_endpoint() {
    let solo = Solo::new(&[]).await;
    solo.agent.call("test_simple_text", "{}").await;
    solo.agent.notify("notifications/x-vendor", r#"{"n":1.0}"#).await;
    let text = solo.receives("notifications/x-vendor").await;
    assert_eq!(raw(&text, "params"), r#"{"n":1.0}"#);
}
