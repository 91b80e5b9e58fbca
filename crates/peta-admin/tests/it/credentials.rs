//! Credentials through the API: stored sealed and bound, shown without their secrets, made anew, confirmed, removed; and what
//! cannot go where it is to go is refused without being repeated.

use peta_api::{
    CredentialState, EventQuery,
    endpoint::{
        AddCredential, AddServer, ConfirmCredential, ListCredentials, ListEvents, ListFindings, RemoveCredential,
        RotateCredential, SetServer, ShowCredential, ShowServer,
    },
    server::Ending,
};
use peta_model::{Owner, ServerState};
use peta_store::bound;
use peta_vault::safe::{NotLent, Shape};
use serde_json::{Value, json};

use crate::{
    peer::Peer,
    world::{From, World},
};

const SECRET: &str = "sk_live_hunter2_9aX2vQ7LmT4c";

async fn server(world: &World, name: &str, url: &str) {
    world.done::<AddServer>(&[], (), json!({ "name": name, "url": url, "discover": false })).await;
}

fn header(name: &str, server: &str) -> Value {
    let delivery = json!({ "header": { "name": "Authorization", "template": "Bearer {}" } });
    json!({ "name": name, "server": server, "delivery": delivery, "secret": SECRET })
}

fn with(mut body: Value, field: &str, value: Value) -> Value {
    body[field] = value;
    body
}

/// What the vault lends of it now.
fn lent(world: &World, name: &str) -> Result<Vec<u8>, NotLent> {
    let snapshot = world.store.snapshot();
    let entry = snapshot.credential_named(name).unwrap();
    let place = (snapshot.tenant, *entry.id.as_bytes(), entry.version);
    let origin = snapshot.server_by_id(entry.server).unwrap().spec.origin();
    let bound = bound(entry.server, &entry.owner, &entry.delivery, entry.scope.as_ref(), &origin);
    let lease = world.safe.lend(&entry.sealed, place, &bound, &Shape::Plain)?;
    Ok(lease.with(world.safe.now(), <[u8]>::to_vec).unwrap())
}

#[tokio::test]
async fn one_is_stored_sealed_and_shown_without_its_secret() {
    let world = World::new().await;
    server(&world, "github", "http://127.0.0.1:9/mcp").await;
    let stored = world.done::<AddCredential>(&[], (), header("token", "github")).await;
    let shown = world.done::<ShowCredential>(&["token"], (), json!(null)).await;
    assert_eq!((&stored.credential, stored.warnings.len()), (&shown, 0));
    assert_eq!((shown.state, shown.class.as_str(), shown.version), (CredentialState::Ready, "request", 1));
    assert_eq!((shown.origin.as_str(), shown.set_by.as_str()), ("http://127.0.0.1:9", "owner at the socket"));
    assert_eq!((shown.user, shown.group, shown.last_used), (None, None, None));
    assert_eq!(lent(&world, "token").unwrap(), SECRET.as_bytes());

    let rotated = world.done::<RotateCredential>(&["token"], (), json!({ "secret": "short" })).await;
    assert_eq!(rotated.credential.version, 2);
    assert!(rotated.warnings[0].contains("weak"), "{:?}", rotated.warnings);
    assert_eq!(lent(&world, "token").unwrap(), b"short");
    let none = world.refused::<ConfirmCredential>(&["token"], (), json!(null)).await;
    assert!(none.starts_with("409 P7008 `token` is ready"), "{none}");
    world.done::<RemoveCredential>(&["token"], (), json!(null)).await;
    let gone = world.refused::<ShowCredential>(&["token"], (), json!(null)).await;
    assert!(gone.starts_with("404 P7003 there is no credential named `token`; `peta credential list`"), "{gone}");

    let events = world.done::<ListEvents>(&[], EventQuery::default(), json!(null)).await.items;
    let kinds: Vec<_> = events.iter().rev().map(|event| event.kind.as_str()).collect();
    let expected = "server.add credential.add credential.rotate credential.confirm credential.remove";
    assert_eq!(kinds.join(" "), expected);
    let detail = events.iter().find(|event| event.kind == "credential.add").unwrap().detail.clone().unwrap();
    assert_eq!((&detail["credential"], &detail["owner"]), (&json!("token"), &json!("shared")));
    let text = serde_json::to_string(&events).unwrap();
    assert!(!text.contains("hunter2"), "{text}");
}

/// T45: a credential is lent only at the place it was given for, until somebody who may says otherwise.
#[tokio::test]
async fn origin_binding() {
    let world = World::new().await;
    server(&world, "github", "http://127.0.0.1:9/mcp").await;
    world.done::<AddCredential>(&[], (), header("token", "github")).await;
    world.done::<SetServer>(&["github"], (), json!({ "url": "http://127.0.0.1:9/other" })).await;
    let state = || async { world.done::<ShowCredential>(&["token"], (), json!(null)).await.state };
    assert_eq!(state().await, CredentialState::Ready, "another path is the same place");

    world.done::<SetServer>(&["github"], (), json!({ "url": "http://127.0.0.1:10/mcp" })).await;
    assert_eq!(state().await, CredentialState::Unbound);
    assert_eq!(lent(&world, "token").unwrap_err(), NotLent::Unbound);
    let findings = world.done::<ListFindings>(&[], (), json!(null)).await.items;
    assert!(findings.iter().any(|finding| finding.subject == "credential token"), "{findings:?}");
    world.done::<RotateCredential>(&["token"], (), json!({ "secret": SECRET })).await;
    assert_eq!(state().await, CredentialState::Unbound, "a new secret confirms no place");

    let confirmed = world.done::<ConfirmCredential>(&["token"], (), json!(null)).await;
    assert_eq!((confirmed.state, confirmed.origin.as_str()), (CredentialState::Ready, "http://127.0.0.1:10"));
    assert_eq!((confirmed.version, lent(&world, "token").unwrap()), (3, SECRET.as_bytes().to_vec()));
    let snapshot = world.store.snapshot();
    let entry = snapshot.credential_named("token").unwrap();
    let kept = world.store.prints_of(entry.server, peta_model::Moment::from_micros(i64::MAX)).await.unwrap();
    let newest = kept.iter().find(|kept| kept.version == 3).unwrap();
    assert!(world.safe.prints(&newest.prints, (snapshot.tenant, *entry.id.as_bytes(), 3)).is_ok());
}

#[tokio::test]
async fn a_held_one_waits() {
    let world = World::new().await;
    server(&world, "github", "http://127.0.0.1:9/mcp").await;
    let held = with(with(header("token", "github"), "held", json!(true)), "user", json!("ada"));
    let stored = world.done::<AddCredential>(&[], (), held).await.credential;
    assert_eq!((stored.state, stored.user.as_deref()), (CredentialState::Held, Some("ada")));
    let rival = with(header("rival", "github"), "user", json!("ada"));
    world.done::<AddCredential>(&[], (), rival).await;
    let twice = world.refused::<ConfirmCredential>(&["token"], (), json!(null)).await;
    assert!(twice.starts_with("409 P7008 `rival` already goes to the same place"), "{twice}");
    world.done::<RemoveCredential>(&["rival"], (), json!(null)).await;
    let confirmed = world.done::<ConfirmCredential>(&["token"], (), json!(null)).await;
    assert_eq!((confirmed.state, confirmed.version), (CredentialState::Ready, 2));
    let snapshot = world.store.snapshot();
    let id = snapshot.credential_named("token").unwrap().server;
    assert_eq!(snapshot.credentials_of(id, &Owner::User("ada".to_owned())).len(), 1);
}

#[tokio::test]
async fn what_is_personal_is_not_shared() {
    let world = World::new().await;
    server(&world, "one", "http://127.0.0.1:9/").await;
    let personal = with(header("token", "one"), "group", json!("dev"));
    world.done::<AddCredential>(&[], (), personal.clone()).await;
    let shared = world.refused::<SetServer>(&["one"], (), json!({ "isolation": "shared" })).await;
    assert!(shared.starts_with("409 P7008 `one` has credentials of users or groups"), "{shared}");
    world.done::<RemoveCredential>(&["token"], (), json!(null)).await;
    world.done::<SetServer>(&["one"], (), json!({ "isolation": "shared" })).await;
    let refused = world.refused::<AddCredential>(&[], (), personal).await;
    assert!(refused.starts_with("409 P7008 everybody shares the instance of `one`"), "{refused}");
    let user = world.refused::<SetServer>(&["one"], (), json!({ "credential": "user" })).await;
    assert!(user.starts_with("409 P7008 everybody shares"), "{user}");
    let set = world.done::<SetServer>(&["one"], (), json!({ "credential": "shared" })).await;
    assert_eq!(set.setup.credential.name(), "shared");
}

#[tokio::test]
async fn what_does_not_fit_is_refused_and_not_repeated() {
    let world = World::new().await;
    server(&world, "github", "http://127.0.0.1:9/mcp").await;
    let good = header("token", "github");
    let pasted = json!({ "header": { "name": "Authorization", "template": "Bearer hunter2" } });
    for (body, says) in [
        (with(good.clone(), "secret", json!("")), "400 P4006 [secret] the secret is empty"),
        (with(good.clone(), "secret", json!("hunter2\n")), "400 P4006 [secret] a secret in a header"),
        (with(good.clone(), "secret", json!("hunter2".repeat(10_000))), "400 P4006 [secret] the secret is longer"),
        (with(good.clone(), "secret", json!({ "hunter2": 1 })), "400 P7005 [secret] a secret is written as a text"),
        (with(good.clone(), "delivery", pasted), "400 P4006 [delivery.header.template]"),
        (with(good.clone(), "delivery", json!({ "header": "x: hunter2" })), "400 P7005 [delivery"),
        (with(good.clone(), "delivery", json!({ "env": "TOKEN" })), "400 P4006 [delivery] this server is at a URL"),
        (with(good.clone(), "server", json!("gitlab")), "404 P7003"),
        (with(with(good.clone(), "user", json!("a")), "group", json!("b")), "400 P7005 [group]"),
        (with(good.clone(), "user", json!(" ")), "400 P7005 [user]"),
        (with(good.clone(), "capability", json!("tool:")), "400 P7005 [capability]"),
        (with(good.clone(), "name", json!("-x")), "400 P7005 [name]"),
    ] {
        let answer = world.ask::<AddCredential>(&From::Socket, &[], &(), &body).await;
        assert!(!answer.text.contains("hunter2"), "{}", answer.text);
        assert_eq!(answer.headers["connection"], "close");
        let refused = world.refused::<AddCredential>(&[], (), body).await;
        assert!(refused.starts_with(says), "{says}: {refused}");
    }
    assert!(world.done::<ListCredentials>(&[], (), json!(null)).await.items.is_empty());

    world.done::<AddCredential>(&[], (), good.clone()).await;
    let taken = world.refused::<AddCredential>(&[], (), good.clone()).await;
    assert!(taken.starts_with("409 P7004"), "{taken}");
    let twin = world.refused::<AddCredential>(&[], (), with(good.clone(), "name", json!("other"))).await;
    assert!(twin.starts_with("409 P7008 `token` already goes to the same place"), "{twin}");
    let narrower = with(with(good, "name", json!("other")), "capability", json!("tool:read_*"));
    let stored = world.done::<AddCredential>(&[], (), narrower).await;
    assert_eq!(stored.credential.capability.unwrap().to_string(), "tool:read_*");
}

#[tokio::test]
async fn locked_nothing_is_stored() {
    let world = World::new().await;
    server(&world, "github", "http://127.0.0.1:9/mcp").await;
    world.done::<AddCredential>(&[], (), header("token", "github")).await;
    world.safe.lock();
    let add = world.refused::<AddCredential>(&[], (), header("other", "github")).await;
    assert!(add.starts_with("423 P4001"), "{add}");
    let rotate = world.refused::<RotateCredential>(&["token"], (), json!({ "secret": SECRET })).await;
    assert!(rotate.starts_with("423 P4001"), "{rotate}");
    assert_eq!(world.done::<ListCredentials>(&[], (), json!(null)).await.items.len(), 1, "what is known is shown");
    world.done::<RemoveCredential>(&["token"], (), json!(null)).await;
}

/// A server that could not be learnt for want of a credential is learnt when it gets one.
#[tokio::test]
async fn the_first_one_teaches() {
    let (world, peer) = (World::new().await, Peer::start().await);
    server(&world, "peer", &peer.url).await;
    let state = || async { world.done::<ShowServer>(&["peer"], (), json!(null)).await.server.state };
    let personal = with(header("mine", "peer"), "user", json!("ada"));
    world.done::<AddCredential>(&[], (), personal).await;
    assert_eq!(state().await, ServerState::Unlearnt, "learning is done for everybody");
    world.done::<AddCredential>(&[], (), header("token", "peer")).await;
    assert_eq!(state().await, ServerState::Idle);
    world.done::<peta_api::endpoint::RemoveServer>(&["peer"], Ending::default(), json!(null)).await;
    assert!(world.done::<ListCredentials>(&[], (), json!(null)).await.items.is_empty());
}

#[tokio::test]
async fn commands_get_variables_and_files() {
    let world = World::new().await;
    let child = json!({ "name": "child", "command": "x", "env": { "TOKEN": "old" }, "discover": false });
    world.done::<AddServer>(&[], (), child).await;
    let body = |name: &str, way: &str| json!({ "name": name, "server": "child", "delivery": { way: name.to_uppercase() }, "secret": SECRET });
    for (name, way) in [("token", "env"), ("handle", "fd"), ("place", "file")] {
        let stored = world.done::<AddCredential>(&[], (), body(name, way)).await;
        assert_eq!((stored.credential.class.as_str(), stored.credential.origin.as_str()), (way, "stdio"));
        assert!(stored.credential.promise.starts_with("handed over"), "{}", stored.credential.promise);
        assert_eq!(stored.warnings.len(), usize::from(name == "token"), "{:?}", stored.warnings);
    }
}
