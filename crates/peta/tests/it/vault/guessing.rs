//! T53: what an agent sends is searched too, or a cut would tell it that it guessed right.

use super::{SECRET, World};

#[tokio::test]
async fn no_cheap_oracle() {
    let world = World::new("http").await;
    let core = &world.core;
    core.credential("github", "fix", &["--header", "Authorization: Bearer {}"], SECRET).await;
    let agent = core.open("one", &["fix"], "/mcp/fix").await;
    let other = core.open("two", &["fix"], "/mcp/fix").await;
    agent.call("echo", r#"{"text":"nothing of it"}"#).await;
    let before = std::fs::read_to_string(&world.trace).unwrap().matches("tools/call").count();

    let guess = format!(r#"{{"deep":[{{"text":"is it {SECRET}?"}}]}}"#);
    for expected in ["P4013", "P4013", "P4016"] {
        let error = agent.call_error("echo", &guess).await;
        assert_eq!(error["data"]["code"], expected, "{error}");
        assert!(!error.to_string().contains(SECRET));
    }
    let after = std::fs::read_to_string(&world.trace).unwrap().matches("tools/call").count();
    assert_eq!(after, before, "no guess reached the server");
    // From then on nothing of it is taken, also after a restart of its session; others go on.
    let refused = agent.post(&agent.request_text("tools/list", "{}")).send().await;
    assert_eq!((refused.status, refused.json()["code"].as_str()), (403, Some("P4016")), "{refused:?}");
    other.call("echo", r#"{"text":"fine"}"#).await;
    let told = core.events(|event| event["kind"] == "credential.guess").await;
    assert_eq!(told.len(), 3, "{told:?}");
    assert_eq!(told[2]["detail"]["suspended"], true, "{told:?}");

    core.peta(&["agent", "pardon", "one"]).await;
    agent.call("echo", r#"{"text":"fine again"}"#).await;
}

/// Not only calls lead to a server: a method that Peta does not know, and the answer to what a server asked, do too.
#[tokio::test]
async fn no_way_round_the_guard() {
    let world = World::new("http").await;
    let core = &world.core;
    core.credential("github", "fix", &["--header", "Authorization: Bearer {}"], SECRET).await;
    let agent = core.open("one", &["fix"], "/mcp/fix").await;
    let refused = agent.ask("x-vendor/echo", &format!(r#"{{"guess":"{SECRET}"}}"#)).await;
    assert_eq!(refused["error"]["data"]["code"], "P4013", "{refused}");

    let mut call = agent.begin_call("ask_sampling", "{}").await;
    let asked = call.until("sampling/createMessage").await;
    let reply = format!(r#"{{"role":"assistant","model":"m","content":{{"type":"text","text":"{SECRET}"}}}}"#);
    agent.reply(&asked, &reply).await;
    let answer = call.answer().await;
    assert!(!answer.to_string().contains("secret removed"), "nothing was told by a cut: {answer}");

    agent.notify("notifications/x-vendor/guess", &format!(r#"{{"guess":"{SECRET}"}}"#)).await;
    // What is counted up to three suspends, by whatever way it came.
    let refused = agent.post(&agent.request_text("tools/list", "{}")).send().await;
    assert_eq!(refused.code(), "P4016", "{refused:?}");
    let bodies = peta_testkit::read_trace(&world.trace).into_iter().filter(|traced| traced.way == "in");
    assert!(bodies.into_iter().all(|traced| !traced.text.contains(SECRET)), "a guess reached the server");
}
