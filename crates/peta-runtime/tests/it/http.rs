//! Streamable HTTP, against servers of several dialects.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use peta_mcp::write;
use peta_model::{Code, HttpMode};
use peta_runtime::{Executed, InstanceState, Said};

use crate::{
    scripted::{Reply, Scripted, Seen, answer, event, initialized, result_of, text},
    world::{LONG, SERVER, World, begin, call, http},
};

/// A server with sessions `s1`, `s2` … that calls `tool` for each tool call.
async fn server(features: &'static str, tool: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Scripted {
    let begun = AtomicUsize::new(0);
    Scripted::start(move |seen| match seen.what().as_str() {
        "initialize" => {
            let number = begun.fetch_add(1, Ordering::Relaxed) + 1;
            initialized(seen, features).with("mcp-session-id", format!("s{number}"))
        }
        "tools/call" => tool(seen),
        "GET" => Reply::status(405),
        "DELETE" => Reply::status(204),
        "logging/setLevel" | "resources/subscribe" => result_of(seen, "{}"),
        _ => Reply::status(202),
    })
    .await
}

fn world(server: &Scripted) -> World {
    World::new(http(server.url("/mcp"), HttpMode::Http))
}

fn says(words: &'static str) -> impl Fn(&Seen) -> Reply + Send + Sync {
    move |seen| result_of(seen, &text(words))
}

#[tokio::test]
async fn the_session_and_version_go_with_everything_after_the_handshake() {
    let server = server("{}", says("hello")).await;
    let world = world(&server);
    let instance = world.instance();
    instance.ready(LONG).await.unwrap();
    assert_eq!(call(&instance, "t", "{}").await.unwrap(), "hello");
    world.runtime.shutdown(Duration::ZERO).await;
    let seen = server.all();
    let told: Vec<_> =
        seen.iter().map(|s| (s.what(), s.header("mcp-session-id"), s.header("mcp-protocol-version"))).collect();
    let (session, version) = (Some("s1"), Some("2025-11-25"));
    assert_eq!(told[0], ("initialize".to_owned(), None, None));
    assert!(told[1..].iter().all(|(_, s, v)| (*s, *v) == (session, version)), "{told:?}");
    assert_eq!(told.last().unwrap().0, "DELETE");
    assert_eq!(seen[0].header("accept"), Some("application/json, text/event-stream"));
    assert!(seen.iter().all(|seen| seen.header("authorization").is_none()));
}

#[tokio::test]
async fn answers_on_several_lines_and_as_events_are_read() {
    let pretty = server("{}", |seen| {
        Reply::json(format!(
            "{{\n  \"jsonrpc\": \"2.0\",\r\n  \"id\": {},\n \"result\": {}\n}}\n",
            seen.id(),
            text("a")
        ))
    })
    .await;
    let instance = world(&pretty).instance();
    instance.ready(LONG).await.unwrap();
    assert_eq!(call(&instance, "t", "{}").await.unwrap(), "a");
    let events =
        server("{}", |seen| Reply::events([": hi\n\nid: 1\ndata:\n\n", &event(&answer(seen, &text("b")))])).await;
    let instance = world(&events).instance();
    instance.ready(LONG).await.unwrap();
    assert_eq!(call(&instance, "t", "{}").await.unwrap(), "b");
}

#[tokio::test]
async fn what_comes_on_a_calls_own_stream_is_about_that_call() {
    let server = server("{}", |seen| {
        let note = r#"{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":1}}"#;
        let ask = r#"{"jsonrpc":"2.0","id":7,"method":"roots/list"}"#;
        Reply::events([&event(note), &event(ask), &event(&answer(seen, &text("done")))])
    })
    .await;
    let mut world = world(&server);
    let instance = world.instance();
    instance.ready(LONG).await.unwrap();
    let mut exchange = begin(&instance, "t", "{}").await;
    assert!(
        matches!(exchange.next().await, Said::Related(message) if message.text().contains("notifications/message"))
    );
    assert!(matches!(exchange.next().await, Said::Answer(_)));
    assert_eq!(world.message().await.0, Some(exchange.id()));
}

#[tokio::test]
async fn pings_on_a_stream_are_answered_by_a_request() {
    let (reply, feed) = Reply::events([&event(r#"{"jsonrpc":"2.0","id":"p","method":"ping"}"#)]).fed();
    let reply = Mutex::new(Some(reply));
    let mut server = server("{}", move |_| reply.lock().unwrap().take().unwrap()).await;
    let instance = world(&server).instance();
    instance.ready(LONG).await.unwrap();
    let mut exchange = begin(&instance, "t", "{}").await;
    let said = tokio::spawn(async move { exchange.next().await });
    let asked = server.next("tools/call").await;
    assert_eq!(server.next("answer").await.body, r#"{"jsonrpc":"2.0","id":"p","result":{}}"#);
    feed.send(event(&answer(&asked, &text("on")))).unwrap();
    assert!(matches!(said.await.unwrap(), Said::Answer(_)));
}

/// What an opened line is to know comes before the calls that wait for it, even if it is taken in slowly.
#[tokio::test]
async fn no_call_overtakes_what_an_opened_line_is_told() {
    let (reply, feed) = Reply::json("").fed();
    let reply = Mutex::new(Some(reply));
    let mut server = Scripted::start(move |seen| match seen.what().as_str() {
        "initialize" => initialized(seen, r#"{"logging":{}}"#),
        "logging/setLevel" => reply.lock().unwrap().take().unwrap(),
        "tools/call" => result_of(seen, &text("after")),
        "GET" => Reply::status(405),
        _ => Reply::status(202),
    })
    .await;
    let instance = world(&server).instance();
    instance.keep_level(Some(r#"{"level":"info"}"#.to_owned()));
    let opening = Arc::clone(&instance);
    tokio::spawn(async move { opening.ready(LONG).await.unwrap() });
    let asked = server.next("logging/setLevel").await;
    // Somebody who comes while it is told.
    let said = tokio::spawn(async move {
        instance.ready(LONG).await.unwrap();
        call(&instance, "t", "{}").await.unwrap()
    });
    // Whoever is ready before this is answered would have called by now.
    let early = tokio::time::timeout(Duration::from_millis(200), server.next("tools/call")).await;
    assert!(early.is_err(), "{:?}", server.story());
    feed.send(answer(&asked, "{}")).unwrap();
    drop(feed);
    assert_eq!(said.await.unwrap(), "after");
}

/// The first call finds its session gone, told in some dialect; the server then knows the new one.
async fn forgetful(status: u16, body: &'static str) {
    let server = server(r#"{"logging":{},"resources":{"subscribe":true}}"#, move |seen| {
        if seen.header("mcp-session-id") == Some("s1") {
            Reply::status(status).with("content-type", "application/json").saying(body)
        } else {
            result_of(seen, &text("anew"))
        }
    })
    .await;
    let mut world = world(&server);
    let instance = world.instance();
    instance.ready(LONG).await.unwrap();
    world.becomes(InstanceState::Open).await;
    instance.keep_level(Some(r#"{"level":"info"}"#.to_owned()));
    instance.keep_subscription(r#"{"uri":"x"}"#.to_owned());
    assert_eq!(call(&instance, "t", "{}").await.unwrap(), "anew", "{status} {body}");
    world.becomes(InstanceState::Open).await;
    let mut story = server.story();
    story.retain(|what| what != "GET");
    let expected = [
        "initialize",
        "notifications/initialized",
        "tools/call",
        "initialize",
        "notifications/initialized",
        "logging/setLevel",
        "resources/subscribe",
        "tools/call",
    ];
    assert_eq!(story, expected);
    let again: Vec<_> = server.all().into_iter().filter(|seen| seen.what() == "initialize").collect();
    assert!(again[1].header("mcp-session-id").is_none(), "a new session begins without the old one's id");
    assert_ne!(again[0].id(), again[1].id());
}

#[tokio::test]
async fn a_session_that_is_gone_is_begun_anew_silently() {
    forgetful(404, "").await;
    forgetful(404, r#"{"jsonrpc":"2.0","error":{"code":-32001,"message":"Session not found"},"id":null}"#).await;
    let everything =
        r#"{"jsonrpc":"2.0","error":{"code":-32000,"message":"Bad Request: No valid session ID provided"},"id":null}"#;
    forgetful(400, everything).await;
    forgetful(400, "Bad Request: Server not initialized").await;
}

#[tokio::test]
async fn several_calls_that_find_the_session_gone_begin_one_new() {
    let server = server("{}", |seen| match seen.header("mcp-session-id") {
        Some("s1") => Reply::status(404),
        _ => result_of(seen, &text("anew")),
    })
    .await;
    let instance = world(&server).instance();
    instance.ready(LONG).await.unwrap();
    let (a, b, c) = tokio::join!(call(&instance, "t", "{}"), call(&instance, "t", "{}"), call(&instance, "t", "{}"));
    assert_eq!([a.unwrap(), b.unwrap(), c.unwrap()], ["anew"; 3]);
    assert_eq!(server.story().iter().filter(|what| *what == "initialize").count(), 2);
}

#[tokio::test]
async fn a_session_that_is_gone_at_once_again_is_not_tried_for_ever() {
    let server = server("{}", |_| Reply::status(404)).await;
    let instance = world(&server).instance();
    instance.ready(LONG).await.unwrap();
    let why = call(&instance, "t", "{}").await.unwrap_err();
    assert_eq!((why.code, why.executed), (Code::SERVER_GARBAGE, Executed::No));
}

#[tokio::test]
async fn a_challenge_stays_here_and_statuses_are_told_in_general_words() {
    for (status, code) in
        [(401, Code::SERVER_CHALLENGED), (403, Code::SERVER_CHALLENGED), (500, Code::SERVER_UNREACHABLE)]
    {
        let server = server("{}", move |_| {
            Reply::status(status).with("www-authenticate", "Bearer secret=1").saying("internal detail")
        })
        .await;
        let instance = world(&server).instance();
        instance.ready(LONG).await.unwrap();
        let why = call(&instance, "t", "{}").await.unwrap_err();
        assert_eq!(why.code, code, "{status}");
        assert!(!why.text.contains("detail") && !why.text.contains("secret"), "{}", why.text);
    }
}

#[tokio::test]
async fn an_error_of_the_protocol_is_an_answer_whatever_its_status() {
    let server = server("{}", |seen| {
        let body = format!(r#"{{"jsonrpc":"2.0","id":{},"error":{{"code":-32602,"message":"no"}}}}"#, seen.id());
        Reply::status(400).with("content-type", "application/json").saying(body)
    })
    .await;
    let instance = world(&server).instance();
    instance.ready(LONG).await.unwrap();
    let mut exchange = begin(&instance, "t", "{}").await;
    assert!(matches!(exchange.next().await, Said::Answer(answer) if answer.error().is_some()));
}

#[tokio::test]
async fn a_stream_that_ends_without_its_answer_is_picked_up_after_the_time_asked_for() {
    let id = Arc::new(Mutex::new(String::new()));
    let kept = Arc::clone(&id);
    let server = Scripted::start(move |seen| match seen.what().as_str() {
        "initialize" => initialized(seen, "{}").with("mcp-session-id", "s"),
        "tools/call" => {
            *kept.lock().unwrap() = seen.id();
            Reply::events(["id: e-1\nretry: 300\ndata:\n\n"])
        }
        "GET" if seen.header("last-event-id") == Some("e-1") => {
            let answer = format!(r#"{{"jsonrpc":"2.0","id":{},"result":{}}}"#, kept.lock().unwrap(), text("late"));
            Reply::events([&event(&answer)])
        }
        _ => Reply::status(202),
    })
    .await;
    let instance = World::new(http(server.url("/mcp"), HttpMode::Http)).instance_told(crate::world::session(1), "{}");
    instance.ready(LONG).await.unwrap();
    assert_eq!(call(&instance, "t", "{}").await.unwrap(), "late");
    let seen = server.all();
    let (asked, resumed) = (&seen[2], &seen[3]);
    assert_eq!(resumed.what(), "GET");
    assert_eq!((resumed.header("mcp-session-id"), resumed.header("accept")), (Some("s"), Some("text/event-stream")));
    let waited = resumed.at - asked.at;
    assert!(waited >= Duration::from_millis(300), "{waited:?}");
}

#[tokio::test]
async fn a_stream_that_cannot_be_picked_up_is_a_loss() {
    let server = server("{}", |_| Reply::events(["data: \n\n: nothing\n\n"])).await;
    let instance = world(&server).instance();
    instance.ready(LONG).await.unwrap();
    let why = call(&instance, "t", "{}").await.unwrap_err();
    assert_eq!((why.code, why.executed), (Code::SERVER_LOST, Executed::Maybe));
}

#[tokio::test]
async fn the_servers_own_stream_is_listened_to_and_picked_up() {
    let gets = AtomicUsize::new(0);
    let changed = r#"{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}"#;
    let first = format!("id: g1\nretry: 20\ndata: {changed}\n\n");
    let mut server = Scripted::start(move |seen| match seen.what().as_str() {
        "initialize" => initialized(seen, r#"{"tools":{"listChanged":true}}"#),
        "GET" if gets.fetch_add(1, Ordering::Relaxed) == 0 => Reply::events([&first]),
        "GET" => Reply::events([&event(r#"{"jsonrpc":"2.0","id":1,"method":"roots/list"}"#)]).fed().0,
        _ => Reply::status(202),
    })
    .await;
    let mut world = world(&server);
    world.instance().ready(LONG).await.unwrap();
    assert_eq!(world.message().await, (None, changed.to_owned()));
    assert!(world.message().await.1.contains("roots/list"));
    assert_eq!(server.next("GET").await.header("last-event-id"), None);
    assert_eq!(server.next("GET").await.header("last-event-id"), Some("g1"));
}

#[tokio::test]
async fn a_server_that_was_started_anew_is_subscribed_to_again_before_anybody_calls() {
    let (first, stream) = Reply::events([": here\n\n"]).fed();
    let (begun, first) = (AtomicUsize::new(0), Mutex::new(Some(first)));
    let mut server = Scripted::start(move |seen| match seen.what().as_str() {
        "initialize" => {
            let session = format!("s{}", begun.fetch_add(1, Ordering::Relaxed));
            initialized(seen, r#"{"resources":{"subscribe":true}}"#).with("mcp-session-id", session)
        }
        "GET" if seen.header("mcp-session-id") == Some("s0") => {
            first.lock().unwrap().take().unwrap_or_else(|| Reply::status(404))
        }
        "GET" => Reply::events([]).fed().0,
        "resources/subscribe" => result_of(seen, "{}"),
        _ => Reply::status(202),
    })
    .await;
    let world = world(&server);
    let instance = world.instance();
    instance.ready(LONG).await.unwrap();
    instance.keep_subscription(r#"{"uri":"x"}"#.to_owned());
    server.next("GET").await;
    stream.send("retry: 10\n\n".to_owned()).unwrap();
    drop(stream);
    assert_eq!(server.next("resources/subscribe").await.header("mcp-session-id"), Some("s1"));
}

#[tokio::test]
async fn redirects_inside_the_origin_are_followed_and_others_are_not() {
    let target = server("{}", says("moved")).await;
    let there = target.url("/mcp");
    let away = Scripted::start(move |_| Reply::status(307).with("location", there.clone())).await;
    let error = world(&away).instance().ready(LONG).await.unwrap_err();
    assert_eq!(error.code, Code::ADDRESS_REFUSED);
    assert!(target.all().is_empty());
    let inside = Scripted::start(|seen| match (seen.path.as_str(), seen.what().as_str()) {
        ("/mcp", _) => Reply::status(308).with("location", "/new/mcp"),
        (_, "initialize") => initialized(seen, "{}"),
        _ => Reply::status(202),
    })
    .await;
    world(&inside).instance().ready(LONG).await.unwrap();
}

#[tokio::test]
async fn a_server_that_is_not_there_fails_fast_and_is_opened_anew_later() {
    let server = server("{}", says("back")).await;
    let port = {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        listener.local_addr().unwrap().port()
    };
    let world = World::new(http(format!("http://127.0.0.1:{port}/mcp"), HttpMode::Auto));
    let error = world.instance().ready(LONG).await.unwrap_err();
    assert_eq!(error.code, Code::SERVER_UNREACHABLE);
    assert_eq!(world.runtime.health(SERVER).failure.unwrap().text, error.text);
    drop(server);
}

#[tokio::test]
async fn an_answer_over_the_limit_is_refused() {
    let server = server("{}", |seen| result_of(seen, &text(&"x".repeat(200_000)))).await;
    let mut config = crate::world::config();
    config.limits.bytes = 100_000;
    let instance = World::with(config, http(server.url("/mcp"), HttpMode::Http)).instance();
    instance.ready(LONG).await.unwrap();
    assert_eq!(call(&instance, "t", "{}").await.unwrap_err().code, Code::SERVER_GARBAGE);
}

#[tokio::test]
async fn an_answer_to_something_else_is_no_answer() {
    let server = server("{}", |_| Reply::json(r#"{"jsonrpc":"2.0","id":"1","result":{}}"#)).await;
    let world = world(&server);
    let instance = world.instance();
    instance.ready(LONG).await.unwrap();
    assert_eq!(call(&instance, "t", "{}").await.unwrap_err().code, Code::SERVER_LOST);
    assert_eq!(world.runtime.health(SERVER).dropped, 1);
}

#[tokio::test]
async fn notifications_are_told_and_any_success_will_do() {
    let mut server = Scripted::start(|seen| match seen.what().as_str() {
        "initialize" => initialized(seen, "{}"),
        _ => Reply::status(204),
    })
    .await;
    let world = world(&server);
    let instance = world.instance();
    instance.ready(LONG).await.unwrap();
    instance.tell(write::notification("notifications/cancelled", Some(r#"{"requestId":5}"#))).await.unwrap();
    assert!(server.next("notifications/cancelled").await.body.contains(r#""requestId":5"#));
}
