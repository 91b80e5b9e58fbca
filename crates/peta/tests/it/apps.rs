//! MCP Apps: tools with pages, `ui://` resources, and the calls that pages make.

use peta_testkit::{Agent, Core, Value, json};

use crate::house::{Solo, WAYS, find, raw};

/// The extension, as a host declares it.
const HOST: &str = r#"{"extensions":{"io.modelcontextprotocol/ui":{"mimeTypes":["text/html;profile=mcp-app"]}}}"#;

/// What a host asks of a server of apps, by the server's own names.
const ASKED: [(&str, &str); 6] = [
    ("tools/list", "{}"),
    ("resources/list", "{}"),
    ("resources/templates/list", "{}"),
    ("resources/read", r#"{"uri":"ui://chart/view"}"#),
    ("resources/read", r#"{"uri":"ui://chart/day/7"}"#),
    ("tools/call", r#"{"name":"show_chart","arguments":{}}"#),
];

async fn text(agent: &Agent, method: &str, params: &str) -> String {
    agent.post(&agent.request_text(method, params)).send().await.text()
}

#[tokio::test]
async fn apps_are_untouched_at_a_servers_own_endpoint() {
    for way in WAYS {
        let solo = Solo::by(way, &[], &["--small", "--apps"]).await;
        for (method, params) in ASKED {
            let got = text(&solo.agent, method, params).await;
            let result = raw(&got, "result");
            let sent = solo.traced().into_iter().any(|line| find(&line.text, "result") == Some(result));
            assert!(sent && result.contains("ui://"), "{way:?} {method} {params}: no server said\n{result}");
        }
    }
}

/// A Core with the fixture of apps as the server `chart`, which is the host of its own URIs too.
async fn aggregate() -> (Core, Agent) {
    let core = Core::start().await;
    core.stdio_server("chart", &[], &["--apps", "--small", "--name", "apps"]).await;
    core.stdio_server("plain", &[], &["--small", "--only", "echo"]).await;
    let agent = core.open("a", &["chart", "plain"], "/mcp").await;
    (core, agent)
}

#[tokio::test]
async fn apps_on_the_aggregate() {
    let (core, agent) = aggregate().await;
    let mut own = core.agent("/mcp/chart", agent.token.as_deref().unwrap());
    own.open().await;
    let (view, own_view) = ("ui://chart/chart/view", "ui://chart/view");

    // Each definition is the server's own, but for its name and the links that hosts follow.
    let tools = agent.result("tools/list", "{}").await;
    let show = tools["tools"].as_array().unwrap().iter().find(|tool| tool["name"] == "chart__show_chart").unwrap();
    assert_eq!(
        show["_meta"],
        json!({"ui": {"resourceUri": view, "visibility": ["model", "app"], "x-odd": 1.0}, "own": {"ui": 1}})
    );
    let refresh =
        tools["tools"].as_array().unwrap().iter().find(|tool| tool["name"] == "chart__refresh_chart").unwrap();
    assert_eq!(refresh["_meta"], json!({"ui/resourceUri": view, "ui": {"visibility": ["app"]}}));
    let listed = text(&agent, "resources/list", "{}").await;
    let own_listed = text(&own, "resources/list", "{}").await;
    let own_listed = raw(&own_listed, "result");
    let meta = &own_listed[own_listed.find(r#""_meta""#).unwrap()..own_listed.find("x-odd").unwrap()];
    assert!(listed.contains(meta), "{meta}\nis not in\n{listed}");
    let uris = agent.names("resources/list").await;
    for uri in [view, "ui://chart/other/chart"] {
        assert!(uris.contains(&uri.to_owned()), "{uri} in {uris:?}");
    }

    // A page and what it says of itself pass byte for byte; only the URI it is asked by is the agent's.
    for (uri, own_uri) in [(view, own_view), ("ui://chart/chart/day/7", "ui://chart/day/7")] {
        let page = text(&agent, "resources/read", &json!({ "uri": uri }).to_string()).await;
        let own_page = text(&own, "resources/read", &json!({ "uri": own_uri }).to_string()).await;
        let asked = |uri: &str| format!(r#"[{{"uri":"{uri}","#);
        assert_eq!(raw(&page, "result"), raw(&own_page, "result").replacen(&asked(own_uri), &asked(uri), 1));
    }

    // So do results: the links are the agent's, texts and structured contents are the server's.
    let shown = agent.call("chart__show_chart", "{}").await;
    let own_shown = own.call("show_chart", "{}").await;
    assert_eq!(shown["_meta"], json!({"ui": {"resourceUri": view, "x-odd": 1.0}, "ui/resourceUri": view}));
    assert_eq!(shown["content"][1]["resource"]["uri"], view);
    assert_eq!(shown["content"][1]["resource"]["text"], own_shown["content"][1]["resource"]["text"]);
    for same in ["/content/0", "/structuredContent"] {
        assert_eq!(shown.pointer(same), own_shown.pointer(same), "{same}");
    }
}

#[tokio::test]
async fn a_page_calls_by_its_servers_own_names() {
    let (core, agent) = aggregate().await;
    let called = agent.call("refresh_chart", "{}").await;
    assert_eq!(called["content"][0]["text"], "refresh_chart of apps");
    for uri in ["ui://chart/view", "ui://other/chart"] {
        let read = agent.result("resources/read", &json!({ "uri": uri }).to_string()).await;
        assert_eq!(read["contents"][0]["uri"], uri, "answered by the URI that was asked for");
    }
    // A server without pages has no pages that call.
    assert_eq!(agent.call_error("echo", "{}").await["code"], -32602);
    // Where two have the name, it says nothing.
    core.stdio_server("twin", &[], &["--apps", "--small", "--name", "twin"]).await;
    core.peta(&["grant", "add", "a", "twin"]).await;
    assert_eq!(agent.call_error("refresh_chart", "{}").await["code"], -32602);
    assert_eq!(agent.call("twin__refresh_chart", "{}").await["content"][0]["text"], "refresh_chart of twin");
    // What the caller may not use, its pages may not either.
    core.stdio_server("third", &[], &["--apps", "--only", "elsewhere", "--name", "third"]).await;
    assert_eq!(agent.call_error("elsewhere", "{}").await["code"], -32602);
}

#[tokio::test]
async fn a_shown_uri_goes_before_an_own_one() {
    // `ui://chart` of `other` is shown as `ui://other/chart`, which both have as their own too.
    let core = Core::start().await;
    for server in ["chart", "other"] {
        core.stdio_server(server, &[], &["--apps", "--small"]).await;
    }
    let agent = core.open("a", &["chart", "other"], "/mcp").await;
    for (uri, page) in [
        ("ui://other/chart", "<p>short</p>"),
        ("ui://chart/other/chart", "<p>other</p>"),
        ("ui://other/other/chart", "<p>other</p>"),
    ] {
        let read = agent.result("resources/read", &json!({ "uri": uri }).to_string()).await;
        assert_eq!((&read["contents"][0]["uri"], &read["contents"][0]["text"]), (&json!(uri), &json!(page)));
    }
}

#[tokio::test]
async fn the_extension_of_apps_passes() {
    for way in WAYS {
        let solo = Solo::by(way, &[], &["--apps"]).await;
        let token = solo.agent.token.as_deref().unwrap();
        for (path, prefix) in [("/mcp/fix", ""), ("/mcp", "fix__")] {
            let mut host = solo.core.agent(path, token);
            let greeted = host.open_with(HOST).await;
            let settings = &greeted["capabilities"]["extensions"]["io.modelcontextprotocol/ui"];
            assert_eq!(settings["mimeTypes"][0], "text/html;profile=mcp-app", "{path}: {greeted}");
            let who = host.call(&format!("{prefix}who"), "{}").await;
            let told = &who["structuredContent"]["initialize"]["capabilities"];
            assert_eq!(told, &serde_json::from_str::<Value>(HOST).unwrap(), "{way:?} {path}");
            // The server lists more to such a host, and that is what the host sees.
            let only = format!("{prefix}for_hosts_with_pages");
            assert_eq!(host.call(&only, "{}").await["content"][0]["text"], "for_hosts_with_pages of peta-fixture");
            assert!(host.names("tools/list").await.contains(&only), "{way:?} {path}");
        }
        assert!(!solo.agent.names("tools/list").await.contains(&"for_hosts_with_pages".to_owned()), "{way:?}");
    }
}
