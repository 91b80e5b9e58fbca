//! Which revision is spoken, what each allows, and what newer clients are told.

use peta_testkit::{Agent, json};

use crate::house::Solo;

#[tokio::test]
async fn version_table() {
    let solo = Solo::new(&[]).await;
    for (asked, answered) in [
        ("2024-11-05", "2024-11-05"),
        ("2025-03-26", "2025-03-26"),
        ("2025-06-18", "2025-06-18"),
        ("2025-11-25", "2025-11-25"),
        ("2026-07-28", "2025-11-25"),
        ("1999-01-01", "2025-11-25"),
        ("nonsense", "2025-11-25"),
    ] {
        for path in ["/mcp", "/mcp/fix"] {
            let mut agent = solo.core.agent(path, solo.agent.token.as_deref().unwrap());
            let result = agent.open_as(asked, "{}").await;
            assert_eq!(result["protocolVersion"], answered, "{path} {asked}");
        }
    }
}

#[tokio::test]
async fn the_two_hops_negotiate_on_their_own() {
    let solo = Solo::new(&["--version", "2024-11-05"]).await;
    assert_eq!(solo.agent.version.as_deref(), Some("2025-11-25"));
    let who = solo.agent.call("who", "{}").await;
    assert_eq!(who["structuredContent"]["initialize"]["protocolVersion"], "2025-11-25");
}

#[tokio::test]
async fn a_server_of_an_unknown_revision_is_degraded() {
    let core = peta_testkit::Core::start().await;
    core.stdio_server("odd", &[], &["--version", "1999-01-01"]).await;
    let shown = core.json(&["server", "show", "odd", "--json"]).await;
    assert_eq!((&shown["state"], &shown["failure"]["code"]), (&json!("degraded"), &json!("P5012")), "{shown}");
}

#[tokio::test]
async fn version_header_table() {
    let solo = Solo::new(&[]).await;
    let ping = || solo.agent.post(r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#);
    for version in ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"] {
        assert_eq!(ping().header("mcp-protocol-version", version).send().await.status, 200, "{version}");
    }
    assert_eq!(ping().without("mcp-protocol-version").send().await.status, 200, "none");
    for version in ["2026-07-28", "nonsense"] {
        let answer = ping().header("mcp-protocol-version", version).send().await;
        assert_eq!(
            (answer.status, answer.json()["error"]["code"].as_i64()),
            (400, Some(-32600)),
            "{version}: {answer:?}"
        );
    }
}

#[tokio::test]
async fn discover_makes_newer_clients_fall_back() {
    let solo = Solo::new(&[]).await;
    let envelope = r#"{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"x","version":"1"},"io.modelcontextprotocol/clientCapabilities":{}}}"#;
    for path in ["/mcp", "/mcp/fix"] {
        let agent = Agent::new(&solo.core.address, path, solo.agent.token.as_deref());
        for params in ["{}", envelope] {
            for id in ["\"discover-1\"", "0"] {
                let body = format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"server/discover","params":{params}}}"#);
                for version in [None, Some("2026-07-28")] {
                    let request = agent.post(&body);
                    let request = match version {
                        Some(version) => request.header("mcp-protocol-version", version),
                        None => request,
                    };
                    let answer = request.send().await;
                    assert_eq!(answer.status, 400, "{answer:?}");
                    let message = answer.json();
                    assert_eq!(message["error"]["code"], -32600, "{message}");
                    assert_eq!(message["id"].to_string(), id, "{message}");
                }
            }
        }
    }
}

#[tokio::test]
async fn batches_are_for_2025_03_26_only() {
    let solo = Solo::new(&[]).await;
    let mut old = solo.core.agent("/mcp/fix", solo.agent.token.as_deref().unwrap());
    old.open_as("2025-03-26", "{}").await;
    let batch = r#"[{"jsonrpc":"2.0","id":1,"method":"ping"},{"jsonrpc":"2.0","method":"notifications/x"},{"jsonrpc":"2.0","id":"two","method":"tools/call","params":{"name":"test_simple_text"}}]"#;
    let answer = old.post(batch).send().await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let mut ids: Vec<String> = if answer.is_stream() {
        answer.messages().iter().map(|text| crate::house::raw(text, "id").to_owned()).collect()
    } else {
        let all: Vec<serde_json::Value> = serde_json::from_str(&answer.body).unwrap();
        all.iter().map(|message| message["id"].to_string()).collect()
    };
    ids.sort();
    assert_eq!(ids, ["\"two\"", "1"]);
    let notes = old.post(r#"[{"jsonrpc":"2.0","method":"notifications/x"}]"#).send().await;
    assert_eq!((notes.status, notes.body.as_str()), (202, ""));
    let with_progress = r#"[{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"test_tool_with_progress","_meta":{"progressToken":"p"}}},{"jsonrpc":"2.0","id":4,"method":"ping"}]"#;
    let answer = old.post(with_progress).send().await;
    assert!(answer.is_stream(), "{answer:?}");
    assert!(answer.messages().len() >= 4, "{answer:?}");

    let refused = [
        r#"[]"#.to_owned(),
        r#"[{"jsonrpc":"2.0","id":1,"method":"ping"},{"jsonrpc":"2.0","id":1,"method":"ping"}]"#.to_owned(),
        r#"[{"jsonrpc":"2.0","id":1,"method":"initialize","params":{}}]"#.to_owned(),
        format!("[{}]", vec![r#"{"jsonrpc":"2.0","method":"notifications/x"}"#; 101].join(",")),
    ];
    for batch in refused {
        let answer = old.post(&batch).send().await;
        assert_eq!((answer.status, answer.code().as_str()), (400, "P1025"), "{batch}: {answer:?}");
    }
    let newer = solo.agent.post(batch).send().await;
    assert_eq!((newer.status, newer.code().as_str()), (400, "P1025"), "{newer:?}");
}

#[tokio::test]
async fn priming_events_are_for_those_who_know_them() {
    let solo = Solo::new(&[]).await;
    for (version, primed) in [("2025-11-25", true), ("2025-06-18", false), ("2025-03-26", false)] {
        let mut agent = solo.core.agent("/mcp/fix", solo.agent.token.as_deref().unwrap());
        agent.open_as(version, "{}").await;
        let mut stream = agent
            .begin("tools/call", r#"{"name":"test_tool_with_progress","arguments":{},"_meta":{"progressToken":1}}"#)
            .await;
        let first = stream.event().await.unwrap();
        assert_eq!(first.data.is_empty(), primed, "{version}: {first:?}");
        if primed {
            assert!(!first.id.is_empty(), "{first:?}");
        }
        let rest = stream.rest().await;
        assert!(rest.iter().all(|message| message.get("jsonrpc").is_some()), "{rest:?}");
    }
}

#[tokio::test]
async fn requests_before_initialized_are_tolerated() {
    let solo = Solo::new(&[]).await;
    let mut agent = solo.core.agent("/mcp/fix", solo.agent.token.as_deref().unwrap());
    let answer = agent.initialize("2025-11-25", "{}").await;
    agent.session = Some(answer.header("mcp-session-id").to_owned());
    assert_eq!(agent.result("logging/setLevel", r#"{"level":"info"}"#).await, json!({}));
    assert!(!agent.names("tools/list").await.is_empty());
}
