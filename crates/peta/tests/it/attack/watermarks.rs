//! Fifty agents at once over servers of every isolation: each only ever sees its own data (T51).

use http::Method;
use peta_testkit::{Agent, Core, Served, json};
use tokio::task::JoinSet;

use super::people::Person;

const AGENTS: usize = 50;
const KINDS: [&str; 3] = ["per-session", "per-user", "shared"];

#[tokio::test]
async fn watermarks() {
    let core = Core::start().await;
    let mut served = Vec::new();
    for kind in KINDS {
        let one = Served::http(&[]).await;
        core.url_server(kind, &one.url("/mcp"), &["--isolation", kind]).await;
        served.push(one);
    }
    let owner = Person::of_role(&core, "owner").await;
    let mut agents = JoinSet::new();
    for number in 0..AGENTS {
        let body = json!({ "name": format!("agent-{number}"), "grants": KINDS });
        let added = owner.ask(Method::POST, "/api/v1/agents", Some(body)).await;
        assert_eq!(added.status, 201, "{added:?}");
        let token = added.json()["token"].as_str().unwrap().to_owned();
        let agent = core.agent("/mcp", &token);
        agents.spawn(async move { converse(agent, format!("watermark-{number:02}-")).await });
    }
    let seen = agents.join_all().await;
    assert_eq!(seen.len(), AGENTS);
    for (own, text) in seen {
        let marks: Vec<&str> =
            text.match_indices("watermark-").filter_map(|(at, _)| text.get(at..at + own.len())).collect();
        assert!(marks.len() > 3 * KINDS.len(), "{own} saw its own: {text}");
        assert!(marks.iter().all(|mark| *mark == own), "{own} saw another's: {marks:?}");
    }
    drop(served);
}

/// All that one agent ever gets back, while all the others do the same with the same ids and progress tokens.
async fn converse(mut agent: Agent, own: String) -> (String, String) {
    agent.open().await;
    let mut seen = String::new();
    let stream = agent.listen().await;
    for round in 0..2 {
        for (id, kind) in KINDS.iter().enumerate() {
            let call = |tool: &str, id: usize, arguments: serde_json::Value| {
                let params = json!({ "name": format!("{kind}__{tool}"), "arguments": arguments, "_meta": { "progressToken": 1 } });
                agent
                    .post(&json!({ "jsonrpc": "2.0", "id": id, "method": "tools/call", "params": params }).to_string())
                    .send()
            };
            let mark = format!("{own}{kind}-{round}");
            let (echo, meet, error) = tokio::join!(
                call("echo", id, json!({ "mark": mark })),
                call("meet", id + 10, json!({ "parties": 1, "label": mark })),
                call("test_error_handling", id + 20, json!({ "mark": mark })),
            );
            for answer in [echo, meet, error] {
                assert_eq!(answer.status, 200, "{answer:?}");
                seen.push_str(&answer.body);
            }
        }
        seen.push_str(&agent.ask("tools/list", "{}").await.to_string());
        agent.notify("notifications/x-mark", &json!({ "mark": own }).to_string()).await;
    }
    agent.end().await;
    for message in stream.rest().await {
        seen.push_str(&message.to_string());
    }
    (own, seen)
}
