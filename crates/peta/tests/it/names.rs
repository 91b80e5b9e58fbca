//! Names and URIs on the aggregate: prefixes, collisions, names no model takes, and URIs that come back.

use peta_testkit::{Agent, Core, Setup};

use crate::house::{Solo, Way};

/// Two fixtures with the same names, under this prefix mode.
async fn twins(prefix: &str) -> (Core, Agent) {
    let core = Setup::new().config(&format!("[gateway]\nprefix = \"{prefix}\"")).start().await;
    core.stdio_server("alpha", &[], &["--small", "--name", "first", "--odd-names"]).await;
    core.stdio_server("beta", &[], &["--small", "--name", "second", "--many", "1"]).await;
    let agent = core.open("a", &["alpha", "beta"], "/mcp").await;
    (core, agent)
}

async fn whose(agent: &Agent, tool: &str) -> String {
    agent.call(tool, "{}").await["content"][0]["text"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn always_prefixed() {
    let (_core, agent) = twins("always").await;
    let tools = agent.names("tools/list").await;
    for name in ["alpha__small_one", "beta__small_one", "beta__many_0"] {
        assert!(tools.contains(&name.to_owned()), "{name} in {tools:?}");
    }
    assert_eq!(whose(&agent, "alpha__small_one").await, "small_one of first");
    assert_eq!(whose(&agent, "beta__small_one").await, "small_one of second");
    for name in ["small_one", "gamma__small_one", "alpha__nothing", "alpha__many_0", "__small_one", "alpha__"] {
        assert_eq!(agent.call_error(name, "{}").await["code"], -32602, "{name}");
    }
}

#[tokio::test]
async fn names_fit_every_model() {
    let (core, agent) = twins("always").await;
    let tools = agent.names("tools/list").await;
    for name in &tools {
        let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
        assert!(plain && name.len() <= 64, "{name}");
    }
    let mut once = tools.clone();
    once.sort();
    once.dedup();
    assert_eq!(once.len(), tools.len(), "{tools:?}");
    let long: Vec<&String> = tools.iter().filter(|name| name.starts_with("alpha__long")).collect();
    assert_eq!(long.len(), 2, "{tools:?}");
    let mut answers = Vec::new();
    for name in long {
        answers.push(whose(&agent, name).await);
    }
    answers.sort();
    assert_eq!(answers, ["long".repeat(30), format!("{}er", "long".repeat(30))]);
    let dotted = tools.iter().find(|name| name.starts_with("alpha__dotted")).unwrap();
    assert_eq!(whose(&agent, dotted).await, "dotted.name/slashed");
    // Untouched at the server's own endpoint.
    let mut own = core.agent("/mcp/alpha", agent.token.as_deref().unwrap());
    own.open().await;
    assert!(own.names("tools/list").await.contains(&"dotted.name/slashed".to_owned()));
}

#[tokio::test]
async fn prefixed_on_collision() {
    let (_core, agent) = twins("on-collision").await;
    let tools = agent.names("tools/list").await;
    for name in ["alpha__small_one", "beta__small_one", "many_0"] {
        assert!(tools.contains(&name.to_owned()), "{name} in {tools:?}");
    }
    assert!(!tools.contains(&"small_one".to_owned()) && !tools.contains(&"beta__many_0".to_owned()), "{tools:?}");
    assert_eq!(whose(&agent, "many_0").await, "many_0");
    assert_eq!(whose(&agent, "beta__small_one").await, "small_one of second");
}

#[tokio::test]
async fn never_prefixed() {
    let (_core, agent) = twins("never").await;
    let tools = agent.names("tools/list").await;
    assert_eq!(tools.iter().filter(|name| *name == "small_one").count(), 1, "{tools:?}");
    assert_eq!(whose(&agent, "small_one").await, "small_one of first", "the first server by name");
    assert_eq!(whose(&agent, "many_0").await, "many_0");
    assert!(agent.names("resources/list").await.contains(&"small://one".to_owned()));
}

#[tokio::test]
async fn names_do_not_change_when_a_server_is_added() {
    let core = Core::start().await;
    core.stdio_server("beta", &[], &["--small"]).await;
    let agent = core.open("a", &["beta"], "/mcp").await;
    let before = agent.names("tools/list").await;
    core.stdio_server("alpha", &[], &["--small"]).await;
    core.peta(&["grant", "add", "a", "alpha"]).await;
    let after = agent.names("tools/list").await;
    assert!(before.iter().all(|name| after.contains(name)), "{before:?} {after:?}");
    assert_eq!(after.len(), before.len() * 2);
    assert!(after[0].starts_with("alpha__"), "in order of the servers' names: {after:?}");
}

#[tokio::test]
async fn uris_there_and_back() {
    let solo = Solo::by(Way::Stdio, &[], &[]).await;
    let mut agent = solo.core.agent("/mcp", solo.agent.token.as_deref().unwrap());
    agent.open().await;
    let listed = agent.names("resources/list").await;
    for uri in ["fix+test://static-text", "https://example.org/page", "ui://fix/widget/one"] {
        assert!(listed.contains(&uri.to_owned()), "{uri} in {listed:?}");
        let read = agent.result("resources/read", &format!(r#"{{"uri":"{uri}"}}"#)).await;
        assert_eq!(read["contents"][0]["uri"], uri, "{read}");
    }
    let read = agent.result("resources/read", r#"{"uri":"fix+test://template/12/data"}"#).await;
    assert_eq!(read["contents"][0]["uri"], "fix+test://template/12/data");
    assert!(read["contents"][0]["text"].as_str().unwrap().contains("Data for ID: 12"));
    let links = agent.call("fix__links", "{}").await;
    assert_eq!(links["content"][0]["uri"], "fix+test://unlisted/link");
    assert_eq!(links["content"][1]["resource"]["uri"], "fix+test://template/9/data");
    assert_eq!(links["content"][1]["resource"]["text"], "test://template/9/data", "texts are not touched");
    assert_eq!(links["content"][2]["uri"], "https://example.org/page");
    let missing = agent.ask("resources/read", r#"{"uri":"fix+test://nothing"}"#).await;
    assert_eq!(missing["error"]["code"], -32002, "{missing}");
    assert_eq!(missing["error"]["data"]["uri"], "fix+test://nothing", "{missing}");
    // A stranger's URI is tried on nobody.
    let before = solo.received("resources/read").len();
    let stranger = agent.ask("resources/read", r#"{"uri":"secret://elsewhere"}"#).await;
    assert_eq!(stranger["error"]["code"], -32002, "{stranger}");
    assert_eq!(solo.received("resources/read").len(), before);
}

#[tokio::test]
async fn prompts_and_completion_on_the_aggregate() {
    let solo = Solo::new(&[]).await;
    let mut agent = solo.core.agent("/mcp", solo.agent.token.as_deref().unwrap());
    agent.open().await;
    assert!(agent.names("prompts/list").await.contains(&"fix__test_prompt_with_embedded_resource".to_owned()));
    let params =
        r#"{"name":"fix__test_prompt_with_embedded_resource","arguments":{"resourceUri":"test://static-text"}}"#;
    let prompt = agent.result("prompts/get", params).await;
    assert_eq!(prompt["messages"][0]["content"]["resource"]["uri"], "fix+test://static-text");
    for (reference, own) in [
        (r#"{"type":"ref/prompt","name":"fix__test_simple_prompt"}"#, "test_simple_prompt"),
        (r#"{"type":"ref/resource","uri":"fix+test://template/{id}/data"}"#, "test://template/{id}/data"),
    ] {
        let params = format!(r#"{{"ref":{reference},"argument":{{"name":"id","value":"par"}}}}"#);
        let completed = agent.result("completion/complete", &params).await;
        let values: Vec<&str> =
            completed["completion"]["values"].as_array().unwrap().iter().filter_map(|value| value.as_str()).collect();
        assert_eq!(values, ["paris", "park", "party", own], "{reference}");
    }
    let unknown = agent
        .ask(
            "completion/complete",
            r#"{"ref":{"type":"ref/prompt","name":"fix__nothing"},"argument":{"name":"a","value":""}}"#,
        )
        .await;
    assert_eq!(unknown["error"]["code"], -32602, "{unknown}");
}

#[tokio::test]
async fn a_server_without_a_feature_is_not_asked_for_it() {
    let core = Core::start().await;
    core.stdio_server("small", &[], &["--small"]).await;
    let mut agent = core.agent("/mcp", &core.token("a", &["small"]).await);
    let result = agent.open().await;
    assert!(result["capabilities"].get("completions").is_none(), "{result}");
    assert_eq!(result["capabilities"]["tools"]["listChanged"], true);
    let answer = agent
        .ask(
            "completion/complete",
            r#"{"ref":{"type":"ref/prompt","name":"small__small_prompt"},"argument":{"name":"a","value":""}}"#,
        )
        .await;
    assert_eq!(answer["error"]["code"], -32601, "{answer}");
    let answer = agent.ask("resources/subscribe", r#"{"uri":"small+small://one"}"#).await;
    assert_eq!(answer["error"]["code"], -32601, "{answer}");
}

#[tokio::test]
async fn grants_decide_what_is_seen_and_called() {
    let solo = Solo::new(&[]).await;
    let grants = ["fix/echo", "fix/prompt:test_simple_prompt", "fix/resource:test://static-text", "fix/tool:test_s*"];
    let narrow = solo.core.open("narrow", &grants, "/mcp/fix").await;
    let mut tools = narrow.names("tools/list").await;
    tools.sort();
    assert_eq!(tools, ["echo", "test_sampling", "test_simple_text"]);
    assert_eq!(narrow.names("prompts/list").await, ["test_simple_prompt"]);
    assert_eq!(narrow.names("resources/list").await, ["test://static-text"]);
    assert!(narrow.names("resources/templates/list").await.is_empty());
    let hidden = narrow.post(&narrow.request_text("tools/call", r#"{"name":"who"}"#)).send().await;
    let unknown = narrow.post(&narrow.request_text("tools/call", r#"{"name":"nothing"}"#)).send().await;
    assert_eq!(
        hidden.body.replace("who", "NAME").split("\"id\"").next(),
        unknown.body.replace("nothing", "NAME").split("\"id\"").next()
    );
    assert_eq!(
        hidden.json()["error"],
        unknown.json()["error"].to_string().replace("nothing", "who").parse::<serde_json::Value>().unwrap()
    );
    for (method, params) in [
        ("resources/read", r#"{"uri":"test://static-binary"}"#),
        ("resources/read", r#"{"uri":"test://static-text/../static-binary"}"#),
        ("resources/read", r#"{"uri":"test://template/1/data"}"#),
        ("resources/subscribe", r#"{"uri":"test://watched-resource"}"#),
        ("prompts/get", r#"{"name":"test_prompt_with_image"}"#),
    ] {
        let answer = narrow.ask(method, params).await;
        assert_eq!(answer["error"]["data"]["code"], "P2001", "{method} {params}: {answer}");
    }
    narrow.call("echo", "{}").await;
    let nothing = solo.core.open("nothing", &[], "/mcp").await;
    for list in ["tools/list", "prompts/list", "resources/list", "resources/templates/list"] {
        assert!(nothing.names(list).await.is_empty(), "{list}");
    }
}
