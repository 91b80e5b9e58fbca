//! Messages that are refused before anybody reads them two ways: duplicate keys, half characters, depth, ids, methods.

use peta_testkit::{Answer, raw_exchange};

use crate::house::Solo;

fn refused(answer: &Answer, status: u16, number: i64, code: &str, what: &str) {
    assert_eq!(answer.status, status, "{what}: {answer:?}");
    let message = answer.json();
    assert_eq!(message["error"]["code"], number, "{what}: {message}");
    assert_eq!(message["error"]["data"]["code"], code, "{what}: {message}");
    assert_eq!(message["error"]["data"]["help"], format!("docs/errors/{code}.md"), "{what}");
}

fn call(arguments: &str) -> String {
    format!(r#"{{"jsonrpc":"2.0","id":5,"method":"tools/call","params":{{"name":"echo","arguments":{arguments}}}}}"#)
}

#[tokio::test]
async fn duplicate_keys_are_refused() {
    let solo = Solo::new(&[]).await;
    let bodies = [
        r#"{"jsonrpc":"2.0","id":5,"id":6,"method":"ping"}"#.to_owned(),
        r#"{"jsonrpc":"2.0","id":5,"method":"ping","method":"tools/call"}"#.to_owned(),
        r#"{"jsonrpc":"2.0","id":5,"method":"tools/call","params":{"name":"echo","name":"who","arguments":{}}}"#
            .to_owned(),
        // The same key in another spelling.
        r#"{"jsonrpc":"2.0","id":5,"method":"tools/call","params":{"name":"echo","n\u0061me":"who","arguments":{}}}"#
            .to_owned(),
        call(r#"{"a":1,"a":2}"#),
        call(r#"{"deep":[{"b":{"c":1,"\u0063":2}}]}"#),
    ];
    for body in bodies {
        let answer = solo.agent.post(&body).send().await;
        refused(&answer, 400, -32600, "P1013", &body);
    }
    assert!(solo.received("who").is_empty(), "nothing of it reached the server");
    solo.agent.call("echo", r#"{"a":{"k":1},"b":{"k":1}}"#).await;
}

#[tokio::test]
async fn half_characters_are_refused() {
    let solo = Solo::new(&[]).await;
    for body in [
        call(r#"{"a":"\ud800"}"#),
        call(r#"{"a":"\udc00\ud800"}"#),
        call(r#"{"\ud83d":1}"#),
        r#"{"jsonrpc":"2.0","id":5,"method":"tools/call\ud800"}"#.to_owned(),
        r#"{"jsonrpc":"2.0","id":5,"method":"tools/call","params":{"name":"echo","_meta":{"x":["\udfff"]}}}"#
            .to_owned(),
    ] {
        let answer = solo.agent.post(&body).send().await;
        refused(&answer, 400, -32600, "P1024", &body);
    }
    solo.agent.call("echo", r#"{"a":"\ud83d\ude00"}"#).await;
}

#[tokio::test]
async fn depth_64_passes_and_65_does_not() {
    let solo = Solo::new(&[]).await;
    // The message, its params and the arguments are three; the rest are lists.
    let nested = |lists: usize| {
        call(&format!(r#"{{"a":{}{}}}"#, "[".repeat(lists), "]".repeat(lists))).replace("echo", "test_simple_text")
    };
    let answer = solo.agent.post(&nested(61)).send().await;
    assert!(answer.json()["result"].is_object(), "{answer:?}");
    refused(&solo.agent.post(&nested(62)).send().await, 400, -32600, "P1012", "65 deep");
    refused(&solo.agent.post(&nested(100_000)).send().await, 400, -32600, "P1012", "very deep");
}

#[tokio::test]
async fn what_is_no_json_or_no_message_is_refused() {
    let solo = Solo::new(&[]).await;
    for body in ["", "{", "{\"a\":01}", "nonsense", "{\"jsonrpc\":\"2.0\",}", "\"\\x\"", "{} {}"] {
        refused(&solo.agent.post(body).send().await, 400, -32700, "P1010", body);
    }
    let not_utf8 =
        solo.agent.post_bytes(bytes::Bytes::from_static(b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"\xff\"}"));
    refused(&not_utf8.send().await, 400, -32700, "P1010", "not UTF-8");
    for body in [
        "1",
        "null",
        "{}",
        r#"{"jsonrpc":"1.0","id":5,"method":"ping"}"#,
        r#"{"id":5,"method":"ping"}"#,
        r#"{"jsonrpc":"2.0","id":5,"method":7}"#,
        r#"{"jsonrpc":"2.0","id":5}"#,
        r#"{"jsonrpc":"2.0","id":5,"result":{},"error":{}}"#,
        r#"{"jsonrpc":"2.0","id":5,"method":"tools/call","params":7}"#,
    ] {
        refused(&solo.agent.post(body).send().await, 400, -32600, "P1011", body);
    }
    refused(&solo.agent.post("[]").send().await, 400, -32600, "P1025", "an empty batch");
}

#[tokio::test]
async fn ids_that_cannot_be_used_are_refused() {
    let solo = Solo::new(&[]).await;
    let long = format!("\"{}\"", "x".repeat(300));
    for id in ["null", "1.5", "{}", "[1]", "true", long.as_str()] {
        let body = format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"ping"}}"#);
        refused(&solo.agent.post(&body).send().await, 400, -32600, "P1014", id);
    }
}

#[tokio::test]
async fn an_id_in_use_is_refused() {
    let solo = Solo::new(&[]).await;
    let body = r#"{"jsonrpc":"2.0","id":77,"method":"tools/call","params":{"name":"until_cancelled"}}"#;
    let waiting = solo.agent.post(body).open().await;
    solo.receives("until_cancelled").await;
    let again = solo.agent.post(body).send().await;
    refused(&again, 400, -32600, "P1014", "the id again");
    assert_eq!(again.json()["id"], 77);
    solo.agent.notify("notifications/cancelled", r#"{"requestId":77}"#).await;
    assert!(waiting.rest().await.is_empty());
    let after = solo.agent.post(r#"{"jsonrpc":"2.0","id":77,"method":"ping"}"#).send().await;
    assert_eq!(after.json()["result"], peta_testkit::json!({}));
}

#[tokio::test]
async fn unknown_methods_are_refused_on_the_aggregate() {
    let solo = Solo::new(&[]).await;
    let mut agent = solo.core.agent("/mcp", solo.agent.token.as_deref().unwrap());
    agent.open().await;
    let answer = agent.post(&agent.request_text("x-vendor/echo", "{}")).send().await;
    refused(&answer, 200, -32601, "P1021", "an unknown method");
    // At the server's own endpoint the server is asked.
    let error = solo.agent.ask("nobody/knows", "{}").await;
    assert_eq!(error["error"]["code"], -32601, "{error}");
}

#[tokio::test]
async fn unknown_tools_prompts_and_resources_are_refused() {
    let solo = Solo::new(&[]).await;
    let mut aggregate = solo.core.agent("/mcp", solo.agent.token.as_deref().unwrap());
    aggregate.open().await;
    for agent in [&solo.agent, &aggregate] {
        for (method, params, number) in
            [("tools/call", r#"{"name":"nothing"}"#, -32602), ("prompts/get", r#"{"name":"nothing"}"#, -32602)]
        {
            let answer = agent.post(&agent.request_text(method, params)).send().await;
            refused(&answer, 200, number, "P2001", method);
        }
        let missing = agent.ask("resources/read", r#"{"uri":"test://nothing"}"#).await;
        assert_eq!(missing["error"]["code"], -32002, "{missing}");
        for (method, params) in
            [("tools/call", "{}"), ("tools/call", r#"{"name":7}"#), ("logging/setLevel", r#"{"level":"loud"}"#)]
        {
            let answer = agent.post(&agent.request_text(method, params)).send().await;
            refused(&answer, 200, -32602, "P1022", params);
        }
    }
}

#[tokio::test]
async fn a_message_of_more_than_16_mib_is_refused() {
    let solo = Solo::new(&[]).await;
    let head = |framing: &str| {
        format!(
            "POST /mcp/fix HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\nMcp-Session-Id: {}\r\nContent-Type: application/json\r\n{framing}\r\n\r\n",
            solo.core.address,
            solo.agent.token.as_deref().unwrap(),
            solo.agent.session.as_deref().unwrap(),
        )
    };
    // Refused by what the head says, before a byte of it is read; and by what comes, when the head does not say.
    let announced = head("Content-Length: 16777217");
    let mut chunked = head("Transfer-Encoding: chunked").into_bytes();
    chunked.extend_from_slice(b"1000001\r\n\"");
    chunked.extend(std::iter::repeat_n(b'x', 0x0100_0000));
    for bytes in [announced.into_bytes(), chunked] {
        let answer = raw_exchange(&solo.core.address, &bytes).await;
        assert!(answer.starts_with("HTTP/1.1 413") && answer.contains("P1009"), "{answer}");
    }
    // A client that sends all of it before it reads sees the answer, not a broken connection.
    let whole = call(&format!(r#"{{"a":"{}"}}"#, "x".repeat(17 << 20)));
    let answer = solo.agent.post(&whole).send().await;
    assert_eq!((answer.status, answer.code().as_str()), (413, "P1009"));
    let most = call(&format!(r#"{{"a":"{}"}}"#, "x".repeat(3_000_000))).replace("\"echo\"", "\"test_simple_text\"");
    let answer = solo.agent.post(&most).send().await;
    assert!(answer.json()["result"].is_object());
}
