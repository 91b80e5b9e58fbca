//! list_changed, subscriptions and logging: who hears what, and only once.

use std::time::Duration;

use peta_testkit::{Core, json};

use crate::house::{Solo, WAYS, Way};

const PAUSE: Duration = Duration::from_millis(600);

#[tokio::test]
async fn adding_a_server_changes_the_lists_of_those_who_may_use_it() {
    let core = Core::start().await;
    core.stdio_server("one", &[], &["--small"]).await;
    let agent = core.open("a", &["one"], "/mcp").await;
    let bystander = core.open("b", &["one"], "/mcp").await;
    let (mut stream, mut aside) = (agent.listen().await, bystander.listen().await);
    core.stdio_server("two", &["--no-discover"], &["--small"]).await;
    core.peta(&["grant", "add", "a", "two"]).await;
    core.peta(&["server", "refresh", "two"]).await;
    stream.until("notifications/tools/list_changed").await;
    assert!(agent.names("tools/list").await.contains(&"two__small_one".to_owned()));
    assert!(aside.silent_for(PAUSE).await, "nothing changed for the other agent");
    core.peta(&["server", "disable", "two"]).await;
    stream.until("notifications/tools/list_changed").await;
    assert!(!agent.names("tools/list").await.contains(&"two__small_one".to_owned()));
    core.peta(&["server", "enable", "two"]).await;
    stream.until("notifications/tools/list_changed").await;
    core.peta(&["grant", "remove", "a", "two"]).await;
    stream.until("notifications/tools/list_changed").await;
    assert!(!agent.names("tools/list").await.contains(&"two__small_one".to_owned()));
}

#[tokio::test]
async fn a_change_is_kept_until_somebody_listens() {
    let core = Core::start().await;
    core.stdio_server("one", &[], &["--small"]).await;
    let agent = core.open("a", &["one"], "/mcp").await;
    core.stdio_server("two", &[], &["--small"]).await;
    core.peta(&["grant", "add", "a", "two"]).await;
    agent.listen().await.until("notifications/tools/list_changed").await;
}

#[tokio::test]
async fn a_servers_own_change_is_heard_with_the_new_list() {
    for way in WAYS {
        let solo = Solo::by(way, &[], &[]).await;
        let mut aggregate = solo.core.agent("/mcp", solo.agent.token.as_deref().unwrap());
        aggregate.open().await;
        let mut own = solo.agent.listen().await;
        solo.agent.call("change_tools", "{}").await;
        own.until("notifications/tools/list_changed").await;
        assert!(solo.agent.names("tools/list").await.contains(&"added_0".to_owned()), "{way:?}");

        let mut stream = aggregate.listen().await;
        aggregate.call("fix__change_tools", "{}").await;
        stream.until("notifications/tools/list_changed").await;
        assert!(aggregate.names("tools/list").await.iter().any(|name| name.starts_with("fix__added_")), "{way:?}");
    }
}

#[tokio::test]
async fn subscriptions_end_to_end() {
    for way in WAYS {
        let solo = Solo::by(way, &[], &[]).await;
        let mut aggregate = solo.core.agent("/mcp", solo.agent.token.as_deref().unwrap());
        aggregate.open().await;
        for (agent, uri, touch) in [
            (&solo.agent, "test://watched-resource", "touch"),
            (&aggregate, "fix+test://watched-resource", "fix__touch"),
        ] {
            let mut stream = agent.listen().await;
            let params = json!({ "uri": uri }).to_string();
            agent.result("resources/subscribe", &params).await;
            agent.call(touch, "{}").await;
            let updated = stream.until("notifications/resources/updated").await;
            assert_eq!(updated["params"]["uri"], uri, "{way:?}");
            agent.result("resources/unsubscribe", &params).await;
            agent.call(touch, "{}").await;
            assert!(stream.silent_for(PAUSE).await, "{way:?}: unsubscribed");
        }
    }
}

#[tokio::test]
async fn subscriptions_are_counted_on_a_shared_line() {
    let solo = Solo::by(Way::Http, &["--isolation", "shared"], &[]).await;
    let other = solo.core.open("other", &["fix"], "/mcp/fix").await;
    let params = r#"{"uri":"test://watched-resource"}"#;
    let (mut mine, mut others) = (solo.agent.listen().await, other.listen().await);
    solo.agent.result("resources/subscribe", params).await;
    other.result("resources/subscribe", params).await;
    assert_eq!(solo.received("resources/subscribe").len(), 1, "the first tells the server");
    solo.agent.call("touch", "{}").await;
    mine.until("notifications/resources/updated").await;
    others.until("notifications/resources/updated").await;
    solo.agent.result("resources/unsubscribe", params).await;
    assert!(solo.received("resources/unsubscribe").is_empty(), "somebody still listens");
    other.call("touch", "{}").await;
    others.until("notifications/resources/updated").await;
    assert!(mine.silent_for(PAUSE).await);
    other.end().await;
    solo.receives("resources/unsubscribe").await;
}

#[tokio::test]
async fn a_session_that_ends_while_it_subscribes_leaves_nothing_behind() {
    let core = peta_testkit::Setup::new().config("[calls]\ndead_server = \"60s\"").start().await;
    let people = core.agent("/metrics", core.peta(&["admin", "token"]).await.trim());
    let (trace, gate) = (core.file("trace"), core.file("gate"));
    std::fs::write(&gate, "").unwrap();
    let program = peta_testkit::fixture_program();
    // It starts only while the gate is there.
    let script = r#"while [ ! -e "$1" ]; do sleep 0.05; done; exec "$2" stdio --trace "$3""#;
    let words = [gate.to_str().unwrap(), program.to_str().unwrap(), trace.to_str().unwrap()];
    let add = ["server", "add", "fix", "--isolation", "shared", "--", "sh", "-c", script, "sh"];
    core.peta(&[&add[..], &words[..]].concat()).await;
    let (one, other) = (core.open("one", &["fix"], "/mcp/fix").await, core.open("other", &["fix"], "/mcp/fix").await);
    let params = r#"{"uri":"test://watched-resource"}"#;
    one.result("resources/subscribe", params).await;
    let received = |what: &str| {
        let lines = peta_testkit::read_trace(&trace).into_iter().filter(|line| line.way == "in");
        lines.filter(|line| line.text.contains(what)).count()
    };
    std::fs::remove_file(&gate).unwrap();
    one.ask("tools/call", r#"{"name":"crash","arguments":{}}"#).await;
    let waiting = other.request_text("resources/subscribe", params);
    let (_, ended) = tokio::join!(other.post(&waiting).send(), async {
        peta_testkit::eventually("it waits for the server", || async {
            let page = people.request(http::Method::GET).send().await.body;
            page.contains("peta_requests_in_flight 1").then_some(())
        })
        .await;
        let ended = other.end().await;
        std::fs::write(&gate, "").unwrap();
        ended.status
    });
    assert!((200..300).contains(&ended), "{ended}");
    one.call("test_simple_text", "{}").await;
    one.result("resources/unsubscribe", params).await;
    peta_testkit::eventually("the server is told, as nobody subscribes any more", || async {
        (received("resources/unsubscribe") > 0).then_some(())
    })
    .await;
}

#[tokio::test]
async fn log_levels_are_each_sessions_own() {
    // On standard streams nothing says which call a log line belongs to, so it goes to all who share the line.
    let solo = Solo::by(Way::Stdio, &["--isolation", "shared"], &[]).await;
    let other = solo.core.open("other", &["fix"], "/mcp/fix").await;
    let (mut mine, mut others) = (solo.agent.listen().await, other.listen().await);
    // Who has not used the server yet hears nothing of it.
    other.call("test_simple_text", "{}").await;
    solo.agent.result("logging/setLevel", r#"{"level":"debug"}"#).await;
    other.result("logging/setLevel", r#"{"level":"error"}"#).await;
    let notes = solo.agent.call("notes", "{}").await;
    assert_eq!(notes["structuredContent"]["level"], "debug", "the most verbose of its users: {notes}");
    solo.agent.call("log", r#"{"level":"info"}"#).await;
    mine.until("notifications/message").await;
    assert!(others.silent_for(PAUSE).await, "info is below error");
    solo.agent.call("log", r#"{"level":"critical"}"#).await;
    mine.until("notifications/message").await;
    others.until("notifications/message").await;
}

#[tokio::test]
async fn set_level_works_though_one_server_has_no_logging() {
    let core = Core::start().await;
    core.stdio_server("fix", &[], &[]).await;
    core.stdio_server("small", &[], &["--small"]).await;
    let agent = core.open("a", &["fix", "small"], "/mcp").await;
    agent.result("logging/setLevel", r#"{"level":"warning"}"#).await;
    let mut stream = agent.listen().await;
    agent.call("fix__log", r#"{"level":"error"}"#).await;
    let message = stream.until("notifications/message").await;
    assert!(message["params"]["logger"].as_str().unwrap().contains("fix"), "{message}");
    let notes = agent.call("fix__notes", "{}").await;
    assert_eq!(notes["structuredContent"]["level"], "warning", "{notes}");
}

#[tokio::test]
async fn a_flood_of_notifications_is_survived() {
    let solo = Solo::new(&[]).await;
    let messages = solo.agent.begin_call("flood", r#"{"n":20000}"#).await.rest().await;
    assert!(messages.last().unwrap()["result"].is_object(), "the answer comes, whatever was dropped");
}
