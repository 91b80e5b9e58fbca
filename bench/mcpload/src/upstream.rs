//! The echo server over Streamable HTTP: the bare, fast MCP server behind the gateway under test.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use http::{Method, Request, Response, StatusCode};
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

use crate::args::Args;
use crate::echo::{MODERN, Message, Tools, answer};

pub const HELP: &str = "\
mcpload upstream: a bare, fast MCP server over Streamable HTTP, to stand behind a gateway.

  --listen ADDR   address to listen on (default 127.0.0.1:9100)
  --tools N       tools in the list at /mcp and /mcp-sse (default 20)
  --many-tools N  tools in the list at /mcp-many (default 500)
  --sessionless   hand out no Mcp-Session-Id
  --get-streams   answer GET with an SSE stream that stays open and silent (default: 405)
  --delay-ms N    wait so long before each answer (default 0)
  --threads N     worker threads (default 1)

Paths: /mcp answers with JSON, /mcp-sse with a one-event SSE stream, /mcp-many with JSON.
Tools: echo {text}, blob {size}, tool_2 … (as echo).";

const SESSION: HeaderName = HeaderName::from_static("mcp-session-id");
const VERSION: HeaderName = HeaderName::from_static("mcp-protocol-version");

enum Answer {
    /// A body of one chunk; without a declared length it goes out chunked, as a stream would.
    Once { data: Option<Bytes>, sized: bool },
    /// An SSE stream that never says anything.
    Silence,
}

impl Body for Answer {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match &mut *self {
            Self::Once { data, .. } => Poll::Ready(data.take().map(|d| Ok(Frame::data(d)))),
            Self::Silence => Poll::Pending,
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(self, Self::Once { data: None, .. })
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Once { data: Some(d), sized: true } => SizeHint::with_exact(d.len() as u64),
            Self::Once { data: None, .. } => SizeHint::with_exact(0),
            _ => SizeHint::default(),
        }
    }
}

struct Server {
    few: Tools,
    many: Tools,
    next_session: AtomicU64,
    sessionless: bool,
    get_streams: bool,
    delay: Duration,
}

impl Server {
    async fn handle(&self, req: Request<Incoming>) -> Result<Response<Answer>, Infallible> {
        let (sse, tools) = match req.uri().path() {
            "/mcp" => (false, &self.few),
            "/mcp-sse" => (true, &self.few),
            "/mcp-many" => (false, &self.many),
            _ => return Ok(status(StatusCode::NOT_FOUND)),
        };
        Ok(match *req.method() {
            Method::POST => self.post(req, sse, tools).await,
            Method::DELETE => status(StatusCode::OK),
            Method::GET if self.get_streams => {
                let mut resp = Response::new(Answer::Silence);
                resp.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
                resp
            }
            _ => status(StatusCode::METHOD_NOT_ALLOWED),
        })
    }

    async fn post(&self, req: Request<Incoming>, sse: bool, tools: &Tools) -> Response<Answer> {
        let modern = req.headers().get(VERSION).is_some_and(|v| v == MODERN);
        let Ok(body) = req.into_body().collect().await.map(|b| b.to_bytes()) else {
            return status(StatusCode::BAD_REQUEST);
        };
        let Ok(message) = serde_json::from_slice::<Message<'_>>(&body) else {
            return status(StatusCode::BAD_REQUEST);
        };
        if !self.delay.is_zero() {
            tokio::time::sleep(self.delay).await;
        }
        let mut out = String::with_capacity(512);
        if sse {
            out.push_str("event: message\ndata: ");
        }
        if !answer(&mut out, &message, tools, modern) {
            return status(StatusCode::ACCEPTED);
        }
        if sse {
            out.push_str("\n\n");
        }
        let kind = if sse { "text/event-stream" } else { "application/json" };
        let mut resp = Response::new(Answer::Once { data: Some(out.into()), sized: !sse });
        resp.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
        if message.method == "initialize" && !self.sessionless {
            let n = self.next_session.fetch_add(1, Ordering::Relaxed);
            let id = format!("mcpload-{n:024x}");
            resp.headers_mut().insert(SESSION, HeaderValue::from_str(&id).expect("ascii"));
        }
        resp
    }
}

fn status(code: StatusCode) -> Response<Answer> {
    let mut resp = Response::new(Answer::Once { data: None, sized: true });
    *resp.status_mut() = code;
    resp
}

pub async fn run(args: &Args) -> Result<(), String> {
    args.allow_only(&["listen", "threads", "tools", "many-tools", "sessionless", "get-streams", "delay-ms"])?;
    let addr = args.text("listen").unwrap_or("127.0.0.1:9100");
    let server = Arc::new(Server {
        few: Tools::new(args.get("tools", 20)?),
        many: Tools::new(args.get("many-tools", 500)?),
        next_session: AtomicU64::new(1),
        sessionless: args.flag("sessionless"),
        get_streams: args.flag("get-streams"),
        delay: Duration::from_millis(args.get("delay-ms", 0)?),
    });
    let listener = TcpListener::bind(addr).await.map_err(|e| format!("bind {addr}: {e}"))?;
    eprintln!("upstream listening on http://{addr}: /mcp (JSON), /mcp-sse (SSE), /mcp-many");
    loop {
        let (stream, _) = listener.accept().await.map_err(|e| e.to_string())?;
        let _ = stream.set_nodelay(true);
        let server = server.clone();
        tokio::spawn(async move {
            let service = service_fn(|req| server.handle(req));
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}
