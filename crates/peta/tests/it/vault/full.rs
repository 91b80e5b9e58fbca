//! Locked memory that has no room for one more loan: the call says so, nothing goes out without its credential, and calls go
//! on when there is room again.

use http::Method;
use peta_testkit::{Agent, Setup, eventually, json};

use super::{SECRET, World, calls, heads};

/// Fills what is free with canaries of drills, which are lent for ten seconds as secrets are; the largest first.
async fn fill(people: &Agent) {
    let mut size = 1_024;
    while size > 0 {
        let request = people.request(Method::POST).path("/api/v1/vault/drill");
        let body = json!({ "canary": "c".repeat(size) }).to_string();
        let answer = request.header("content-type", "application/json").body(body.into()).send().await;
        match answer.status {
            200 => {}
            503 => {
                assert_eq!(answer.json()["code"], "P4014", "{answer:?}");
                size /= 2;
            }
            _ => panic!("{answer:?}"),
        }
    }
}

#[tokio::test]
async fn a_call_that_finds_no_locked_memory_says_so() {
    // One page, whatever a page is here.
    let world = World::of(Setup::new().config("[memory]\narena = \"1KiB\""), "http").await;
    let core = &world.core;
    core.credential("github", "fix", &["--header", "Authorization: Bearer {}"], SECRET).await;
    let agent = core.open("one", &["fix"], "/mcp/fix").await;
    agent.call("who", "{}").await;
    let said = core.peta(&["admin", "token", "--role", "owner"]).await;
    let token = said.split_whitespace().find(|word| word.starts_with("peta_ac_")).unwrap();
    let people = Agent::new(&core.address, "/", Some(token));
    let late = core.token("late", &["fix"]).await;

    fill(&people).await;
    let before = heads(&world.trace).len();
    let error = agent.call_error("who", "{}").await;
    assert_eq!((&error["code"], &error["data"]["code"]), (&json!(-32603), &json!("P4014")), "{error}");
    assert!(!error.to_string().contains(SECRET), "{error}");
    // Nor is a line opened without it.
    let mut late = core.agent("/mcp/fix", &late);
    late.open().await;
    let error = late.call_error("who", "{}").await;
    assert_eq!(error["data"]["code"], "P4014", "{error}");
    assert_eq!(heads(&world.trace).len(), before, "nothing reached the server");
    let event = calls(core).await.pop().unwrap();
    assert_eq!((&event["outcome"], &event["code"]), (&json!("failed"), &json!("P4014")), "{event}");

    eventually("the drills are over", async || {
        let status = core.json(&["vault", "status", "--json"]).await;
        (status["leases_open"] == 0).then_some(())
    })
    .await;
    for agent in [&agent, &late] {
        agent.call("who", "{}").await;
    }
    let after = world.heads().split_off(before);
    assert!(!after.is_empty());
    for head in after {
        assert_eq!(head["authorization"], format!("Bearer {SECRET}"), "{head}");
    }
}
