//! What administrators do, and what the answers and the record say of it.

use peta_api::{
    EventQuery, GrantEntry, GrantQuery,
    endpoint::{
        AddAgent, AddCredential, AddGrant, AddServer, DisableServer, EnableServer, ListAgents, ListEvents,
        ListFindings, ListGrants, ListServers, RefreshServer, RemoveGrant, RemoveServer, RevokeAgent, RotateAgent,
        RotateCredential, SetServer, ShowAgent, ShowServer, ShowStatus, TestServer,
    },
    server::Ending,
};
use peta_model::ServerState;
use serde_json::json;

use crate::{
    peer::Peer,
    world::{From, World},
};

#[tokio::test]
async fn a_server_is_learnt_when_it_is_added() {
    let (world, peer) = (World::new().await, Peer::start().await);
    let added = world.done::<AddServer>(&[], (), json!({ "name": "peer", "url": peer.url })).await;
    assert_eq!((added.state, added.capabilities.tools, added.capabilities.prompts), (ServerState::Idle, 2, 1));
    assert_eq!(added.about.unwrap().title.as_deref(), Some("A peer"));
    let shown = world.done::<ShowServer>(&["peer"], (), json!(null)).await;
    assert_eq!((shown.tools, shown.prompts), (vec!["read".to_owned(), "write".to_owned()], vec!["greet".to_owned()]));
    assert_eq!(shown.instructions.as_deref(), Some("Be kind."));

    peer.grow("delete");
    let test = world.done::<TestServer>(&["peer"], (), json!(null)).await;
    assert_eq!((test.ok, test.capabilities.tools), (true, 3));
    assert_eq!(world.done::<ShowServer>(&["peer"], (), json!(null)).await.tools.len(), 2, "a test stores nothing");
    assert_eq!(world.done::<RefreshServer>(&["peer"], (), json!(null)).await.capabilities.tools, 3);
}

#[tokio::test]
async fn a_server_that_cannot_be_learnt_is_degraded() {
    let world = World::new().await;
    let away = json!({ "name": "away", "url": "http://127.0.0.1:9/mcp", "transport": "http" });
    let added = world.done::<AddServer>(&[], (), away).await;
    assert_eq!(added.state, ServerState::Degraded);
    assert!(added.failure.unwrap().code.starts_with("P5"));
    let test = world.done::<TestServer>(&["away"], (), json!(null)).await;
    assert!(!test.ok && test.failure.is_some());
    assert_eq!(world.done::<ShowStatus>(&[], (), json!(null)).await.counts.degraded, 1);
    let findings = world.done::<ListFindings>(&[], (), json!(null)).await.items;
    assert_eq!(findings[0].subject, "server away");

    let peer = Peer::start().await;
    let moved = world.done::<SetServer>(&["away"], (), json!({ "url": peer.url })).await;
    assert_eq!((moved.state, moved.capabilities.tools, moved.failure), (ServerState::Idle, 2, None));
}

#[tokio::test]
async fn a_server_comes_and_goes() {
    let (world, peer) = (World::new().await, Peer::start().await);
    world.done::<AddServer>(&[], (), json!({ "name": "peer", "url": peer.url, "discover": false })).await;
    let state = || async { world.done::<ListServers>(&[], (), json!(null)).await.items[0].state };
    assert_eq!(state().await, ServerState::Unlearnt);
    world.done::<RefreshServer>(&["peer"], (), json!(null)).await;
    assert_eq!(state().await, ServerState::Idle);
    let disabled = world.done::<DisableServer>(&["peer"], Ending { now: true }, json!(null)).await;
    assert_eq!(disabled.state, ServerState::Disabled);
    assert!(world.refused::<RefreshServer>(&["peer"], (), json!(null)).await.starts_with("409 P7008"));
    assert_eq!(world.done::<EnableServer>(&["peer"], (), json!(null)).await.state, ServerState::Idle);
    let set = world.done::<SetServer>(&["peer"], (), json!({ "isolation": "shared", "idle": "5s" })).await;
    assert_eq!((set.setup.isolation.word(), set.setup.idle.unwrap().to_string().as_str()), ("shared", "5s"));
    assert_eq!(set.state, ServerState::Idle);
    world.done::<RemoveServer>(&["peer"], Ending::default(), json!(null)).await;
    assert!(world.done::<ListServers>(&[], (), json!(null)).await.items.is_empty());

    let events = world.done::<ListEvents>(&[], EventQuery::default(), json!(null)).await.items;
    let kinds: Vec<_> = events.iter().rev().map(|event| event.kind.as_str()).collect();
    let expected = "server.add server.refresh server.disable server.refresh server.enable server.set server.remove";
    assert_eq!(kinds.join(" "), expected);
}

#[tokio::test]
async fn an_agent_and_its_tokens() {
    let world = World::new().await;
    let added = world.done::<AddAgent>(&[], (), json!({ "name": "bot", "user": "ada", "groups": ["dev"] })).await;
    assert!(added.token.starts_with("peta_st_"));
    assert_eq!((added.agent.user.as_deref(), added.agent.tokens.len()), (Some("ada"), 1));
    let rotated = world.done::<RotateAgent>(&["bot"], (), json!({ "grace": "10m", "expires": "30d" })).await;
    assert_ne!(rotated.token, added.token);
    assert_eq!(rotated.agent.tokens.len(), 2, "within the grace both work");
    world.pass(601);
    let shown = world.done::<ShowAgent>(&["bot"], (), json!(null)).await;
    assert_eq!(shown.tokens.len(), 1);
    assert!(shown.expires.is_some());
    let revoked = world.done::<RevokeAgent>(&["bot"], (), json!(null)).await;
    assert!(revoked.revoked.is_some() && revoked.tokens.is_empty());
    assert!(world.refused::<RevokeAgent>(&["bot"], (), json!(null)).await.starts_with("409 P7008"));
    world.done::<AddAgent>(&[], (), json!({ "name": "bot" })).await;
    assert_eq!(world.done::<ListAgents>(&[], (), json!(null)).await.items.len(), 2);
}

#[tokio::test]
async fn grants_come_and_go() {
    let world = World::new().await;
    let server = json!({ "name": "files", "url": "http://127.0.0.1:9/", "discover": false });
    world.done::<AddServer>(&[], (), server).await;
    world.done::<AddAgent>(&[], (), json!({ "name": "bot" })).await;
    let grant = json!({ "agent": "bot", "grant": "files/read_*" });
    world.done::<AddGrant>(&[], (), grant.clone()).await;
    world.done::<AddGrant>(&[], (), grant).await;
    let query = GrantQuery { agent: Some("bot".parse().unwrap()) };
    let listed = world.done::<ListGrants>(&[], query, json!(null)).await.items;
    assert_eq!(listed.iter().map(|entry| entry.grant.to_string()).collect::<Vec<_>>(), ["files/tool:read_*"]);
    let entry = GrantEntry { agent: "bot".parse().unwrap(), grant: "files/tool:read_*".parse().unwrap() };
    world.done::<RemoveGrant>(&[], entry.clone(), json!(null)).await;
    assert!(world.refused::<RemoveGrant>(&[], entry, json!(null)).await.starts_with("404 P7003"));
    assert!(world.done::<ListGrants>(&[], GrantQuery::default(), json!(null)).await.items.is_empty());
}

/// T66: what is secret is in no answer: no value of an environment variable, no key in a URL, no token but once.
#[tokio::test]
async fn api_gives_no_secret() {
    let world = World::new().await;
    let child = json!({
        "name": "child", "command": "x", "env": { "API_KEY": "hunter2-env" }, "discover": false,
    });
    world.done::<AddServer>(&[], (), child).await;
    let url = json!({ "name": "url", "url": "http://127.0.0.1:9/?key=hunter2-url", "discover": false });
    world.done::<AddServer>(&[], (), url).await;
    world.done::<SetServer>(&["url"], (), json!({ "eager": true })).await;
    world.refused::<AddServer>(&[], (), json!({ "name": "bad", "command": "x", "env": { "K=": "hunter2-bad" } })).await;
    let token = world.done::<AddAgent>(&[], (), json!({ "name": "bot" })).await.token;
    let delivery = json!({ "header": { "name": "Authorization", "template": "Bearer {}" } });
    let add = json!({ "name": "key", "server": "url", "delivery": delivery, "secret": "hunter2-vault-9aX2vQ7L" });
    world.done::<AddCredential>(&[], (), add).await;
    world.done::<RotateCredential>(&["key"], (), json!({ "secret": "hunter2-rotated-9aX2vQ7L" })).await;
    let paths = [
        "credentials",
        "credentials/key",
        "vault",
        "servers",
        "servers/child",
        "servers/url",
        "servers/child/logs",
        "agents",
        "agents/bot",
        "grants",
        "events",
        "status",
        "findings",
        "tokens",
    ];
    for path in paths {
        let answer = world.send(&From::Socket, "GET", &format!("/api/v1/{path}"), None).await;
        assert_eq!(answer.status, 200, "{path}");
        assert!(!answer.text.contains("hunter2") && !answer.text.contains(&token), "{path}: {}", answer.text);
    }
    let child = world.send(&From::Socket, "GET", "/api/v1/servers/child", None).await;
    assert_eq!(child.json()["env"], json!(["API_KEY"]));
}
