//! Large answers: passed on as they come, the agent's own id in them, and never taken for whole when they are not.

use std::{
    convert::Infallible,
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll},
};

use bytes::Bytes;
use http_body_util::BodyExt as _;
use hyper::{
    body::{Body, Frame, Incoming},
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use peta_testkit::{Agent, Core, Setup, Value, eventually};
use tokio::{net::TcpListener, sync::mpsc};

/// A server with one tool, whose answers the test writes piece by piece.
struct Writer {
    url: String,
    desk: Arc<Desk>,
}

#[derive(Default)]
struct Desk {
    /// The body of the next call's answer.
    next: Mutex<Option<Paper>>,
    /// The id of the last call.
    id: Mutex<String>,
}

/// The end of an answer's body that is written to.
struct Pen(mpsc::UnboundedSender<Option<Bytes>>);

/// The other end; it breaks off where nothing was written.
struct Paper(mpsc::UnboundedReceiver<Option<Bytes>>);

impl Pen {
    fn write(&self, text: impl Into<Bytes>) {
        let _ = self.0.send(Some(text.into()));
    }

    /// Ends the answer before it is whole.
    fn break_off(self) {
        let _ = self.0.send(None);
    }
}

impl Paper {
    fn of(text: String) -> Self {
        let (pen, paper) = mpsc::unbounded_channel();
        let _ = pen.send(Some(text.into()));
        Self(paper)
    }
}

impl Body for Paper {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let broken = || std::io::Error::from(std::io::ErrorKind::BrokenPipe);
        self.0.poll_recv(cx).map(|piece| piece.map(|piece| piece.map(Frame::data).ok_or_else(broken)))
    }
}

impl Writer {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/mcp", listener.local_addr().unwrap());
        let desk = Arc::<Desk>::default();
        let at = Arc::clone(&desk);
        tokio::spawn(async move {
            loop {
                let (socket, _) = listener.accept().await.unwrap();
                let desk = Arc::clone(&at);
                let service = service_fn(move |request| {
                    let desk = Arc::clone(&desk);
                    async move { Ok::<_, Infallible>(answer(request, &desk).await) }
                });
                let connection = hyper::server::conn::http1::Builder::new();
                tokio::spawn(connection.serve_connection(TokioIo::new(socket), service));
            }
        });
        Self { url, desk }
    }

    /// What the next call's answer is written with.
    fn pen(&self) -> Pen {
        let (pen, paper) = mpsc::unbounded_channel();
        *self.desk.next.lock().unwrap() = Some(Paper(paper));
        Pen(pen)
    }

    /// The id by which the server knows the last call.
    async fn id(&self) -> String {
        eventually("the call reaches the server", || async {
            let id = std::mem::take(&mut *self.desk.id.lock().unwrap());
            (!id.is_empty()).then_some(id)
        })
        .await
    }
}

async fn answer(request: http::Request<Incoming>, desk: &Desk) -> http::Response<Paper> {
    let body = request.into_body().collect().await.unwrap().to_bytes();
    let message: Value = serde_json::from_slice(&body).unwrap_or_default();
    let mut reply = http::Response::builder();
    let paper = match message["method"].as_str() {
        Some("initialize") => Paper::of(format!(
            r#"{{"jsonrpc":"2.0","id":{},"result":{{"protocolVersion":"2025-11-25","capabilities":{{"tools":{{}}}},"serverInfo":{{"name":"w","version":"1"}}}}}}"#,
            message["id"]
        )),
        Some("tools/list") => Paper::of(format!(
            r#"{{"jsonrpc":"2.0","id":{},"result":{{"tools":[{{"name":"write","inputSchema":{{"type":"object"}}}}]}}}}"#,
            message["id"]
        )),
        Some("tools/call") => {
            *desk.id.lock().unwrap() = message["id"].to_string();
            desk.next.lock().unwrap().take().expect("a pen")
        }
        _ => {
            reply = reply.status(202);
            Paper::of(String::new())
        }
    };
    reply.header("content-type", "application/json").body(paper).unwrap()
}

/// The writer as server `w`, and an agent at its own endpoint.
async fn world(setup: Setup) -> (Writer, Core, Agent) {
    let writer = Writer::start().await;
    let core = setup.start().await;
    core.url_server("w", &writer.url, &[]).await;
    let agent = core.open("a", &["w"], "/mcp/w").await;
    (writer, core, agent)
}

const CALL: &str = r#"{"jsonrpc":"2.0","id":"mine","method":"tools/call","params":{"name":"write","arguments":{}}}"#;

/// A text of a megabyte with everything in it that a reader could stumble over.
fn long() -> String {
    r#"say \"[{é😀\\\u00e9}], "#.repeat(40_000)
}

/// How the calls so far ended, oldest first.
async fn ends(core: &Core, calls: usize) -> Vec<(String, String)> {
    let mut ends = eventually("every call has its outcome", || async {
        let events = core.events(|event| event["kind"] == "tool_call" && event["outcome"].is_string()).await;
        (events.len() == calls).then_some(events)
    })
    .await;
    ends.sort_by_key(|event| event["time"].as_str().map(str::to_owned));
    let text = |event: &Value, name: &str| event[name].as_str().unwrap_or_default().to_owned();
    ends.iter().map(|event| (text(event, "outcome"), text(event, "code"))).collect()
}

#[tokio::test]
async fn a_large_answer_passes_as_it_comes() {
    let (writer, core, agent) = world(Setup::new()).await;
    // Where the id stands is the server's choice.
    for (first, failed) in [(true, false), (false, true)] {
        let pen = writer.pen();
        let mut stream = Box::pin(agent.post(CALL).open());
        let id = tokio::select! {
            id = writer.id() => id,
            _ = &mut stream => panic!("nothing was answered yet"),
        };
        let result = format!(r#""result":{{"content":[{{"type":"text","text":"{}"}}],"isError":{failed}}}"#, long());
        let envelope = |id: &str| match first {
            true => format!(r#"{{"jsonrpc":"2.0","id":{id},{result}}}"#),
            false => format!(r#"{{{result},"id":{id},"jsonrpc":"2.0"}}"#),
        };
        let text = envelope(&id);
        // Cuts within characters, escapes and tokens alike.
        let (begun, rest) = text.as_bytes().split_at(300_001);
        begun.chunks(70_001).for_each(|piece| pen.write(piece.to_vec()));
        let mut stream = stream.await;
        assert_eq!(stream.status, 200, "the head comes before the end was written");
        rest.chunks(10_007).for_each(|piece| pen.write(piece.to_vec()));
        drop(pen);
        let read = stream.raw().await.unwrap_or_default();
        assert!(read == envelope("\"mine\""), "everything but the id is as it was written");
    }
    assert_eq!(ends(&core, 2).await, [("ok".into(), String::new()), ("error".into(), String::new())]);
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_not_taken_for_whole() {
    let (writer, core, agent) = world(Setup::new()).await;
    let begun = |id: &str| format!(r#"{{"jsonrpc":"2.0","id":{id},"result":{{"content":["{}"#, long());
    let whole = |id: &str, end: &str| format!("{}\"]{end}", begun(id));
    type Ending = fn(Pen);
    let cases: [(String, Ending); 5] = [
        (String::new(), Pen::break_off),
        // All of it was written, but not its end: what is there could be taken for whole.
        ("}}\n ".into(), Pen::break_off),
        (String::new(), drop),
        ("}, }".into(), drop),
        (r#"}, "id": 7}"#.into(), drop),
    ];
    for (end, ending) in &cases {
        let pen = writer.pen();
        let (mut stream, ()) = tokio::join!(agent.post(CALL).open(), async {
            let id = writer.id().await;
            pen.write(if end.is_empty() { begun(&id) } else { whole(&id, end) });
            ending(pen);
        });
        assert_eq!(stream.status, 200);
        // An answer of this size comes in parts; what is left of it when it breaks off is no JSON.
        let read = stream.raw().await;
        let Err(read) = read else { panic!("{end:?}: the connection breaks off") };
        assert!(serde_json::from_str::<Value>(&read).is_err(), "{end:?}: nobody can take it for the whole");
    }
    let ends = ends(&core, 5).await;
    assert!(ends.iter().all(|(outcome, code)| outcome == "failed" && code.starts_with("P5")), "{ends:?}");
    agent.ask("ping", "{}").await;
}

#[tokio::test]
async fn another_answer_is_not_passed_on() {
    let (writer, core, agent) = world(Setup::new()).await;
    for text in [
        format!(r#"{{"jsonrpc":"2.0","id":77,"result":{{"content":["{}"]}}}}"#, long()),
        format!(r#"{{"jsonrpc":"2.0","method":"notifications/message","params":{{"data":"{}"}}}}"#, long()),
        format!("[{}]", long()),
        "x".repeat(20 << 20),
    ] {
        let pen = writer.pen();
        pen.write(text);
        drop(pen);
        let answer = agent.post(CALL).send().await;
        assert!(answer.code().starts_with("P5"), "{answer:?}");
    }
    assert_eq!(ends(&core, 4).await.len(), 4);
}

#[tokio::test]
async fn a_large_error_is_an_error() {
    let (writer, _core, agent) = world(Setup::new()).await;
    let pen = writer.pen();
    let (answer, ()) = tokio::join!(agent.post(CALL).send(), async {
        let id = writer.id().await;
        pen.write(format!(r#"{{"jsonrpc":"2.0","id":{id},"error":{{"code":-1,"message":"{}"}}}}"#, long()));
        drop(pen);
    });
    assert_eq!(answer.json()["error"]["code"], -1);
}

/// A server that falls silent in the middle of its answer is not waited for longer than one that never began.
#[tokio::test]
async fn a_large_answer_may_not_fall_asleep() {
    let (writer, core, agent) = world(Setup::new().config("[calls]\nidle = \"500ms\"")).await;
    let pen = writer.pen();
    let (mut stream, ()) = tokio::join!(agent.post(CALL).open(), async {
        let id = writer.id().await;
        pen.write(format!(r#"{{"jsonrpc":"2.0","id":{id},"result":{{"content":["{}"#, long()));
    });
    assert!(stream.raw().await.is_err(), "it breaks off");
    assert_eq!(ends(&core, 1).await[0].0, "timeout");
}

/// Whoever leaves in the middle of an answer neither stops the call nor costs memory; the record says how it ended.
#[tokio::test]
async fn a_reader_who_leaves_changes_nothing() {
    let (writer, core, agent) = world(Setup::new()).await;
    let pen = writer.pen();
    let (stream, id) = tokio::join!(agent.post(CALL).open(), async {
        let id = writer.id().await;
        pen.write(format!(r#"{{"jsonrpc":"2.0","id":{id},"result":{{"content":["{}"#, long()));
        id
    });
    drop((stream, id));
    for _ in 0..8 {
        pen.write(long());
    }
    pen.write(r#""],"isError":true}}"#);
    drop(pen);
    assert_eq!(ends(&core, 1).await, [("error".into(), String::new())]);
}

/// A revoked token ends an answer that is on its way.
#[tokio::test]
async fn a_large_answer_ends_with_its_session() {
    let (writer, core, agent) = world(Setup::new()).await;
    let pen = writer.pen();
    let (mut stream, ()) = tokio::join!(agent.post(CALL).open(), async {
        let id = writer.id().await;
        pen.write(format!(r#"{{"jsonrpc":"2.0","id":{id},"result":{{"content":["{}"#, long()));
    });
    core.peta(&["agent", "revoke", "a"]).await;
    assert!(stream.raw().await.is_err(), "it breaks off");
    assert_eq!(ends(&core, 1).await[0].0, "cancelled");
}

/// On the endpoint of all servers the URIs in an answer are Peta's own, so there it is read whole.
#[tokio::test]
async fn a_large_answer_on_the_aggregate_is_rewritten() {
    let (writer, core, _) = world(Setup::new()).await;
    let agent = core.open("b", &["w"], "/mcp").await;
    let pen = writer.pen();
    let call = agent.request_text("tools/call", r#"{"name":"w__write","arguments":{}}"#);
    let (answer, ()) = tokio::join!(agent.post(&call).send(), async {
        let id = writer.id().await;
        let link = r#"{"type":"resource_link","name":"x","uri":"test://x"}"#;
        let text = long();
        pen.write(format!(
            r#"{{"jsonrpc":"2.0","id":{id},"result":{{"content":[{{"type":"text","text":"{text}"}},{link}]}}}}"#
        ));
        drop(pen);
    });
    let result = &answer.json()["result"]["content"];
    assert!(result[0]["text"].as_str().is_some_and(|text| text.len() > 500_000));
    assert_ne!(result[1]["uri"], "test://x", "{}", result[1]);
}

/// An agent that takes nothing but events gets the answer as one event, as it does when progress came first.
#[tokio::test]
async fn a_large_answer_fits_into_an_event() {
    let (writer, _core, agent) = world(Setup::new()).await;
    let pen = writer.pen();
    let (answer, text) = tokio::join!(agent.post(CALL).header("accept", "text/event-stream").send(), async {
        let id = writer.id().await;
        let text = format!("{{\"jsonrpc\":\"2.0\",\n\"id\":{id},\"result\":{{\"content\":[\"{}\"]}}}}", long());
        pen.write(text.clone());
        drop(pen);
        text.replace('\n', "").replacen(&format!("\"id\":{id}"), "\"id\":\"mine\"", 1)
    });
    assert!(answer.is_stream() && answer.text() == text);
}

#[tokio::test]
async fn a_slow_reader_of_a_large_answer_is_let_go() {
    let setup = Setup::new().config("[limits]\nanswer_unread = \"500ms\"");
    let (writer, core, agent) = world(setup).await;
    let pen = writer.pen();
    let (stream, id) = tokio::join!(agent.post(CALL).open(), async {
        let id = writer.id().await;
        pen.write(format!(r#"{{"jsonrpc":"2.0","id":{id},"result":{{"content":["{}"#, long()));
        id
    });
    for _ in 0..12 {
        pen.write(long());
    }
    pen.write("\"]}}");
    drop(pen);
    // The reader is there and reads nothing: the call still has its outcome.
    assert_eq!(ends(&core, 1).await, [("ok".into(), String::new())]);
    drop((stream, id));
}

/// Core ends in the middle of an answer: it breaks off, and no error stands in the middle of its text.
#[tokio::test]
async fn core_ends_in_the_middle_of_a_large_answer() {
    let (writer, mut core, agent) = world(Setup::new().config("[drain]\nwithin = \"1s\"")).await;
    let pen = writer.pen();
    let (mut stream, ()) = tokio::join!(agent.post(CALL).open(), async {
        let id = writer.id().await;
        pen.write(format!(r#"{{"jsonrpc":"2.0","id":{id},"result":{{"content":["{}"#, long()));
    });
    let (code, read) = tokio::join!(core.stop(), stream.raw());
    assert_eq!(code, 0, "{}", core.said());
    let Err(read) = read else { panic!("it breaks off") };
    assert!(!read.contains("P5009"), "nothing is put into the text");
}

/// A server that is withdrawn while its answer passes: the call ends at once.
#[tokio::test]
async fn a_large_answer_ends_with_its_server() {
    let (writer, core, agent) = world(Setup::new()).await;
    let pen = writer.pen();
    let (mut stream, ()) = tokio::join!(agent.post(CALL).open(), async {
        let id = writer.id().await;
        pen.write(format!(r#"{{"jsonrpc":"2.0","id":{id},"result":{{"content":["{}"#, long()));
    });
    core.peta(&["server", "disable", "w", "--now"]).await;
    assert!(stream.raw().await.is_err(), "it breaks off");
    assert_eq!(ends(&core, 1).await[0].0, "failed");
}
