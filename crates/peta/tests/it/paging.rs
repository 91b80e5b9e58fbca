//! Lists in pages: the server's own cursors at its own endpoint, sealed ones on the aggregate, and broken ones.

use std::time::Duration;

use peta_testkit::{Core, json};

use crate::house::{Solo, Way};

#[tokio::test]
async fn a_server_pages_as_it_does_at_its_own_endpoint() {
    let solo = Solo::new(&["--pages", "3"]).await;
    let page = solo.agent.result("tools/list", "{}").await;
    assert_eq!(page["nextCursor"], "page-1", "cursors are the server's own");
    let all = solo.agent.names("tools/list").await;
    let mut once = all.clone();
    once.sort();
    once.dedup();
    assert_eq!(all.len(), once.len(), "no tool twice");
    assert!(all.contains(&"echo".to_owned()) && all.contains(&"test_simple_text".to_owned()));
    let bad = solo.agent.ask("tools/list", r#"{"cursor":"page-99"}"#).await;
    assert_eq!(bad["error"]["code"], -32602, "{bad}");
}

#[tokio::test]
async fn all_pages_of_all_servers_are_on_the_aggregate() {
    let core = Core::start().await;
    core.stdio_server("one", &[], &["--pages", "3", "--many", "450"]).await;
    core.stdio_server("two", &[], &["--small", "--pages", "2"]).await;
    let agent = core.open("a", &["one", "two"], "/mcp").await;
    let tools = agent.names("tools/list").await;
    assert!(tools.contains(&"one__many_0".to_owned()) && tools.contains(&"one__many_449".to_owned()));
    assert!(tools.contains(&"two__small_one".to_owned()) && tools.contains(&"two__small_two".to_owned()));
    let first = agent.result("tools/list", "{}").await;
    assert_eq!(first["tools"].as_array().unwrap().len(), 200);
    let resources = agent.names("resources/list").await;
    assert!(
        resources.contains(&"one+many://449".to_owned()) && resources.contains(&"two+small://one".to_owned()),
        "{resources:?}"
    );
    assert!(agent.names("prompts/list").await.contains(&"one__many_449".to_owned()));
    assert_eq!(agent.names("resources/templates/list").await, ["one+test://template/{id}/data"]);
    let counts = core.json(&["server", "show", "one", "--json"]).await;
    assert_eq!(counts["capabilities"]["tools"], tools.len() - 2);
}

#[tokio::test]
async fn cursors_that_are_not_ours_are_refused() {
    let core = Core::start().await;
    core.stdio_server("one", &[], &["--many", "300"]).await;
    let agent = core.open("a", &["one"], "/mcp").await;
    let other = core.open("b", &["one"], "/mcp").await;
    let cursor = agent.result("tools/list", "{}").await["nextCursor"].as_str().unwrap().to_owned();
    let params = json!({ "cursor": cursor }).to_string();
    assert!(agent.ask("tools/list", &params).await["result"].is_object());
    let mut flipped = cursor.clone().into_bytes();
    let middle = flipped.len() / 2;
    flipped[middle] = if flipped[middle] == b'1' { b'2' } else { b'1' };
    let flipped = String::from_utf8(flipped).unwrap();
    for (who, list, cursor) in [
        (&other, "tools/list", cursor.as_str()),
        (&agent, "prompts/list", cursor.as_str()),
        (&agent, "tools/list", "nonsense"),
        (&agent, "tools/list", flipped.as_str()),
        (&agent, "tools/list", ""),
    ] {
        let answer = who.ask(list, &json!({ "cursor": cursor }).to_string()).await;
        assert_eq!(answer["error"]["code"], -32602, "{list} {cursor:?}: {answer}");
        assert_eq!(answer["error"]["data"]["code"], "P1023", "{answer}");
    }
}

#[tokio::test]
async fn broken_cursors_do_not_loop_or_break_others() {
    for broken in ["loop", "empty", "crash", "error"] {
        let core = Core::start().await;
        let options = ["--bad-cursor", broken];
        let add = core.stdio_server("broken", &[], &options);
        tokio::time::timeout(Duration::from_secs(20), add)
            .await
            .unwrap_or_else(|_| panic!("{broken}: adding does not end"));
        core.stdio_server("good", &[], &["--small"]).await;
        let agent = core.open("a", &["broken", "good"], "/mcp").await;
        let tools = agent.names("tools/list").await;
        assert!(tools.contains(&"good__small_one".to_owned()), "{broken}: {tools:?}");
        assert_eq!(agent.call("good__small_two", "{}").await["content"][0]["text"], "small_two of peta-fixture");
        if ["loop", "empty"].contains(&broken) {
            assert!(tools.contains(&"broken__echo".to_owned()), "{broken}: what was listed is kept: {tools:?}");
            let twice = tools.iter().filter(|name| *name == "broken__echo").count();
            assert_eq!(twice, 1, "{broken}");
            let shown = core.json(&["server", "show", "broken", "--json"]).await;
            assert!(!shown["warnings"].as_array().unwrap().is_empty(), "{broken}: {shown}");
        }
    }
}

#[tokio::test]
async fn a_list_of_the_sessions_own_instance_is_followed() {
    // The server lists more to a client that can be asked.
    let solo = Solo::by(Way::Http, &[], &["--by-client"]).await;
    let tool = "only_with_sampling".to_owned();
    assert!(
        solo.agent.names("tools/list").await.contains(&tool)
            || solo.agent.call(&tool, "{}").await["content"].is_array()
    );
    solo.agent.call("test_simple_text", "{}").await;
    let names = peta_testkit::eventually("the session's own list", || async {
        let names = solo.agent.names("tools/list").await;
        names.contains(&tool).then_some(names)
    })
    .await;
    assert!(names.contains(&"echo".to_owned()));
}
