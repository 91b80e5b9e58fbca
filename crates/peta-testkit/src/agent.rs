//! An agent on raw bytes over Streamable HTTP: no SDK, every header and every byte in the test's hand.

use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};

use crate::{
    Answer, Stream,
    raw::{connect, try_connect},
    within,
};

/// One agent at one endpoint, with at most one session.
pub struct Agent {
    pub address: String,
    pub path: String,
    pub token: Option<String>,
    pub session: Option<String>,
    pub version: Option<String>,
    next: AtomicU64,
}

/// One connection that is kept for the next request.
pub struct Kept(hyper::client::conn::http1::SendRequest<Full<Bytes>>);

/// One HTTP request about to be sent.
pub struct Request<'a> {
    agent: &'a Agent,
    method: Method,
    path: String,
    headers: HeaderMap,
    body: Bytes,
}

impl Agent {
    pub fn new(address: &str, path: &str, token: Option<&str>) -> Self {
        Self {
            address: address.to_owned(),
            path: path.to_owned(),
            token: token.map(str::to_owned),
            session: None,
            version: None,
            next: AtomicU64::new(1),
        }
    }

    /// Opens a session as a client that declares everything, and says `initialized`.
    pub async fn open(&mut self) -> Value {
        self.open_with(r#"{"roots":{"listChanged":true},"sampling":{"tools":{}},"elicitation":{"form":{},"url":{}}}"#)
            .await
    }

    /// Opens a session with these features (raw text).
    pub async fn open_with(&mut self, features: &str) -> Value {
        self.open_as("2025-11-25", features).await
    }

    /// Opens a session with this revision and these features; the result of `initialize`.
    pub async fn open_as(&mut self, version: &str, features: &str) -> Value {
        let answer = self.initialize(version, features).await;
        assert_eq!(answer.status, 200, "initialize: {answer:?}");
        let message = answer.json();
        assert!(message["result"].is_object(), "initialize: {message}");
        self.session = Some(answer.header("mcp-session-id").to_owned());
        self.version = message["result"]["protocolVersion"].as_str().map(str::to_owned);
        let noted = self.post(r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#).send().await;
        assert_eq!(noted.status, 202, "initialized: {noted:?}");
        message["result"].clone()
    }

    /// The bare answer to `initialize`; the agent keeps nothing of it.
    pub async fn initialize(&self, version: &str, features: &str) -> Answer {
        let params = format!(
            r#"{{"protocolVersion":"{version}","capabilities":{features},"clientInfo":{{"name":"test-agent","version":"1.0"}}}}"#
        );
        self.post(&format!(r#"{{"jsonrpc":"2.0","id":0,"method":"initialize","params":{params}}}"#)).send().await
    }

    /// A POST of this body, with the headers of a well-behaved client.
    pub fn post(&self, body: &str) -> Request<'_> {
        self.post_bytes(Bytes::copy_from_slice(body.as_bytes()))
    }

    pub fn post_bytes(&self, body: Bytes) -> Request<'_> {
        self.request(Method::POST)
            .header("content-type", "application/json")
            .header("accept", "application/json, text/event-stream")
            .body(body)
    }

    /// A request with the agent's token, session and version, and nothing else.
    pub fn request(&self, method: Method) -> Request<'_> {
        let request =
            Request { agent: self, method, path: self.path.clone(), headers: HeaderMap::new(), body: Bytes::new() };
        let token = self.token.as_ref().map(|token| format!("Bearer {token}"));
        [
            ("authorization", token.as_deref()),
            ("mcp-session-id", self.session.as_deref()),
            ("mcp-protocol-version", self.version.as_deref()),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
        .fold(request, |request, (name, value)| request.header(name, value))
    }

    /// The whole answering message to a request with a fresh id.
    pub async fn ask(&self, method: &str, params: &str) -> Value {
        let answer = self.post(&self.request_text(method, params)).send().await;
        assert_eq!(answer.status, 200, "{method}: {answer:?}");
        answer.json()
    }

    /// The result of a request.
    pub async fn result(&self, method: &str, params: &str) -> Value {
        let message = self.ask(method, params).await;
        assert!(message.get("result").is_some(), "{method} {params}: {message}");
        message["result"].clone()
    }

    /// The result of a tool call (arguments are raw text).
    pub async fn call(&self, tool: &str, arguments: &str) -> Value {
        self.result("tools/call", &format!(r#"{{"name":"{tool}","arguments":{arguments}}}"#)).await
    }

    /// The error of a tool call.
    pub async fn call_error(&self, tool: &str, arguments: &str) -> Value {
        let message = self.ask("tools/call", &format!(r#"{{"name":"{tool}","arguments":{arguments}}}"#)).await;
        assert!(message["error"].is_object(), "{tool}: an error, not {message}");
        message["error"].clone()
    }

    /// A request whose answer is read as it comes.
    pub async fn begin(&self, method: &str, params: &str) -> Stream {
        let stream = self.post(&self.request_text(method, params)).open().await;
        assert_eq!(stream.status, 200, "{method}");
        stream
    }

    /// A tool call whose answer is read as it comes.
    pub async fn begin_call(&self, tool: &str, arguments: &str) -> Stream {
        self.begin("tools/call", &format!(r#"{{"name":"{tool}","arguments":{arguments}}}"#)).await
    }

    /// The text of a request with a fresh id.
    pub fn request_text(&self, method: &str, params: &str) -> String {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"{method}","params":{params}}}"#)
    }

    /// Sends a notification.
    pub async fn notify(&self, method: &str, params: &str) {
        let answer = self.post(&format!(r#"{{"jsonrpc":"2.0","method":"{method}","params":{params}}}"#)).send().await;
        assert_eq!(answer.status, 202, "{method}: {answer:?}");
    }

    /// Answers something that was asked, with a raw result.
    pub async fn reply(&self, asked: &Value, result: &str) {
        let answer = self.post(&format!(r#"{{"jsonrpc":"2.0","id":{},"result":{result}}}"#, asked["id"])).send().await;
        assert_eq!(answer.status, 202, "{asked}: {answer:?}");
    }

    /// The stream of the session.
    pub async fn listen(&self) -> Stream {
        let stream = self.request(Method::GET).header("accept", "text/event-stream").open().await;
        assert_eq!(stream.status, 200, "GET");
        stream
    }

    /// Comes back to a stream, after the event with this id.
    pub async fn resume(&self, last: &str) -> Stream {
        let request = self.request(Method::GET).header("accept", "text/event-stream").header("last-event-id", last);
        let stream = request.open().await;
        assert_eq!(stream.status, 200, "GET with Last-Event-ID {last}");
        stream
    }

    /// Ends the session.
    pub async fn end(&self) -> Answer {
        self.request(Method::DELETE).send().await
    }

    /// The names in one of the lists, all pages.
    pub async fn names(&self, list: &str) -> Vec<String> {
        let (member, name) = match list {
            "tools/list" => ("tools", "name"),
            "prompts/list" => ("prompts", "name"),
            "resources/list" => ("resources", "uri"),
            _ => ("resourceTemplates", "uriTemplate"),
        };
        let mut names = Vec::new();
        let mut params = json!({});
        loop {
            let page = self.result(list, &params.to_string()).await;
            let items = page[member].as_array().unwrap_or_else(|| panic!("{list}: {page}"));
            names.extend(items.iter().map(|item| item[name].as_str().unwrap_or_default().to_owned()));
            match page.get("nextCursor") {
                Some(cursor) if names.len() < 10_000 => params = json!({ "cursor": cursor }),
                Some(_) => panic!("{list} has no end"),
                None => return names,
            }
        }
    }
}

impl Request<'_> {
    /// Sets a header; an earlier one of that name is gone.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        let name: HeaderName = name.parse().expect("a header name");
        self.headers.insert(name, HeaderValue::from_str(value).expect("a header value"));
        self
    }

    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.headers.remove(name);
        self
    }

    #[must_use]
    pub fn path(mut self, path: &str) -> Self {
        path.clone_into(&mut self.path);
        self
    }

    #[must_use]
    pub fn body(mut self, body: Bytes) -> Self {
        self.body = body;
        self
    }

    /// Sends it and reads the answer to its end.
    pub async fn send(self) -> Answer {
        let what = format!("{} {}", self.method, self.path);
        within(&what, async { Answer::read(self.exchange().await).await }).await
    }

    /// Sends it and reads the answer as it comes.
    pub async fn open(self) -> Stream {
        Stream::new(within("the head of an answer", self.exchange()).await)
    }

    /// The same, where a line that breaks is told: for loads whose lines are cut on purpose.
    pub async fn try_open(self) -> Result<Stream, String> {
        let socket = try_connect(&self.agent.address).await?;
        let line = hyper::client::conn::http1::handshake(TokioIo::new(socket)).await;
        let (mut sender, connection) = line.map_err(|error| error.to_string())?;
        tokio::spawn(connection);
        sender.send_request(self.build()).await.map(Stream::new).map_err(|error| error.to_string())
    }

    async fn exchange(self) -> http::Response<Incoming> {
        let mut line = Kept::open(&self.agent.address).await;
        line.exchange(self.build()).await
    }

    fn build(self) -> http::Request<Full<Bytes>> {
        let mut request = http::Request::builder().method(self.method).uri(&self.path);
        if !self.headers.contains_key("host") {
            request = request.header("host", &self.agent.address);
        }
        let mut request = request.body(Full::new(self.body)).expect("a request");
        request.headers_mut().extend(self.headers);
        request
    }
}

impl Kept {
    pub async fn open(address: &str) -> Self {
        let socket = connect(address).await;
        let (sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(socket)).await.expect("an HTTP connection");
        tokio::spawn(connection);
        Self(sender)
    }

    /// Sends a request and reads the answer to its end.
    pub async fn send(&mut self, request: Request<'_>) -> Answer {
        within("an answer on a kept connection", async {
            self.0.ready().await.expect("the connection is still open");
            Answer::read(self.exchange(request.build()).await).await
        })
        .await
    }

    async fn exchange(&mut self, request: http::Request<Full<Bytes>>) -> http::Response<Incoming> {
        self.0.send_request(request).await.unwrap_or_else(|error| panic!("no answer: {error}"))
    }
}
