//! The record: filters, pages, and the stream.

use axum::body::Body;
use http::{Request, Response};
use http_body_util::BodyExt as _;
use peta_api::{
    Endpoint as _, EventQuery,
    endpoint::{AddAdminToken, AddAgent, ListEvents, RevokeAdminToken, RevokeAgent},
};
use peta_model::Outcome;
use serde_json::{Value, json};

use crate::world::{From, World};

#[tokio::test]
async fn filters_and_pages() {
    let world = World::new().await;
    for name in ["a", "b", "c"] {
        world.done::<AddAgent>(&[], (), json!({ "name": name })).await;
    }
    world.refused::<AddAgent>(&[], (), json!({ "name": "a" })).await;
    let list = |query| world.done::<ListEvents>(&[], query, json!(null));
    let all = list(EventQuery::default()).await.items;
    assert_eq!(all.len(), 4);
    assert!(all.is_sorted_by(|a, b| a.sequence > b.sequence), "newest first");
    let refused = list(EventQuery { outcome: Some(Outcome::Refused), ..EventQuery::default() }).await.items;
    assert_eq!((refused.len(), refused[0].end.code.as_deref()), (1, Some("P7004")));
    assert!(list(EventQuery { kind: Some("server.add".to_owned()), ..EventQuery::default() }).await.items.is_empty());
    let until = EventQuery { until: Some(all[1].time), ..EventQuery::default() };
    assert_eq!(list(until).await.items, all[2..]);
    let since = EventQuery { since: Some(all[1].time), ..EventQuery::default() };
    assert_eq!(list(since).await.items, all[..2]);

    let code = EventQuery { code: Some("P7004".to_owned()), ..EventQuery::default() };
    assert_eq!(list(code).await.items, refused);
    let text = |text: &str| EventQuery { text: Some(text.to_owned()), ..EventQuery::default() };
    assert_eq!(list(text("AGENT.a")).await.items, all);
    assert_eq!(list(text("p7004")).await.items, refused);
    assert!(list(text("P7005")).await.items.is_empty());

    let (mut read, mut cursor) = (Vec::new(), None);
    loop {
        let page = list(EventQuery { limit: Some(3), cursor, ..EventQuery::default() }).await;
        read.extend(page.items);
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(read, all);
    let bad = EventQuery { cursor: Some("x".to_owned()), ..EventQuery::default() };
    assert!(world.refused::<ListEvents>(&[], bad, json!(null)).await.starts_with("400 P7005 [cursor]"));
}

#[tokio::test]
async fn the_stream_begins_with_what_there_is_and_goes_on() {
    let world = World::new().await;
    world.done::<AddAgent>(&[], (), json!({ "name": "a" })).await;
    world.done::<AddAgent>(&[], (), json!({ "name": "b" })).await;
    let mut stream = follow(&world, &From::Socket, None).await;
    let first = stream.next().await.unwrap();
    assert_eq!(first.1["detail"]["agent"], "a");
    assert_eq!(stream.next().await.unwrap().1["detail"]["agent"], "b");
    world.done::<RevokeAgent>(&["a"], (), json!(null)).await;
    let last = stream.next().await.unwrap();
    assert_eq!((&last.1["kind"], &last.1["outcome"]), (&json!("agent.revoke"), &json!("ok")));
    drop(stream);

    let mut again = follow(&world, &From::Socket, Some(&first.0)).await;
    assert_eq!(again.next().await.unwrap().1["detail"]["agent"], "b");
    assert_eq!(again.next().await.unwrap().0, last.0);
    world.admin.close();
    assert!(again.next().await.is_none());
}

#[tokio::test]
async fn the_stream_ends_with_the_token() {
    let world = World::new().await;
    let given = world.done::<AddAdminToken>(&[], (), json!({ "role": "auditor" })).await;
    let mut stream = follow(&world, &From::token(&given.token), None).await;
    assert_eq!(stream.next().await.unwrap().1["kind"], "admin.token");
    world.done::<RevokeAdminToken>(&[&given.about.id.to_string()], (), json!(null)).await;
    while let Some((_, event)) = stream.next().await {
        assert_eq!(event["kind"], "admin.revoke");
    }
}

struct Stream {
    body: Body,
    text: String,
}

async fn follow(world: &World, from: &From, last: Option<&str>) -> Stream {
    let query = EventQuery { follow: true, ..EventQuery::default() };
    let mut request = Request::get(ListEvents::OPERATION.target(&[], &query));
    if let Some(last) = last {
        request = request.header("last-event-id", last);
    }
    let response: Response<Body> = world.raw(from, request.body(Body::empty()).unwrap()).await;
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    Stream { body: response.into_body(), text: String::new() }
}

impl Stream {
    /// The next event's id and data; none when the stream has ended.
    async fn next(&mut self) -> Option<(String, Value)> {
        loop {
            if let Some((message, rest)) = self.text.split_once("\n\n") {
                let (message, rest) = (message.to_owned(), rest.to_owned());
                self.text = rest;
                let field = |name| message.lines().find_map(|line| line.strip_prefix(name));
                let Some(data) = field("data: ") else { continue };
                return Some((field("id: ").unwrap().to_owned(), serde_json::from_str(data).unwrap()));
            }
            let frame = self.body.frame().await?.unwrap().into_data().unwrap();
            self.text.push_str(std::str::from_utf8(&frame).unwrap());
        }
    }
}
