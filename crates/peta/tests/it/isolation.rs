//! Who shares an instance, and when one starts.

use std::sync::Arc;

use peta_testkit::{Agent, Core, Value, eventually, json};

use crate::house::Solo;

async fn pid(agent: &Agent) -> Value {
    agent.call("who", "{}").await["structuredContent"]["pid"].clone()
}

async fn instances(core: &Core) -> u64 {
    core.json(&["server", "show", "fix", "--json"]).await["instances"].as_u64().unwrap()
}

/// Two sessions of one agent and one of another.
async fn three(isolation: &str) -> (Solo, [Agent; 2]) {
    let solo = Solo::by(crate::house::Way::Stdio, &["--isolation", isolation], &[]).await;
    let mut second = solo.core.agent("/mcp/fix", solo.agent.token.as_deref().unwrap());
    second.open().await;
    let other = solo.core.open("other", &["fix"], "/mcp/fix").await;
    (solo, [second, other])
}

#[tokio::test]
async fn per_session() {
    let (solo, [second, other]) = three("per-session").await;
    let pids = [pid(&solo.agent).await, pid(&second).await, pid(&other).await];
    assert!(pids[0] != pids[1] && pids[1] != pids[2] && pids[0] != pids[2], "{pids:?}");
    assert_eq!(pid(&solo.agent).await, pids[0], "one for the whole session");
    second.end().await;
    eventually("its instance ends with the session", || async { (instances(&solo.core).await == 2).then_some(()) })
        .await;
}

#[tokio::test]
async fn per_user() {
    let (solo, [second, other]) = three("per-user").await;
    let pids = [pid(&solo.agent).await, pid(&second).await, pid(&other).await];
    assert!(pids[0] == pids[1] && pids[1] != pids[2], "{pids:?}");
}

#[tokio::test]
async fn shared() {
    let (solo, [second, other]) = three("shared").await;
    let pids = [pid(&solo.agent).await, pid(&second).await, pid(&other).await];
    assert!(pids[0] == pids[1] && pids[1] == pids[2], "{pids:?}");
    let who = solo.agent.call("who", "{}").await;
    assert_eq!(who["structuredContent"]["initialize"]["capabilities"], json!({}), "told of no client features");
    let answer = solo.agent.call("ask_sampling", "{}").await;
    assert_eq!(answer["structuredContent"]["answer"]["error"]["code"], -32601, "{answer}");
}

#[tokio::test]
async fn one_agents_data_does_not_reach_another() {
    let (solo, [_, other]) = three("per-session").await;
    for (agent, mark) in [(&solo.agent, "watermark-one"), (&other, "watermark-two")] {
        agent.notify("notifications/x-mark", &format!(r#"{{"mark":"{mark}"}}"#)).await;
        agent.call("test_simple_text", "{}").await;
        agent.notify("notifications/x-mark", &format!(r#"{{"mark":"{mark}"}}"#)).await;
    }
    let mine = solo.agent.call("notes", "{}").await.to_string();
    assert!(!mine.contains("watermark-two"), "{mine}");
}

#[tokio::test]
async fn five_hundred_bare_initialize_start_no_child() {
    let solo = Solo::new(&[]).await;
    let started = solo.received("\"initialize\"").len();
    assert_eq!(started, 1, "only the one that learnt");
    let agent = Arc::new(solo.core.agent("/mcp/fix", solo.agent.token.as_deref().unwrap()));
    let mut all = tokio::task::JoinSet::new();
    for _ in 0..500 {
        let agent = Arc::clone(&agent);
        all.spawn(async move { agent.initialize("2025-11-25", "{}").await.status });
    }
    assert!(all.join_all().await.iter().all(|status| *status == 200));
    assert_eq!(solo.received("\"initialize\"").len(), started, "no child was started");
}

#[tokio::test]
async fn an_eager_server_starts_with_the_session() {
    let core = Core::start().await;
    let trace = core.file("trace");
    core.stdio_server("fix", &["--eager", "--no-discover"], &["--trace", trace.to_str().unwrap()]).await;
    let token = core.token("a", &["fix"]).await;
    let mut agent = core.agent("/mcp", &token);
    agent.open().await;
    eventually("an instance starts", || async { (instances(&core).await == 1).then_some(()) }).await;
    let mut lazy = core.agent("/mcp", &token);
    core.peta(&["server", "set", "fix", "--eager", "false"]).await;
    lazy.open().await;
    assert!(!lazy.names("tools/list").await.is_empty());
}

#[tokio::test]
async fn a_session_may_have_only_so_many_instances() {
    let setup = peta_testkit::Setup::new().config("[instances]\nper_server = 2\nwait = \"500ms\"");
    let solo = Solo::on(setup, crate::house::Way::Stdio, &[], &[]).await;
    let mut agents = Vec::new();
    for _ in 0..3 {
        let mut agent = solo.core.agent("/mcp/fix", solo.agent.token.as_deref().unwrap());
        agent.open().await;
        agents.push(agent);
    }
    agents[0].call("test_simple_text", "{}").await;
    agents[1].call("test_simple_text", "{}").await;
    let error = agents[2].call_error("test_simple_text", "{}").await;
    assert_eq!(error["data"]["code"], "P5007", "{error}");
    agents[0].end().await;
    eventually("a place is free", || async {
        agents[2].ask("tools/call", r#"{"name":"test_simple_text"}"#).await["result"].is_object().then_some(())
    })
    .await;
}

#[tokio::test]
async fn an_idle_instance_is_stopped_and_starts_again() {
    let setup = peta_testkit::Setup::new().config("[instances]\nidle = \"1s\"");
    let solo = Solo::on(setup, crate::house::Way::Stdio, &["--isolation", "shared"], &[]).await;
    eventually("what learnt it is gone", || async { (instances(&solo.core).await == 0).then_some(()) }).await;
    assert_eq!(solo.core.state("fix").await, "idle");
    solo.agent.call("test_simple_text", "{}").await;
    assert_eq!(solo.core.state("fix").await, "ready");
    solo.agent.end().await;
    eventually("it is stopped", || async { (instances(&solo.core).await == 0).then_some(()) }).await;
}

#[tokio::test]
async fn a_shared_instance_is_heard_by_whoever_holds_it_next() {
    let solo = Solo::by(crate::house::Way::Stdio, &["--isolation", "shared"], &[]).await;
    let before = pid(&solo.agent).await;
    solo.agent.end().await;
    let next = solo.core.open("next", &["fix"], "/mcp/fix").await;
    let mut heard = next.listen().await;
    assert_eq!(pid(&next).await, before);
    next.call("log", r#"{"level":"error"}"#).await;
    let logged = heard.until("notifications/message").await;
    assert_eq!(logged["params"]["logger"], "fixture");
}
