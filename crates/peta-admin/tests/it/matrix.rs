//! T31, T62: every registered route against everyone who may ask, with a golden list; and the same answer whether the
//! thing asked about exists or not.

use peta_api::{
    Operation,
    endpoint::{self, AddAdminToken, AddAgent, AddServer},
};
use serde_json::{Value, json};

use crate::{
    keeper::PASSPHRASE,
    world::{From, World},
};

const GOLDEN: &str = include_str!("matrix.txt");

/// The world with a server `files`, an agent `bot`, and everyone who may ask.
async fn everyone(world: &World) -> Vec<(&'static str, From)> {
    world.done::<AddServer>(&[], (), server("files")).await;
    let bot = world.done::<AddAgent>(&[], (), json!({ "name": "bot", "grants": ["files"] })).await.token;
    let mut everyone =
        vec![("none", From::Network(None)), ("garbage", From::token("peta_ac_garbage")), ("agent", From::token(&bot))];
    for role in ["auditor", "payloads", "owner"] {
        let token = world.done::<AddAdminToken>(&[], (), json!({ "role": role })).await.token;
        everyone.push((role, From::token(&token)));
    }
    everyone.push(("socket", From::Socket));
    everyone
}

fn server(name: &str) -> Value {
    json!({ "name": name, "url": "http://127.0.0.1:9/", "discover": false })
}

/// A request to the operation that is in order; `who` makes names that nobody has taken.
fn request(operation: &Operation, who: &str, name: &str) -> (String, Option<Value>) {
    let names: Vec<_> = operation.names().map(|_| name).collect();
    let target = operation.target(&names, &());
    match operation.id {
        "add_server" => (target, Some(server(&format!("new-{who}")))),
        "set_server" => (target, Some(json!({ "eager": true }))),
        "add_agent" => (target, Some(json!({ "name": format!("new-{who}") }))),
        "add_credential" => {
            let delivery = json!({ "query": format!("key-{who}") });
            let body = json!({ "name": who, "server": "files", "delivery": delivery, "secret": "0123456789abcdef" });
            (target, Some(body))
        }
        "add_oauth_credential" => {
            (target, Some(json!({ "name": format!("oauth-{who}"), "server": "files", "user": who })))
        }
        "add_sink" => (target, Some(json!({ "name": format!("new-{who}"), "to": "stdout:" }))),
        "rotate_credential" => (target, Some(json!({ "secret": "0123456789abcdef" }))),
        "unlock_vault" => (target, Some(json!({ "passphrase": PASSPHRASE }))),
        "drill_vault" => (target, Some(json!({ "canary": "canary" }))),
        "rotate_vault" => (target, Some(json!({ "what": "kek" }))),
        "record_report" => (target, Some(json!({ "report": "access" }))),
        "rotate_agent" | "add_admin_token" => (target, Some(json!({}))),
        "add_grant" => (target, Some(json!({ "agent": name, "grant": "files/tool:read" }))),
        "list_grants" => (format!("{target}?agent={name}"), None),
        "remove_grant" => (format!("{target}?agent={name}&grant=files%2Ftool%3Aread"), None),
        _ => (target, None),
    }
}

#[tokio::test]
async fn admin_matrix() {
    let world = World::new().await;
    let everyone = everyone(&world).await;
    let mut lines = Vec::new();
    for operation in endpoint::ALL {
        let mut line = format!("{:<20}", operation.id);
        for (who, from) in &everyone {
            let (target, body) = request(operation, who, "nobody");
            let answer = world.send(from, operation.method.as_str(), &target, body).await;
            line.push_str(&format!(" {who}={}", answer.brief().replace(' ', "/")));
        }
        lines.push(line);
    }
    assert_eq!(lines.join("\n"), GOLDEN.trim_end(), "the golden list tests/it/matrix.txt differs");
}

/// Whoever may not do something cannot learn by asking whether the thing is there.
#[tokio::test]
async fn refusals_do_not_tell_what_exists() {
    let world = World::new().await;
    let everyone = everyone(&world).await;
    for operation in endpoint::ALL {
        for (who, from) in &everyone {
            let mut answers = Vec::new();
            for name in ["files", "bot", "nobody"] {
                let (target, body) = request(operation, who, name);
                let answer = world.send(from, operation.method.as_str(), &target, body).await;
                answers.push((answer.status, answer.headers, answer.text));
            }
            if matches!(answers[0].0.as_u16(), 401 | 403) {
                assert!(answers.iter().all(|answer| *answer == answers[0]), "{} {who}: {answers:?}", operation.id);
            }
        }
    }
}

/// T31: an agent's token opens nothing, and that it was tried is in the record.
#[tokio::test]
async fn agent_opens_no_admin_door() {
    let world = World::new().await;
    let everyone = everyone(&world).await;
    let (_, agent) = everyone.iter().find(|(who, _)| *who == "agent").unwrap();
    for operation in endpoint::ALL {
        let (target, body) = request(operation, "agent", "files");
        let answer = world.send(agent, operation.method.as_str(), &target, body).await;
        assert_eq!(answer.brief(), "403 P7002", "{}", operation.id);
    }
    let tried = world.send(&From::Socket, "GET", "/api/v1/events?agent=bot&decision=deny", None).await.json();
    let tried = tried["items"].as_array().unwrap().clone();
    assert_eq!(tried.len(), endpoint::ALL.len());
    assert_eq!(tried[0]["outcome"], "refused");
    assert_eq!(tried[0]["code"], "P7002");
}

/// T65: what a token may do is what its role allows, and it ends when it should.
#[tokio::test]
async fn tokens_end() {
    let world = World::new().await;
    let given = world.done::<AddAdminToken>(&[], (), json!({ "role": "auditor", "expires": "1h" })).await;
    let from = From::token(&given.token);
    let status = || async { world.send(&from, "GET", "/api/v1/status", None).await.brief() };
    assert_eq!(status().await, "200");
    world.pass(3_601);
    assert_eq!(status().await, "401 P7001");

    let given = world.done::<AddAdminToken>(&[], (), json!({})).await;
    let from = From::token(&given.token);
    let status = || async { world.send(&from, "GET", "/api/v1/status", None).await.brief() };
    assert_eq!(status().await, "200");
    let id = given.about.id.to_string();
    world.done::<endpoint::RevokeAdminToken>(&[&id], (), json!(null)).await;
    assert_eq!(status().await, "401 P7001");
}

#[tokio::test]
async fn challenges_and_unknown_places() {
    let world = World::new().await;
    let none = From::Network(None);
    let answer = world.send(&none, "GET", "/api/v1/servers", None).await;
    assert_eq!(answer.headers["www-authenticate"], "Bearer");
    let answer = world.send(&From::token("x"), "GET", "/api/v1/servers", None).await;
    assert_eq!(answer.headers["www-authenticate"], "Bearer error=\"invalid_token\"");
    assert_eq!(world.send(&none, "GET", "/api/v1/nothing", None).await.brief(), "404 P7007");
    assert_eq!(world.send(&none, "GET", "/", None).await.brief(), "404 P7007");
    let answer = world.send(&none, "PUT", "/api/v1/servers", None).await;
    assert_eq!((answer.brief().as_str(), &answer.headers["allow"]), ("405 P1017", &"GET,HEAD,POST".parse().unwrap()));
}

/// A request that nobody said a door of is from the network.
#[tokio::test]
async fn no_door_is_the_network() {
    use tower::ServiceExt as _;
    let world = World::new().await;
    let request = http::Request::get("/api/v1/servers").body(axum::body::Body::empty()).unwrap();
    assert_eq!(world.app.clone().oneshot(request).await.unwrap().status(), 401);
}

/// `/metrics` stands beside the API and behind the same door.
#[tokio::test]
async fn metrics_are_guarded() {
    let world = World::new().await;
    let everyone = everyone(&world).await;
    let guard = axum::middleware::from_fn_with_state(world.admin.clone(), peta_admin::guard_metrics);
    let app = axum::Router::new().route("/metrics", axum::routing::get(async || "a 1\n")).layer(guard);
    let world = world.behind(app);
    let mut told = Vec::new();
    for (who, from) in &everyone {
        told.push(format!("{who}={}", world.send(from, "GET", "/metrics", None).await.brief()));
    }
    let golden =
        "none=401 P7001, garbage=401 P7001, agent=403 P7002, auditor=200, payloads=403 P7002, owner=200, socket=200";
    assert_eq!(told.join(", "), golden);
}
