//! One MCP client connection: an HTTP/1.1 keep-alive connection plus the headers MCP asks for.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HOST, HeaderName, HeaderValue};
use http::{HeaderMap, Method, Request, Uri};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1::SendRequest;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use crate::args::Args;

const SESSION: HeaderName = HeaderName::from_static("mcp-session-id");
const VERSION: HeaderName = HeaderName::from_static("mcp-protocol-version");
const METHOD: HeaderName = HeaderName::from_static("mcp-method");
const NAME: HeaderName = HeaderName::from_static("mcp-name");

/// How much of each end of a response is kept for checking.
const EDGE: usize = 512;

/// Where requests go. Only plain `http://` is supported.
#[derive(Clone, Debug)]
pub struct Target {
    pub addr: String,
    pub host: HeaderValue,
    /// Path and query, as it goes into the request line.
    pub path: Uri,
}

impl Target {
    pub fn parse(url: &str) -> Result<Self, String> {
        let uri: Uri = url.parse().map_err(|e| format!("bad URL `{url}`: {e}"))?;
        if uri.scheme_str() != Some("http") {
            return Err(format!("`{url}`: only http:// URLs are supported"));
        }
        let host = uri.host().ok_or("URL without host")?;
        let addr = format!("{host}:{}", uri.port_u16().unwrap_or(80));
        let path = uri.path_and_query().map_or("/", |p| p.as_str());
        Ok(Self {
            host: HeaderValue::from_str(&addr).map_err(|e| e.to_string())?,
            path: path.parse().map_err(|e| format!("bad path in `{url}`: {e}"))?,
            addr,
        })
    }
}

/// What every request of a run has in common.
#[derive(Clone, Debug)]
pub struct Profile {
    pub target: Target,
    pub protocol: String,
    /// Headers of every request, `MCP-Protocol-Version` (left out of `initialize`) included.
    pub headers: HeaderMap,
    pub timeout: Duration,
}

impl Profile {
    /// The profile that `--url`, `--protocol`, `--token`, `--header` and `--timeout-ms` describe.
    pub fn from_args(args: &Args, timeout_ms: u64) -> Result<Self, String> {
        Self::new(
            args.text("url").ok_or("--url is required")?,
            args.text("protocol").unwrap_or("2025-11-25"),
            args.text("token"),
            &args.all("header"),
            Duration::from_millis(args.get("timeout-ms", timeout_ms)?),
        )
    }

    pub fn new(
        url: &str,
        protocol: &str,
        token: Option<&str>,
        extra: &[&str],
        timeout: Duration,
    ) -> Result<Self, String> {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(ACCEPT, HeaderValue::from_static("application/json, text/event-stream"));
        if let Some(token) = token {
            let value = format!("Bearer {token}");
            headers.insert(AUTHORIZATION, value.parse().map_err(|_| "bad token")?);
        }
        for line in extra {
            let (name, value) = line.split_once(':').ok_or("header must be `Name: value`")?;
            let name: HeaderName = name.trim().parse().map_err(|_| "bad header name")?;
            headers.insert(name, value.trim().parse().map_err(|_| "bad header value")?);
        }
        let target = Target::parse(url)?;
        headers.insert(HOST, target.host.clone());
        headers.insert(VERSION, protocol.parse().map_err(|_| "bad protocol version")?);
        Ok(Self { target, protocol: protocol.to_owned(), headers, timeout })
    }

    /// Revisions from 2026-07-28 on have no sessions and carry their metadata in every request.
    pub fn is_sessionless(&self) -> bool {
        self.protocol.as_str() >= "2026-07-28"
    }
}

/// A JSON-RPC message to send, ready but for its id.
#[derive(Clone, Debug)]
pub struct Template {
    pub method: &'static str,
    /// `params.name`, for the `Mcp-Name` header of sessionless revisions.
    pub name: Option<String>,
    params: String,
}

impl Template {
    pub fn new(profile: &Profile, method: &'static str, name: Option<&str>, fields: &str) -> Self {
        let meta = if profile.is_sessionless() {
            format!(
                r#""_meta":{{"io.modelcontextprotocol/protocolVersion":"{}","io.modelcontextprotocol/clientInfo":{{"name":"mcpload","version":"0.1.0"}},"io.modelcontextprotocol/clientCapabilities":{{}}}}"#,
                profile.protocol
            )
        } else {
            String::new()
        };
        let name_field = name.map(|n| format!(r#""name":"{n}""#)).unwrap_or_default();
        let parts = [name_field.as_str(), fields, meta.as_str()];
        let fields: Vec<&str> = parts.into_iter().filter(|p| !p.is_empty()).collect();
        let params = if fields.is_empty() { String::new() } else { format!(r#","params":{{{}}}"#, fields.join(",")) };
        Self { method, name: name.map(str::to_owned), params }
    }

    /// `id` is absent for a notification.
    fn body(&self, id: Option<u64>) -> Bytes {
        let mut out = BytesMut::with_capacity(self.params.len() + 96);
        out.extend_from_slice(br#"{"jsonrpc":"2.0""#);
        if let Some(id) = id {
            out.extend_from_slice(format!(r#","id":{id}"#).as_bytes());
        }
        out.extend_from_slice(br#","method":""#);
        out.extend_from_slice(self.method.as_bytes());
        out.extend_from_slice(b"\"");
        out.extend_from_slice(self.params.as_bytes());
        out.extend_from_slice(b"}");
        out.freeze()
    }
}

/// Why a request did not count as a success.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Failure {
    Connect,
    Transport,
    Timeout,
    Status(u16),
    /// No `result` member: a JSON-RPC error.
    Rpc,
    /// A result flagged `isError`.
    Tool,
    /// The id or the length does not match the request.
    Mismatch,
}

/// A response that has been read to its end, with both edges of its body.
#[derive(Debug, Default)]
pub struct Reply {
    pub status: u16,
    /// Answered with an SSE stream rather than one JSON object.
    pub sse: bool,
    pub session: Option<HeaderValue>,
    pub len: usize,
    edges: Vec<u8>,
    tail: Vec<u8>,
}

impl Reply {
    fn push(&mut self, chunk: &[u8]) {
        self.len += chunk.len();
        let room = EDGE.saturating_sub(self.edges.len());
        self.edges.extend_from_slice(&chunk[..room.min(chunk.len())]);
        if chunk.len() >= EDGE {
            self.tail.clear();
        }
        self.tail.extend_from_slice(&chunk[chunk.len().saturating_sub(EDGE)..]);
        let excess = self.tail.len().saturating_sub(EDGE);
        self.tail.drain(..excess);
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.edges).into_owned()
    }

    /// Looks for `"key":value` with or without a space after the colon, at either end.
    fn has(&self, key: &str, value: &str) -> bool {
        [&self.edges, &self.tail].into_iter().any(|part| {
            let text = String::from_utf8_lossy(part);
            text.match_indices(key).any(|(at, _)| {
                let rest = text[at + key.len()..].trim_start_matches([':', ' ']);
                rest.strip_prefix(value).is_some_and(|r| !r.starts_with(|c: char| c.is_ascii_digit()))
            })
        })
    }

    /// Checks that this is a successful answer to request `id` of at least `min_len` bytes.
    pub fn check(&self, id: u64, min_len: usize) -> Result<(), Failure> {
        if self.status != 200 {
            return Err(Failure::Status(self.status));
        }
        if !self.has(r#""result""#, "") {
            return Err(Failure::Rpc);
        }
        if self.has(r#""isError""#, "true") {
            return Err(Failure::Tool);
        }
        if self.len < min_len || !self.has(r#""id""#, &id.to_string()) {
            return Err(Failure::Mismatch);
        }
        Ok(())
    }
}

pub struct Client {
    profile: Profile,
    conn: Option<SendRequest<Full<Bytes>>>,
    next_id: u64,
}

impl Client {
    pub fn new(profile: Profile, first_id: u64) -> Self {
        Self { profile, conn: None, next_id: first_id }
    }

    pub fn next_id(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id
    }

    async fn connection(&mut self) -> Result<&mut SendRequest<Full<Bytes>>, Failure> {
        let usable = match &mut self.conn {
            Some(conn) => conn.ready().await.is_ok(),
            None => false,
        };
        if !usable {
            let stream = TcpStream::connect(&self.profile.target.addr).await.map_err(|_| Failure::Connect)?;
            let _ = stream.set_nodelay(true);
            let (send, conn) =
                hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(|_| Failure::Connect)?;
            tokio::spawn(conn);
            self.conn = Some(send);
        }
        self.conn.as_mut().ok_or(Failure::Connect)
    }

    async fn exchange(&mut self, req: Request<Full<Bytes>>) -> Result<Reply, Failure> {
        let conn = self.connection().await?;
        let resp = conn.send_request(req).await.map_err(|_| Failure::Transport)?;
        let mut reply = Reply {
            status: resp.status().as_u16(),
            sse: resp
                .headers()
                .get(CONTENT_TYPE)
                .is_some_and(|v| v.as_bytes().to_ascii_lowercase().starts_with(b"text/event-stream")),
            session: resp.headers().get(SESSION).cloned(),
            ..Reply::default()
        };
        let mut body = resp.into_body();
        while let Some(frame) = body.frame().await {
            if let Ok(data) = frame.map_err(|_| Failure::Transport)?.into_data() {
                reply.push(&data);
            }
        }
        Ok(reply)
    }

    /// Sends one message and reads the answer to its end.
    pub async fn send(
        &mut self,
        http_method: Method,
        template: &Template,
        id: Option<u64>,
        session: Option<&HeaderValue>,
    ) -> Result<Reply, Failure> {
        let body = if http_method == Method::POST { template.body(id) } else { Bytes::new() };
        let mut req = Request::new(Full::new(body));
        *req.method_mut() = http_method;
        *req.uri_mut() = self.profile.target.path.clone();
        *req.headers_mut() = self.profile.headers.clone();
        let headers = req.headers_mut();
        if template.method == "initialize" {
            headers.remove(VERSION);
        }
        if self.profile.is_sessionless() {
            headers.insert(METHOD, HeaderValue::from_static(template.method));
            if let Some(Ok(name)) = template.name.as_deref().map(HeaderValue::from_str) {
                headers.insert(NAME, name);
            }
        }
        if let Some(session) = session {
            headers.insert(SESSION, session.clone());
        }
        let timeout = self.profile.timeout;
        let outcome = match tokio::time::timeout(timeout, self.exchange(req)).await {
            Ok(outcome) => outcome,
            Err(_) => Err(Failure::Timeout),
        };
        if outcome.is_err() {
            self.conn = None;
        }
        outcome
    }

    /// Opens the GET stream of a session and leaves it open; it lives as long as the body does.
    pub async fn listen(&mut self, session: Option<&HeaderValue>) -> Result<Incoming, String> {
        let mut req = Request::get(self.profile.target.path.clone());
        if let Some(headers) = req.headers_mut() {
            *headers = self.profile.headers.clone();
            headers.remove(CONTENT_TYPE);
            headers.insert(ACCEPT, HeaderValue::from_static("text/event-stream"));
            if let Some(session) = session {
                headers.insert(SESSION, session.clone());
            }
        }
        let req = req.body(Full::default()).map_err(|e| e.to_string())?;
        let timeout = self.profile.timeout;
        let conn = self.connection().await.map_err(|f| format!("GET: {f:?}"))?;
        let resp = tokio::time::timeout(timeout, conn.send_request(req))
            .await
            .map_err(|_| "GET: no answer in time")?
            .map_err(|e| format!("GET: {e}"))?;
        if resp.status().is_success() { Ok(resp.into_body()) } else { Err(format!("GET: status {}", resp.status())) }
    }

    /// Opens an MCP session; `Ok(None)` when the server keeps none.
    pub async fn open_session(&mut self) -> Result<Option<HeaderValue>, String> {
        if self.profile.is_sessionless() {
            return Ok(None);
        }
        let fields = format!(
            r#""protocolVersion":"{}","capabilities":{{}},"clientInfo":{{"name":"mcpload","version":"0.1.0"}}"#,
            self.profile.protocol
        );
        let init = Template::new(&self.profile, "initialize", None, &fields);
        let id = self.next_id();
        let reply = self.send(Method::POST, &init, Some(id), None).await.map_err(|f| format!("initialize: {f:?}"))?;
        reply.check(id, 0).map_err(|f| format!("initialize: {f:?}: {}", reply.text()))?;
        let ready = Template::new(&self.profile, "notifications/initialized", None, "");
        let ack = self
            .send(Method::POST, &ready, None, reply.session.as_ref())
            .await
            .map_err(|f| format!("initialized: {f:?}"))?;
        if ack.status >= 300 {
            return Err(format!("initialized: status {}: {}", ack.status, ack.text()));
        }
        Ok(reply.session)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(text: &str) -> Reply {
        let mut r = Reply { status: 200, ..Reply::default() };
        r.push(text.as_bytes());
        r
    }

    #[test]
    fn accepts_json_and_sse_answers() {
        assert_eq!(reply(r#"{"jsonrpc":"2.0","id":7,"result":{}}"#).check(7, 0), Ok(()));
        let sse = "event: message\ndata: {\"jsonrpc\": \"2.0\", \"id\": 7, \"result\": {}}\n\n";
        assert_eq!(reply(sse).check(7, 0), Ok(()));
    }

    #[test]
    fn tells_failures_apart() {
        assert_eq!(reply(r#"{"id":70,"result":{}}"#).check(7, 0), Err(Failure::Mismatch));
        assert_eq!(reply(r#"{"id":7,"error":{}}"#).check(7, 0), Err(Failure::Rpc));
        assert_eq!(reply(r#"{"id":7,"result":{"isError":true}}"#).check(7, 0), Err(Failure::Tool));
        assert_eq!(reply(r#"{"id":7,"result":{}}"#).check(7, 9999), Err(Failure::Mismatch));
    }

    #[test]
    fn finds_an_id_at_the_end_of_a_long_answer() {
        let text = format!(r#"{{"result":{{"text":"{}"}},"id":7}}"#, "x".repeat(9000));
        let mut r = Reply { status: 200, ..Reply::default() };
        for chunk in text.as_bytes().chunks(700) {
            r.push(chunk);
        }
        assert_eq!(r.len, text.len());
        assert_eq!(r.check(7, 9000), Ok(()));
    }
}
