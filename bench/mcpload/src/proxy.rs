//! A bare HTTP reverse proxy on hyper: the floor under the cost of any gateway built on it.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONNECTION, HOST, HeaderName, HeaderValue, TRANSFER_ENCODING};
use http::{Request, Response, StatusCode};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Empty, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1::SendRequest;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

use crate::args::Args;
use crate::client::Target;

pub const HELP: &str = "\
mcpload proxy: a bare HTTP/1.1 reverse proxy on hyper, the floor for any gateway built on it.

  --listen ADDR   address to listen on (default 127.0.0.1:9200)
  --url URL       where to forward to (default http://127.0.0.1:9100/mcp); without a path, each
                  request keeps its own
  --inspect       also do the least that an MCP gateway must: buffer the request, read the
                  JSON-RPC envelope and the tool name without copying, look the bearer token
                  `mcpload` up in a table, check the tool against an allow list, swap the
                  credential and queue an audit record
  --threads N     worker threads (default 1)

Both bodies are streamed (with --inspect the response only), headers copied, connections pooled.";

type Payload = BoxBody<Bytes, hyper::Error>;
type Conn = SendRequest<Payload>;

struct Proxy {
    target: Target,
    pool: Mutex<Vec<Conn>>,
    inspect: Option<Inspect>,
}

struct Inspect {
    tokens: HashMap<String, u32>,
    tools: HashSet<&'static str>,
    credential: HeaderValue,
    audit: mpsc::Sender<Audit>,
}

/// What an audit record would carry; written nowhere here.
#[expect(dead_code, reason = "only queued and dropped")]
struct Audit {
    subject: u32,
    tool: String,
    request_bytes: usize,
}

#[derive(Deserialize)]
struct Envelope<'a> {
    method: &'a str,
    #[serde(borrow)]
    params: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Named<'a> {
    name: &'a str,
}

impl Inspect {
    fn new() -> Self {
        let (audit, mut rx) = mpsc::channel(4096);
        tokio::spawn(async move { while rx.recv().await.is_some() {} });
        Self {
            tokens: HashMap::from([("Bearer mcpload".to_owned(), 1)]),
            tools: HashSet::from(["echo", "blob"]),
            credential: HeaderValue::from_static("Bearer upstream-credential"),
            audit,
        }
    }

    async fn check(&self, req: Request<Incoming>) -> Result<Request<Payload>, StatusCode> {
        let (mut head, body) = req.into_parts();
        let token = head.headers.get(AUTHORIZATION).and_then(|v| v.to_str().ok());
        let subject = *token.and_then(|t| self.tokens.get(t)).ok_or(StatusCode::UNAUTHORIZED)?;
        let body = body.collect().await.map_err(|_| StatusCode::BAD_REQUEST)?.to_bytes();
        let envelope: Envelope<'_> = serde_json::from_slice(&body).map_err(|_| StatusCode::BAD_REQUEST)?;
        if envelope.method == "tools/call" {
            let params = envelope.params.ok_or(StatusCode::BAD_REQUEST)?;
            let call: Named<'_> = serde_json::from_str(params.get()).map_err(|_| StatusCode::BAD_REQUEST)?;
            if !self.tools.contains(call.name) {
                return Err(StatusCode::FORBIDDEN);
            }
            let record = Audit { subject, tool: call.name.to_owned(), request_bytes: body.len() };
            let _ = self.audit.try_send(record);
        }
        head.headers.insert(AUTHORIZATION, self.credential.clone());
        Ok(Request::from_parts(head, Full::new(body).map_err(|e| match e {}).boxed()))
    }
}

impl Proxy {
    /// A pooled connection that can take a request now. One whose last response is still being
    /// read by its client stays in the pool, not ready, until a later call finds it ready.
    fn take_idle(&self) -> Option<Conn> {
        let mut pool = self.pool.lock().expect("no panics while held");
        pool.retain(|conn| !conn.is_closed());
        let ready = pool.iter().rposition(SendRequest::is_ready)?;
        Some(pool.swap_remove(ready))
    }

    async fn connect(&self) -> Result<Conn, String> {
        let stream = TcpStream::connect(&self.target.addr).await.map_err(|e| e.to_string())?;
        let _ = stream.set_nodelay(true);
        let (send, conn) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(|e| e.to_string())?;
        tokio::spawn(conn);
        Ok(send)
    }

    async fn forward(self: Arc<Self>, req: Request<Incoming>) -> Result<Response<Payload>, String> {
        let mut req = match &self.inspect {
            Some(inspect) => match inspect.check(req).await {
                Ok(req) => req,
                Err(code) => {
                    let mut resp = Response::new(Empty::new().map_err(|e| match e {}).boxed());
                    *resp.status_mut() = code;
                    return Ok(resp);
                }
            },
            None => req.map(BodyExt::boxed),
        };
        strip_hop_by_hop(req.headers_mut());
        req.headers_mut().insert(HOST, self.target.host.clone());
        if self.target.path.path() != "/" {
            *req.uri_mut() = self.target.path.clone();
        }
        let mut conn = match self.take_idle() {
            Some(conn) => conn,
            None => self.connect().await?,
        };
        let mut resp = conn.send_request(req).await.map_err(|e| e.to_string())?;
        strip_hop_by_hop(resp.headers_mut());
        self.pool.lock().expect("no panics while held").push(conn);
        Ok(resp.map(BodyExt::boxed))
    }
}

fn strip_hop_by_hop(headers: &mut http::HeaderMap) {
    const KEEP_ALIVE: HeaderName = HeaderName::from_static("keep-alive");
    for name in [CONNECTION, KEEP_ALIVE, TRANSFER_ENCODING] {
        headers.remove(name);
    }
}

pub async fn run(args: &Args) -> Result<(), String> {
    args.allow_only(&["listen", "url", "threads", "inspect"])?;
    let addr = args.text("listen").unwrap_or("127.0.0.1:9200");
    let proxy = Arc::new(Proxy {
        target: Target::parse(args.text("url").unwrap_or("http://127.0.0.1:9100/mcp"))?,
        pool: Mutex::default(),
        inspect: args.flag("inspect").then(Inspect::new),
    });
    let listener = TcpListener::bind(addr).await.map_err(|e| format!("bind {addr}: {e}"))?;
    eprintln!("proxy listening on http://{addr}");
    loop {
        let (stream, _) = listener.accept().await.map_err(|e| e.to_string())?;
        let _ = stream.set_nodelay(true);
        let proxy = proxy.clone();
        tokio::spawn(async move {
            let service = service_fn(|req| proxy.clone().forward(req));
            let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}
