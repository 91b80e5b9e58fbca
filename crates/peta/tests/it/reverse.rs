//! What servers ask back: roots, sampling with tools, elicitation in both modes; and only what this agent declared.

use peta_testkit::{json, within};

use crate::house::{Solo, WAYS, Way, raw};

#[tokio::test]
async fn servers_are_told_exactly_what_the_agent_declared() {
    let solo = Solo::new(&[]).await;
    for features in [
        "{}",
        r#"{"elicitation":{}}"#,
        r#"{"sampling":{},"roots":{}}"#,
        r#"{"elicitation":{"url":{}},"experimental":{"vendor/x":{"n":1.0}},"unknown":{"deep":[1e0]}}"#,
    ] {
        let mut agent = solo.core.agent("/mcp/fix", solo.agent.token.as_deref().unwrap());
        agent.open_with(features).await;
        let who = agent.call("who", "{}").await;
        let text = who["content"][0]["text"].as_str().unwrap();
        assert_eq!(raw(raw(text, "initialize"), "capabilities"), features);
        assert_eq!(who["structuredContent"]["initialize"]["clientInfo"]["name"], "test-agent");
    }
}

#[tokio::test]
async fn roots_sampling_and_forms_on_every_transport() {
    for way in WAYS {
        let solo = Solo::by(way, &[], &[]).await;
        let mut stream = solo.agent.begin_call("ask_roots", "{}").await;
        let asked = stream.until("roots/list").await;
        solo.agent.reply(&asked, r#"{"roots":[{"uri":"file:///a","name":"a"}]}"#).await;
        let answer = stream.answer().await;
        assert_eq!(
            answer["result"]["structuredContent"]["answer"]["result"]["roots"][0]["uri"], "file:///a",
            "{way:?}"
        );

        let mut stream = solo.agent.begin_call("ask_sampling", r#"{"tools":1,"label":"x"}"#).await;
        let asked = stream.until("sampling/createMessage").await;
        assert_eq!(asked["params"]["tools"][0]["name"], "adder", "{way:?}");
        let used = r#"{"role":"assistant","model":"m","stopReason":"toolUse","content":[{"type":"tool_use","id":"t","name":"adder","input":{}}]}"#;
        solo.agent.reply(&asked, used).await;
        let answer = stream.answer().await;
        assert_eq!(answer["result"]["structuredContent"]["answer"]["result"]["stopReason"], "toolUse", "{way:?}");

        let mut stream = solo.agent.begin_call("ask_elicit", "{}").await;
        let asked = stream.until("elicitation/create").await;
        solo.agent.reply(&asked, r#"{"action":"decline"}"#).await;
        assert_eq!(stream.answer().await["result"]["structuredContent"]["answer"]["result"]["action"], "decline");
    }
}

#[tokio::test]
async fn an_agents_error_reaches_the_server() {
    let solo = Solo::new(&[]).await;
    let mut stream = solo.agent.begin_call("ask_sampling", "{}").await;
    let asked = stream.until("sampling/createMessage").await;
    let error = r#"{"code":-1,"message":"User rejected sampling request","data":{"n":1.0}}"#;
    let answer = solo.agent.post(&format!(r#"{{"jsonrpc":"2.0","id":{},"error":{error}}}"#, asked["id"])).send().await;
    assert_eq!(answer.status, 202);
    let seen = stream.answer().await;
    let text = seen["result"]["content"][0]["text"].as_str().unwrap();
    assert_eq!(raw(raw(text, "answer"), "error"), error);
}

#[tokio::test]
async fn what_an_agent_cannot_do_it_is_not_asked() {
    let solo = Solo::new(&[]).await;
    for (features, tool, arguments) in [
        ("{}", "ask_roots", "{}"),
        ("{}", "ask_sampling", "{}"),
        (r#"{"sampling":{}}"#, "ask_sampling", r#"{"tools":1}"#),
        ("{}", "ask_elicit", "{}"),
        (r#"{"elicitation":{}}"#, "ask_elicit", r#"{"mode":"url"}"#),
        (r#"{"elicitation":{"url":{}}}"#, "ask_elicit", r#"{"mode":"form"}"#),
    ] {
        let mut agent = solo.core.agent("/mcp/fix", solo.agent.token.as_deref().unwrap());
        agent.open_with(features).await;
        let answer = agent.call(tool, arguments).await;
        let error = &answer["structuredContent"]["answer"]["error"]["code"];
        assert!([json!(-32601), json!(-32602)].contains(error), "{features} {tool} {arguments}: {answer}");
    }
}

#[tokio::test]
async fn url_elicitation_with_its_completion() {
    let solo = Solo::new(&[]).await;
    let mut bystander = solo.core.agent("/mcp/fix", solo.agent.token.as_deref().unwrap());
    bystander.open().await;
    let mut aside = bystander.listen().await;
    let mut listening = solo.agent.listen().await;
    let mut stream = solo.agent.begin_call("ask_elicit", r#"{"mode":"url","id":"e-9"}"#).await;
    let asked = stream.until("elicitation/create").await;
    assert_eq!(asked["params"]["url"], "https://example.org/form");
    let id = asked["params"]["elicitationId"].clone();
    solo.agent.reply(&asked, r#"{"action":"accept"}"#).await;
    assert_eq!(stream.answer().await["result"]["structuredContent"]["answer"]["result"]["action"], "accept");
    let complete = listening.until("notifications/elicitation/complete").await;
    assert_eq!(complete["params"]["elicitationId"], id);
    assert!(aside.silent_for(std::time::Duration::from_millis(300)).await, "only to whom it belongs");
}

#[tokio::test]
async fn an_error_that_wants_a_page_opened() {
    let solo = Solo::new(&[]).await;
    let error = solo.agent.call_error("needs_url", "{}").await;
    assert_eq!(
        (&error["code"], &error["data"]["elicitations"][0]["elicitationId"]),
        (&json!(-32042), &json!("need-1"))
    );
    let mut plain = solo.core.agent("/mcp/fix", solo.agent.token.as_deref().unwrap());
    plain.open_with(r#"{"elicitation":{"form":{}}}"#).await;
    let error = plain.call_error("needs_url", "{}").await;
    assert_ne!(error["code"], -32042, "this agent cannot open pages: {error}");
    assert!(
        error["message"]
            .as_str()
            .is_some_and(|text| text.contains("sign in") || text.contains("Sign in") || text.contains("example.org"))
            || error["data"]["code"] == "P5013",
        "{error}"
    );
}

#[tokio::test]
async fn an_agent_that_takes_json_only_is_not_asked() {
    let solo = Solo::new(&[]).await;
    let body = solo.agent.request_text("tools/call", r#"{"name":"ask_roots","arguments":{}}"#);
    let answer = solo.agent.post(&body).header("accept", "application/json").send().await;
    assert_eq!(answer.header("content-type"), "application/json", "{answer:?}");
    let message = answer.json();
    assert!(message["result"]["structuredContent"]["answer"]["error"].is_object(), "{message}");
}

#[tokio::test]
async fn questions_outside_a_call_come_on_the_sessions_stream() {
    // Over HTTP the server's own stream says that no call is meant; on standard streams nothing does.
    let solo = Solo::by(Way::Http, &[], &["--ask-roots-first"]).await;
    let mut listening = solo.agent.listen().await;
    let call = solo.agent.call("test_simple_text", "{}");
    let (asked, _) = tokio::join!(listening.until("roots/list"), call);
    solo.agent.reply(&asked, r#"{"roots":[{"uri":"file:///only-me"}]}"#).await;
    let notes = peta_testkit::eventually("the server has its roots", || async {
        let notes = solo.agent.call("notes", "{}").await.to_string();
        notes.contains("file:///only-me").then_some(notes)
    })
    .await;
    assert!(notes.contains("fixture/roots"), "{notes}");
}

#[tokio::test]
async fn roots_changes_reach_the_server() {
    let solo = Solo::new(&[]).await;
    solo.agent.call("test_simple_text", "{}").await;
    solo.agent.notify("notifications/roots/list_changed", "{}").await;
    solo.receives("notifications/roots/list_changed").await;
}

#[tokio::test]
async fn an_agent_that_never_answers_does_not_hold_the_server() {
    let setup = peta_testkit::Setup::new().config("[calls]\nreverse = \"1s\"");
    let solo = Solo::on(setup, Way::Stdio, &[], &[]).await;
    let mut stream = solo.agent.begin_call("ask_sampling", "{}").await;
    stream.until("sampling/createMessage").await;
    let answer = within("the question ends", stream.answer()).await;
    assert!(answer["result"]["structuredContent"]["answer"]["error"].is_object(), "{answer}");
}
