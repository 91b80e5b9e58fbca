//! A server over HTTP that answers as a test says, and remembers what it was asked.

use std::{
    collections::VecDeque,
    convert::Infallible,
    net::Ipv4Addr,
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll, ready},
    time::Instant,
};

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response};
use http_body::{Body, Frame};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{
    net::TcpListener,
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
};

/// One request that came.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) at: Instant,
    /// Which connection it came by.
    pub(crate) connection: usize,
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Seen {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// The id of the message, as written.
    pub(crate) fn id(&self) -> String {
        let message: serde_json::Value = serde_json::from_str(&self.body).unwrap();
        message["id"].to_string()
    }

    /// `GET`, `DELETE`, or the message's method.
    pub(crate) fn what(&self) -> String {
        let message: serde_json::Value = serde_json::from_str(&self.body).unwrap_or_default();
        match message["method"].as_str() {
            Some(method) => method.to_owned(),
            None if self.method == Method::POST => "answer".to_owned(),
            None => self.method.to_string(),
        }
    }
}

/// What is answered.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) chunks: Vec<String>,
    /// What more is sent, later; the body ends with it.
    pub(crate) feed: Option<UnboundedReceiver<String>>,
}

impl Reply {
    pub(crate) fn status(status: u16) -> Self {
        Self { status, headers: Vec::new(), chunks: Vec::new(), feed: None }
    }

    pub(crate) fn json(body: impl Into<String>) -> Self {
        Self::status(200).with("content-type", "application/json").saying(body)
    }

    /// A stream of events, as raw text in chunks.
    pub(crate) fn events<const N: usize>(chunks: [&str; N]) -> Self {
        let mut reply = Self::status(200).with("content-type", "text/event-stream");
        reply.chunks = chunks.iter().map(|chunk| (*chunk).to_owned()).collect();
        reply
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub(crate) fn saying(mut self, body: impl Into<String>) -> Self {
        self.chunks.push(body.into());
        self
    }

    /// The body stays open, fed by what is returned.
    pub(crate) fn fed(mut self) -> (Self, UnboundedSender<String>) {
        let (feed, more) = unbounded_channel();
        self.feed = Some(more);
        (self, feed)
    }
}

/// The usual answer to `initialize`.
pub(crate) fn initialized(seen: &Seen, features: &str) -> Reply {
    let result = format!(
        r#"{{"protocolVersion":"2025-11-25","capabilities":{features},"serverInfo":{{"name":"s","version":"1"}}}}"#
    );
    result_of(seen, &result)
}

pub(crate) fn result_of(seen: &Seen, result: &str) -> Reply {
    Reply::json(answer(seen, result))
}

/// A message that answers what was seen.
pub(crate) fn answer(seen: &Seen, result: &str) -> String {
    format!(r#"{{"jsonrpc":"2.0","id":{},"result":{result}}}"#, seen.id())
}

/// An event with that message for its data.
pub(crate) fn event(message: &str) -> String {
    format!("event: message\ndata: {message}\n\n")
}

pub(crate) fn text(words: &str) -> String {
    format!(r#"{{"content":[{{"type":"text","text":"{words}"}}]}}"#)
}

pub(crate) struct Scripted {
    pub(crate) origin: String,
    seen: Arc<Mutex<Vec<Seen>>>,
    arrivals: UnboundedReceiver<Seen>,
}

impl Scripted {
    pub(crate) async fn start(script: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let (tell, arrivals) = unbounded_channel();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (script, log) = (Arc::new(script), Arc::clone(&seen));
        tokio::spawn(async move {
            for connection in 0.. {
                let (stream, _) = listener.accept().await.unwrap();
                let (script, log, tell) = (Arc::clone(&script), Arc::clone(&log), tell.clone());
                let service = service_fn(move |request: Request<Incoming>| {
                    let (script, log, tell) = (Arc::clone(&script), Arc::clone(&log), tell.clone());
                    async move {
                        let seen = read(connection, request).await;
                        let reply = script(&seen);
                        log.lock().unwrap().push(seen.clone());
                        let _ = tell.send(seen);
                        Ok::<_, Infallible>(write(reply))
                    }
                });
                tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
            }
        });
        Self { origin, seen, arrivals }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    /// All that came, in short.
    pub(crate) fn story(&self) -> Vec<String> {
        self.seen.lock().unwrap().iter().map(Seen::what).collect()
    }

    pub(crate) fn all(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// The next request of that kind.
    pub(crate) async fn next(&mut self, what: &str) -> Seen {
        loop {
            let seen = self.arrivals.recv().await.unwrap();
            if seen.what() == what {
                return seen;
            }
        }
    }
}

async fn read(connection: usize, request: Request<Incoming>) -> Seen {
    let (parts, body) = request.into_parts();
    let body = peta_dial::read(body, 1 << 20).await.unwrap();
    Seen {
        at: Instant::now(),
        connection,
        method: parts.method,
        path: parts.uri.to_string(),
        headers: parts.headers,
        body: String::from_utf8(body.to_vec()).unwrap(),
    }
}

fn write(reply: Reply) -> Response<Chunks> {
    let mut response = Response::builder().status(reply.status);
    for (name, value) in reply.headers {
        response = response.header(name, value);
    }
    response.body(Chunks { ready: reply.chunks.into(), feed: reply.feed }).unwrap()
}

struct Chunks {
    ready: VecDeque<String>,
    feed: Option<UnboundedReceiver<String>>,
}

impl Body for Chunks {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if let Some(chunk) = self.ready.pop_front() {
            return Poll::Ready(Some(Ok(Frame::data(chunk.into()))));
        }
        let Some(feed) = &mut self.feed else { return Poll::Ready(None) };
        let next = ready!(feed.poll_recv(cx));
        Poll::Ready(next.map(|chunk| Ok(Frame::data(chunk.into()))))
    }
}
