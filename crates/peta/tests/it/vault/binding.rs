//! A credential is for the place that it was given for.

use super::{SECRET, World};

/// T45: an edited URL unbinds it until someone who may set it says so; a redirect takes it nowhere.
#[tokio::test]
async fn origin_binding() {
    let world = World::new("http").await;
    let core = &world.core;
    core.credential("github", "fix", &["--header", "Authorization: Bearer {}"], SECRET).await;
    let agent = core.open("one", &["fix"], "/mcp/fix").await;
    agent.call("who", "{}").await;

    let elsewhere = core.file("elsewhere");
    let thief = peta_testkit::Served::http(&["--trace", elsewhere.to_str().unwrap()]).await;
    let ran = core.run(&["server", "set", "fix", "--url", &thief.url("/mcp")]).await;
    assert!(ran.code == 0 || ran.stderr.contains("P4004"), "{ran:?}");
    let error = agent.call_error("who", "{}").await;
    assert_eq!(error["data"]["code"], "P4004", "{error}");
    let state = core.json(&["credential", "show", "github", "--json"]).await["state"].clone();
    assert_eq!(state, "unbound");
    assert!(!std::fs::read_to_string(&elsewhere).unwrap_or_default().contains(SECRET));

    core.peta(&["credential", "confirm", "github"]).await;
    agent.call("who", "{}").await;
    assert!(std::fs::read_to_string(&elsewhere).unwrap().contains(SECRET));

    // A redirect to another origin is not followed, whoever asks.
    let target = world.served.url("/mcp");
    let sender = peta_testkit::Served::http(&["--redirect", &target]).await;
    core.url_server("sender", &sender.url("/mcp"), &["--no-discover"]).await;
    core.credential("other", "sender", &["--header", "Authorization: Bearer {}"], "redirected-secret-0123456789").await;
    let token = core.token("two", &["sender"]).await;
    let refused = core.agent("/mcp/sender", &token).initialize("2025-11-25", "{}").await.json();
    assert_eq!(refused["error"]["data"]["code"], "P5011", "{refused}");
    assert!(!std::fs::read_to_string(&world.trace).unwrap().contains("redirected-secret"));
}
