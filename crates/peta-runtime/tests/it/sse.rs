//! HTTP+SSE (2024-11-05), and finding out that a server speaks it.

use std::sync::{Arc, Mutex};

use peta_model::{Code, HttpMode};
use peta_runtime::InstanceState;
use tokio::sync::mpsc::UnboundedSender;

use crate::{
    scripted::{Reply, Scripted, answer, event, text},
    world::{LONG, SERVER, World, begin, call, http},
};

type Feed = Arc<Mutex<Option<UnboundedSender<String>>>>;

/// A server whose stream begins with `opening`, and that takes messages at `takes`.
async fn server(opening: &'static [&'static str], takes: &'static str) -> (Scripted, Feed) {
    let feed = Feed::default();
    let kept = Arc::clone(&feed);
    let server = Scripted::start(move |seen| {
        if seen.method == http::Method::GET {
            let mut reply = Reply::events([]);
            reply.chunks = opening.iter().map(|chunk| (*chunk).to_owned()).collect();
            let (reply, feed) = reply.fed();
            *kept.lock().unwrap() = Some(feed);
            return reply;
        }
        if seen.path != takes {
            return Reply::status(404);
        }
        let result = match seen.what().as_str() {
            "initialize" => {
                r#"{"protocolVersion":"2024-11-05","capabilities":{"tools":{}},"serverInfo":{}}"#.to_owned()
            }
            "tools/call" if seen.body.contains("hang") => return Reply::status(202),
            "tools/call" => text("old"),
            "tools/list" => r#"{"tools":[{"name":"a"}]}"#.to_owned(),
            _ => return Reply::status(202),
        };
        let message = event(&answer(seen, &result));
        kept.lock().unwrap().as_ref().unwrap().send(message).unwrap();
        Reply::status(202).saying("Accepted")
    })
    .await;
    (server, feed)
}

const PLAIN: &[&str] = &["event: endpoint\ndata: /messages?sessionId=1\n\n"];

#[tokio::test]
async fn the_endpoint_is_waited_for_and_posted_to() {
    let (server, _) = server(PLAIN, "/messages?sessionId=1").await;
    let instance = World::new(http(server.url("/sse"), HttpMode::Sse)).instance();
    instance.ready(LONG).await.unwrap();
    assert_eq!(call(&instance, "t", "{}").await.unwrap(), "old");
    assert_eq!(server.story(), ["GET", "initialize", "notifications/initialized", "tools/call"]);
}

#[tokio::test]
async fn an_endpoint_in_pieces_is_put_together() {
    let pieces = &["event: end", "point\nda", "ta: messages?sess", "ionId=2\n", "\n"];
    let (server, _) = server(pieces, "/deep/messages?sessionId=2").await;
    let instance = World::new(http(server.url("/deep/sse"), HttpMode::Sse)).instance();
    instance.ready(LONG).await.unwrap();
    assert_eq!(call(&instance, "t", "{}").await.unwrap(), "old");
}

#[tokio::test]
async fn an_absolute_path_behind_a_prefix_is_found() {
    let (server, _) = server(PLAIN, "/prefix/messages?sessionId=1").await;
    let instance = World::new(http(server.url("/prefix/sse"), HttpMode::Sse)).instance();
    instance.ready(LONG).await.unwrap();
    assert_eq!(call(&instance, "t", "{}").await.unwrap(), "old");
    let posted: Vec<_> = server.all().into_iter().skip(1).map(|seen| seen.path).collect();
    assert_eq!(posted[0], "/messages?sessionId=1");
    assert!(posted[1..].iter().all(|path| path == "/prefix/messages?sessionId=1"), "{posted:?}");
}

#[tokio::test]
async fn an_endpoint_of_another_origin_is_refused() {
    for elsewhere in [
        &["event: endpoint\ndata: http://127.0.0.1:9/steal\n\n"],
        &["event: endpoint\ndata: //example.com/steal\n\n"],
        &["event: endpoint\ndata: https://user@127.0.0.1/\n\n"],
    ] {
        let (server, _) = server(elsewhere, "/").await;
        let instance = World::new(http(server.url("/sse"), HttpMode::Sse)).instance();
        assert_eq!(instance.ready(LONG).await.unwrap_err().code, Code::SERVER_GARBAGE, "{elsewhere:?}");
    }
}

#[tokio::test]
async fn the_end_of_the_stream_fails_what_runs_and_the_next_use_reconnects() {
    let (server, feed) = server(PLAIN, "/messages?sessionId=1").await;
    let mut world = World::new(http(server.url("/sse"), HttpMode::Sse));
    let instance = world.instance();
    instance.ready(LONG).await.unwrap();
    let mut hanging = begin(&instance, "hang", "{}").await;
    *feed.lock().unwrap() = None;
    assert_eq!(crate::world::answer(&mut hanging).await.unwrap_err().code, Code::SERVER_LOST);
    world.becomes(InstanceState::Lost).await;
    instance.ready(LONG).await.unwrap();
    assert_eq!(call(&instance, "t", "{}").await.unwrap(), "old");
}

#[tokio::test]
async fn auto_falls_back_and_remembers() {
    let (server, _) = server(PLAIN, "/messages?sessionId=1").await;
    let world = World::new(http(server.url("/sse"), HttpMode::Auto));
    let learned = world.runtime.learn(SERVER, &world.spec, LONG).await.unwrap();
    assert_eq!(learned.transport, Some(HttpMode::Sse));
    assert_eq!(learned.pages.len(), 1);
    world.instance().ready(LONG).await.unwrap();
    let first_kind = |seen: &[crate::scripted::Seen]| seen.iter().filter(|seen| seen.path == "/sse").count();
    // One attempt to post at the stream's own URL, two streams.
    assert_eq!(first_kind(&server.all()), 3);
}

#[tokio::test]
async fn auto_tells_the_first_failure_where_neither_is_spoken() {
    let server = Scripted::start(|_| Reply::status(404)).await;
    let error = World::new(http(server.url("/mcp"), HttpMode::Auto)).instance().ready(LONG).await.unwrap_err();
    assert_eq!(error.text, "the server refused the request with HTTP status 404");
}
