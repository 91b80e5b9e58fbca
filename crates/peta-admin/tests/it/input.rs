//! What comes in: JSON only, bounded, unknown fields refused, wrong ones named.

use axum::body::Body;
use http::Request;
use peta_api::EventQuery;
use peta_api::endpoint::{AddAgent, AddGrant, AddServer, ListEvents, SetServer, ShowAgent, ShowServer};
use serde_json::json;

use crate::world::{From, World};

#[tokio::test]
async fn bad_fields_are_named() {
    let world = World::new().await;
    let add = |body| world.refused::<AddServer>(&[], (), body);
    assert!(add(json!({ "name": "Files", "url": "http://x/" })).await.starts_with("400 P7005 [name] `Files` is no"));
    assert!(add(json!({ "name": "a" })).await.starts_with("400 P7005 [url] "));
    assert!(add(json!({ "name": "a", "url": "ftp://x/" })).await.starts_with("400 P7005 [url] "));
    assert!(add(json!({ "name": "a", "url": "http://x/", "state": "ready" })).await.starts_with("400 P7005 [state] "));
    let soon = world.refused::<AddAgent>(&[], (), json!({ "name": "a", "expires": "soon" })).await;
    assert!(soon.starts_with("400 P7005 [expires] `soon` is neither"), "{soon}");
    let over = world.refused::<AddAgent>(&[], (), json!({ "name": "a", "expires": "2001-01-01T00:00:00Z" })).await;
    assert_eq!(over, "400 P7005 [expires] this time is already over");
    let group = world.refused::<AddAgent>(&[], (), json!({ "name": "a", "groups": ["ok", ""] })).await;
    assert!(group.starts_with("400 P7005 [groups[1]] "), "{group}");
    let limit =
        world.refused::<ListEvents>(&[], EventQuery { limit: Some(0), ..EventQuery::default() }, json!(null)).await;
    assert!(limit.starts_with("400 P7005 [limit] "), "{limit}");
}

#[tokio::test]
async fn what_is_not_there() {
    let world = World::new().await;
    let server = world.refused::<ShowServer>(&["nothing"], (), json!(null)).await;
    assert_eq!(server, "404 P7003 there is no server named `nothing`; `peta server list` shows those there are");
    let odd = world.refused::<ShowServer>(&["a/../b%\u{1b}"], (), json!(null)).await;
    assert!(odd.starts_with("404 P7003 there is no server named `a/../b%\\u{1b}`"), "{odd}");
    assert!(world.refused::<SetServer>(&["nothing"], (), json!({})).await.starts_with("404 P7003"));
    assert!(world.refused::<ShowAgent>(&["nobody"], (), json!(null)).await.starts_with("404 P7003 there is no agent"));
    let grant = world.refused::<AddAgent>(&[], (), json!({ "name": "a", "grants": ["nothing/read"] })).await;
    assert_eq!(grant, "404 P7003 there is no server named `nothing`");
    assert!(world.refused::<AddGrant>(&[], (), json!({ "agent": "x", "grant": "y" })).await.starts_with("404 P7003"));
}

#[tokio::test]
async fn names_are_taken_once() {
    let world = World::new().await;
    let server = json!({ "name": "files", "url": "http://127.0.0.1:9/", "discover": false });
    world.done::<AddServer>(&[], (), server.clone()).await;
    let taken = world.refused::<AddServer>(&[], (), server).await;
    assert!(taken.starts_with("409 P7004 [name] there is already a server named `files`"), "{taken}");
    world.done::<AddAgent>(&[], (), json!({ "name": "bot" })).await;
    let taken = world.refused::<AddAgent>(&[], (), json!({ "name": "bot" })).await;
    assert!(taken.starts_with("409 P7004 [name] there is already an agent named `bot`"), "{taken}");
}

#[tokio::test]
async fn bodies_are_json_and_bounded() {
    let world = World::new().await;
    let post = |kind: Option<&'static str>, body: Vec<u8>| {
        let mut request = Request::post("/api/v1/agents");
        if let Some(kind) = kind {
            request = request.header("content-type", kind);
        }
        let request = request.body(Body::from(body)).unwrap();
        async { world.raw(&From::Socket, request).await.status().as_u16() }
    };
    assert_eq!(post(Some("application/json"), br#"{"name":"a"}"#.to_vec()).await, 201);
    assert_eq!(post(Some("Application/JSON; charset=utf-8"), br#"{"name":"b"}"#.to_vec()).await, 201);
    assert_eq!(post(Some("text/plain"), br#"{"name":"c"}"#.to_vec()).await, 415);
    assert_eq!(post(None, br#"{"name":"c"}"#.to_vec()).await, 415);
    assert_eq!(post(None, Vec::new()).await, 400);
    assert_eq!(post(Some("application/json"), b"{".to_vec()).await, 400);
    assert_eq!(post(Some("application/json"), b"\xff".to_vec()).await, 400);
    assert_eq!(post(Some("application/json"), vec![b' '; 1024 * 1024 + 1]).await, 413);
    assert_eq!(post(Some("application/json"), vec![b'['; 1024 * 1024]).await, 400);
}

#[tokio::test]
async fn what_was_refused_is_recorded() {
    let world = World::new().await;
    world.refused::<SetServer>(&["nothing"], (), json!({})).await;
    world.refused::<AddServer>(&[], (), json!({ "name": "a" })).await;
    let query = EventQuery { outcome: Some(peta_model::Outcome::Refused), ..EventQuery::default() };
    let events = world.done::<ListEvents>(&[], query, json!(null)).await.items;
    let told: Vec<_> = events.iter().map(|event| (event.kind.as_str(), event.end.code.as_deref())).collect();
    assert_eq!(told, [("server.add", Some("P7005")), ("server.set", Some("P7003"))]);
    assert_eq!(events[1].server.as_ref().unwrap().as_str(), "nothing");
    assert_eq!(events[0].caller.role.as_deref(), Some("owner"));
    assert_eq!(events[0].caller.door.as_deref(), Some("socket"));
}
