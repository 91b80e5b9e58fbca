//! What is no call meets the same 401 and 403 as a call: subscriptions and what is asked of tasks. A refused token is renewed
//! and the request goes out again; what is forbidden leads to a link for more.

use peta_testkit::{Agent, Browser, Core, Provider, Setup, Value, eventually, json};

use super::{connect, house, shown};

const NOTES: &str = r#"{"uri":"idp://notes"}"#;

/// Somebody connected; an agent with a line that is open.
async fn connected() -> (Core, Provider, Agent) {
    let (core, provider) = house().await;
    core.peta(&["credential", "add", "idp", "--server", "idp", "--oauth", "--user", "ada", "--scopes", "read"]).await;
    connect(&core, "idp").await;
    let token = core.peta(&["agent", "add", "bot", "--user", "ada", "--grant", "idp", "--quiet"]).await;
    let mut agent = core.agent("/mcp/idp", token.trim());
    agent.open().await;
    agent.call("whoami", "{}").await;
    (core, provider, agent)
}

fn renewals(provider: &Provider) -> usize {
    provider.state().grants.iter().filter(|grant| *grant == "refresh_token").count()
}

/// The token serves no more; what is asked then is answered all the same, by one renewal.
async fn renewed(provider: &Provider, agent: &Agent, method: &str, params: &str) -> Value {
    let before = renewals(provider);
    provider.state().live.clear();
    let answer = agent.ask(method, params).await;
    assert!(answer["result"].is_object(), "{method}: {answer}");
    assert_eq!(renewals(provider), before + 1, "{method}");
    answer["result"].clone()
}

async fn forbidden(provider: &Provider, agent: &Agent, method: &'static str, params: &str) -> String {
    provider.state().wants = Some("write".into());
    provider.state().wants_of = method;
    let answer = agent.ask(method, params).await;
    assert_eq!(answer["error"]["data"]["code"], "P4029", "{method}: {answer}");
    assert!(!answer.to_string().contains("resource_metadata"), "{answer}");
    provider.state().wants = None;
    let data = &answer["error"]["data"];
    let link = data["elicitations"][0]["url"].as_str().or(data["url"].as_str());
    link.unwrap_or_else(|| panic!("{answer}")).to_owned()
}

#[tokio::test]
async fn oauth_a_subscription_is_renewed_as_a_call_is() {
    let (core, provider, agent) = connected().await;
    renewed(&provider, &agent, "resources/subscribe", NOTES).await;
    assert_eq!(provider.state().subscribed, ["idp://notes"]);
    renewed(&provider, &agent, "resources/unsubscribe", NOTES).await;
    assert!(provider.state().subscribed.is_empty());

    // A line that is opened for it, too.
    let token = core.peta(&["agent", "add", "late", "--user", "ada", "--grant", "idp", "--quiet"]).await;
    let mut late = core.agent("/mcp/idp", token.trim());
    late.open().await;
    renewed(&provider, &late, "resources/subscribe", NOTES).await;
    assert_eq!(provider.state().subscribed, ["idp://notes"]);
}

/// A subscription that a server forbids leads to a link for more, and serves once somebody went there. One whose end was
/// forbidden stands.
#[tokio::test]
async fn oauth_a_subscription_may_want_more_scopes() {
    let (core, provider, agent) = connected().await;
    let link = forbidden(&provider, &agent, "resources/subscribe", NOTES).await;
    assert!(provider.state().subscribed.is_empty());
    let page = Browser::default().connect(&link).await;
    assert_eq!(page.status, 200, "{page:?}");
    let asked = provider.state().asked["scope"].clone();
    assert!(asked.contains("read") && asked.contains("write"), "{asked}");
    core.peta(&["credential", "confirm", "idp"]).await;
    provider.state().wants = Some("write".into());
    agent.result("resources/subscribe", NOTES).await;
    assert_eq!(provider.state().subscribed, ["idp://notes"]);

    provider.state().wants = Some("admin".into());
    provider.state().wants_of = "resources/unsubscribe";
    let refused = agent.ask("resources/unsubscribe", NOTES).await;
    assert_eq!(refused["error"]["data"]["code"], "P4029", "{refused}");
    provider.state().wants = None;
    agent.result("resources/unsubscribe", NOTES).await;
    assert!(provider.state().subscribed.is_empty(), "the server is told when it may be");
}

/// Over a restart of Core the token ran out: the line that is opened for what was subscribed to shows a new one.
#[tokio::test]
async fn oauth_subscriptions_are_made_again_with_a_renewed_token() {
    let (mut core, provider, mut agent) = connected().await;
    agent.result("resources/subscribe", NOTES).await;
    core.stop().await;
    provider.state().live.clear();
    provider.state().subscribed.clear();
    let core = Setup::again(&core).start().await;
    agent.address = core.address.clone();
    let _stream = agent.listen().await;
    eventually("the subscription is made again", async || {
        (provider.state().subscribed == ["idp://notes"]).then_some(())
    })
    .await;
    assert_eq!(shown(&core, "idp").await["state"], "ready");
}

#[tokio::test]
async fn oauth_what_is_asked_of_tasks_is_renewed_as_a_call_is() {
    let (core, provider, agent) = connected().await;
    let begun = agent.result("tools/call", r#"{"name":"whoami","arguments":{},"task":{}}"#).await;
    let about = json!({ "taskId": begun["task"]["taskId"] }).to_string();
    assert_eq!(renewed(&provider, &agent, "tasks/get", &about).await["status"], "working");
    let listed = renewed(&provider, &agent, "tasks/list", "{}").await;
    assert_eq!(listed["tasks"][0]["taskId"], begun["task"]["taskId"], "{listed}");
    let done = renewed(&provider, &agent, "tasks/result", &about).await;
    assert_eq!(done["content"][0]["text"], "done", "{done}");

    forbidden(&provider, &agent, "tasks/list", "{}").await;
    forbidden(&provider, &agent, "tasks/cancel", &about).await;
    assert_eq!(agent.result("tasks/get", &about).await["status"], "working", "what was forbidden was not done");
    assert_eq!(renewed(&provider, &agent, "tasks/cancel", &about).await["status"], "cancelled");

    // On /mcp, where the lists of all servers are one.
    let token = core.peta(&["agent", "add", "wide", "--user", "ada", "--grant", "idp", "--quiet"]).await;
    let mut wide = core.agent("/mcp", token.trim());
    wide.open().await;
    let begun = wide.result("tools/call", r#"{"name":"idp__whoami","arguments":{},"task":{}}"#).await;
    let listed = renewed(&provider, &wide, "tasks/list", "{}").await;
    assert_eq!(listed["tasks"][0]["taskId"], begun["task"]["taskId"], "{listed}");
}

#[tokio::test]
async fn oauth_a_task_may_want_more_scopes_to_be_asked_for() {
    let (_core, provider, agent) = connected().await;
    let begun = agent.result("tools/call", r#"{"name":"whoami","arguments":{},"task":{}}"#).await;
    let about = json!({ "taskId": begun["task"]["taskId"] }).to_string();
    forbidden(&provider, &agent, "tasks/get", &about).await;
    forbidden(&provider, &agent, "tasks/result", &about).await;
    assert_eq!(agent.result("tasks/get", &about).await["status"], "working");
}

/// A task at a URL goes on when the line that began it was ended for another credential.
#[tokio::test]
async fn oauth_a_task_is_found_after_somebody_connected_anew() {
    let (core, provider, agent) = connected().await;
    let begun = agent.result("tools/call", r#"{"name":"whoami","arguments":{},"task":{}}"#).await;
    let about = json!({ "taskId": begun["task"]["taskId"] }).to_string();
    connect(&core, "idp").await;
    assert_eq!(agent.result("tasks/get", &about).await["status"], "working");
    provider.state().live.clear();
    provider.state().refresh.clear();
    let gone = agent.ask("tasks/get", &about).await;
    assert_eq!(gone["error"]["data"]["code"], "P4021", "{gone}");
    connect(&core, "idp").await;
    assert_eq!(agent.result("tasks/cancel", &about).await["status"], "cancelled");
}
