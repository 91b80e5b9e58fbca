//! `peta stdio`: the bridge that an MCP client launches.

use peta_testkit::{Bridge, Core, Setup, eventually, json};

use crate::house::raw;

async fn core() -> (Core, String) {
    let core = Core::start().await;
    core.stdio_server("fix", &[], &[]).await;
    let token = core.token("a", &["fix"]).await;
    (core, token)
}

#[tokio::test]
async fn a_session_through_the_bridge() {
    let (core, token) = core().await;
    let data = core.data.to_str().unwrap();
    let url = core.url("");
    let file = core.file("token");
    std::fs::write(&file, format!("{token}\n")).unwrap();
    let from_file = ["--data", data, "--token-file", file.to_str().unwrap()];
    for (words, environment, prefix) in [
        (&["--data", data][..], vec![("PETA_AGENT_TOKEN", token.as_str())], "fix__"),
        (&["--url", &url, "--server", "fix"], vec![("PETA_AGENT_TOKEN", token.as_str())], ""),
        (&["--server", "fix"], vec![("PETA_AGENT_TOKEN", token.as_str()), ("PETA_URL", url.as_str())], ""),
        (&from_file, vec![], "fix__"),
    ] {
        let mut bridge = Bridge::launch(words, &environment);
        let opened = bridge.open().await;
        assert_eq!(opened["result"]["protocolVersion"], "2025-11-25", "{opened}");
        let params = format!(r#"{{"name":"{prefix}echo","arguments":{{"n":1e0}},"_meta":{{"progressToken":7}}}}"#);
        bridge.write(&format!(r#"{{"jsonrpc":"2.0","id":"\u0041","method":"tools/call","params":{params}}}"#)).await;
        let line = bridge.line().await.unwrap();
        assert_eq!(raw(&line, "id"), r#""\u0041""#);
        assert!(line.contains(r#"{\"n\":1e0}"#), "{line}");
        let params = format!(r#"{{"name":"{prefix}test_tool_with_progress","_meta":{{"progressToken":7}}}}"#);
        bridge.write(&format!(r#"{{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{params}}}"#)).await;
        let first = bridge.message().await;
        assert_eq!(
            (&first["method"], &first["params"]["progressToken"]),
            (&json!("notifications/progress"), &json!(7))
        );
        bridge.answer(&json!(2)).await;
        assert_eq!(bridge.close().await, 0);
    }
}

#[tokio::test]
async fn a_client_may_probe_and_then_initialize() {
    let (core, token) = core().await;
    let mut bridge = Bridge::launch(&["--data", core.data.to_str().unwrap()], &[("PETA_AGENT_TOKEN", &token)]);
    let answer = bridge.ask(9, "server/discover", "{}").await;
    assert_eq!(answer["error"]["code"], -32601, "{answer}");
    assert!(bridge.open().await["result"].is_object());
    assert_eq!(bridge.ask(3, "ping", "{}").await["result"], json!({}));
}

#[tokio::test]
async fn questions_and_changes_pass_the_bridge() {
    let (core, token) = core().await;
    let mut bridge = Bridge::launch(&["--data", core.data.to_str().unwrap()], &[("PETA_AGENT_TOKEN", &token)]);
    let params =
        r#"{"protocolVersion":"2025-11-25","capabilities":{"roots":{}},"clientInfo":{"name":"t","version":"1"}}"#;
    bridge.ask(0, "initialize", params).await;
    bridge.write(r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#).await;
    bridge.write(r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"fix__ask_roots"}}"#).await;
    let asked = loop {
        let message = bridge.message().await;
        if message["method"] == "roots/list" {
            break message;
        }
    };
    bridge.write(&format!(r#"{{"jsonrpc":"2.0","id":{},"result":{{"roots":[]}}}}"#, asked["id"])).await;
    let answer = bridge.answer(&json!(1)).await;
    assert_eq!(answer["result"]["structuredContent"]["answer"]["result"]["roots"], json!([]));
    core.stdio_server("two", &[], &["--small"]).await;
    core.peta(&["grant", "add", "a", "two"]).await;
    loop {
        if bridge.message().await["method"] == "notifications/tools/list_changed" {
            break;
        }
    }
}

#[tokio::test]
async fn while_core_is_away_each_request_is_answered() {
    let (mut core, token) = core().await;
    let data = core.data.to_str().unwrap().to_owned();
    let mut bridge = Bridge::launch(&["--data", &data], &[("PETA_AGENT_TOKEN", &token)]);
    bridge.open().await;
    bridge.ask(1, "tools/list", "{}").await;
    let address = core.address.clone();
    core.stop().await;
    let away = bridge.ask(2, "tools/list", "{}").await;
    assert!(away["error"]["data"]["code"].as_str().is_some_and(|code| code.starts_with('P')), "{away}");
    assert!(!bridge.said().is_empty(), "it says on stderr what is wrong");
    let _core = Setup::again(&core).listen(&address).start().await;
    let mut next = 3;
    let back = loop {
        let answer = bridge.ask(next, "tools/list", "{}").await;
        if answer["result"].is_object() || next > 40 {
            break answer;
        }
        next += 1;
    };
    assert!(back["result"]["tools"].as_array().is_some_and(|tools| !tools.is_empty()), "{back}");
}

#[tokio::test]
async fn without_a_token_or_a_core_it_says_so() {
    let (core, token) = core().await;
    let data = core.data.to_str().unwrap();
    let none = Bridge::launch(&["--data", data], &[]);
    let said =
        eventually("it says what is missing", || async { Some(none.said()).filter(|said| !said.is_empty()) }).await;
    assert!(said.contains("P8011") && said.contains("PETA_AGENT_TOKEN"), "{said}");
    let mut nobody = Bridge::launch(&["--url", "http://127.0.0.1:1"], &[("PETA_AGENT_TOKEN", &token)]);
    let answer = nobody.open().await;
    assert!(answer["error"]["data"]["code"].as_str().is_some_and(|code| code.starts_with('P')), "{answer}");
    let mut wrong = Bridge::launch(&["--data", data], &[("PETA_AGENT_TOKEN", "peta_st_wrong")]);
    let answer = wrong.open().await;
    assert!(answer["error"].is_object(), "{answer}");
}
