//! An agent of the load: it goes on whatever happens to the line, opens its session again when that is gone, and notes
//! for each call what became of it.

use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;

use super::note::{Became, Note};

/// How long any call of the load may take, whatever happens meanwhile. A call that takes longer hangs.
pub const PATIENCE: Duration = Duration::from_secs(15);

/// One agent at one endpoint.
pub struct Caller {
    pub name: String,
    pub token: String,
    /// The endpoint, such as `/mcp/fix`.
    pub path: String,
    /// Where it connects to (a strand), and how Core is called there.
    pub address: String,
    pub host: String,
    session: Option<String>,
    serial: u64,
    /// How often it found its session gone.
    pub lost_sessions: u64,
}

/// An answer as it came, or how it broke.
type Came = Result<(u16, String, String), String>;

impl Caller {
    pub fn new(name: &str, path: &str, token: &str) -> Self {
        Self {
            name: name.to_owned(),
            token: token.to_owned(),
            path: path.to_owned(),
            address: String::new(),
            host: String::new(),
            session: None,
            serial: 0,
            lost_sessions: 0,
        }
    }

    /// Calls once, with a session if one can be had.
    pub async fn call(&mut self, hold_ms: u64) -> Note {
        self.serial += 1;
        let id = format!("{}-{}", self.name, self.serial);
        let began = Instant::now();
        let (body, mut note) = if self.serial.is_multiple_of(3) { self.read(id) } else { self.tool(id, hold_ms) };
        note.became = match self.session().await {
            Ok(session) => match self.post(&body, Some(&session)).await {
                Ok((status, kind, body)) => self.became(status, &kind, &body),
                Err(why) => Became::Cut(why),
            },
            Err(why) => Became::NotSent(why),
        };
        note.took = began.elapsed();
        note
    }

    /// A tool call. Its event is known by its size: no two calls of an agent near each other are equally long.
    fn tool(&self, id: String, hold_ms: u64) -> (String, Note) {
        let message = |pad: &str| {
            let arguments = format!(r#"{{"ms":{hold_ms},"call":"{id}.","pad":"{pad}"}}"#);
            let params = format!(r#"{{"name":"slow","arguments":{arguments}}}"#);
            format!(r#"{{"jsonrpc":"2.0","id":{},"method":"tools/call","params":{params}}}"#, self.serial)
        };
        let size = 300 + usize::try_from(self.serial % 1000).expect("a size");
        let body = message(&"x".repeat(size - message("").len()));
        (body, Note::new(&self.name, &id, "tool_call", "slow", Some(size as u64)))
    }

    /// A read of a resource. Its event is known by its URI.
    fn read(&self, id: String) -> (String, Note) {
        let uri = format!("test://template/{id}./data");
        let (serial, params) = (self.serial, format!(r#"{{"uri":"{uri}"}}"#));
        let body = format!(r#"{{"jsonrpc":"2.0","id":{serial},"method":"resources/read","params":{params}}}"#);
        (body, Note::new(&self.name, &id, "resource_read", &uri, None))
    }

    fn became(&mut self, status: u16, kind: &str, body: &str) -> Became {
        if status == 404 {
            self.session = None;
            self.lost_sessions += 1;
            return Became::NotSent("the session is gone".to_owned());
        }
        if status != 200 {
            return Became::Refused(format!("{status} {}", code(&parsed(body))));
        }
        let Some(answer) = answer(kind, body) else { return Became::Cut("the stream ended early".to_owned()) };
        match (&answer["result"], &answer["error"]) {
            (Value::Object(_), _) => Became::Ok,
            (_, error) => Became::Refused(code(error)),
        }
    }

    /// The session; opened now if there is none.
    async fn session(&mut self) -> Result<String, String> {
        if let Some(session) = &self.session {
            return Ok(session.clone());
        }
        let params = r#"{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"load","version":"1"}}"#;
        let body = format!(r#"{{"jsonrpc":"2.0","id":"open","method":"initialize","params":{params}}}"#);
        let session = self.exchange(&body, None).await.map_err(|why| format!("initialize: {why}"))?;
        let (status, session, _) = session;
        if status != 200 || session.is_empty() {
            return Err(format!("initialize: {status}"));
        }
        let noted = self.post(r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#, Some(&session)).await;
        noted.map_err(|why| format!("initialized: {why}"))?;
        Ok(self.session.insert(session).clone())
    }

    /// Status, content type and body of the answer to this message.
    async fn post(&self, body: &str, session: Option<&str>) -> Came {
        let (status, _, (kind, body)) = self.exchange(body, session).await?;
        Ok((status, kind, body))
    }

    /// Status, session and the rest, in time.
    async fn exchange(&self, body: &str, session: Option<&str>) -> Result<(u16, String, (String, String)), String> {
        let exchange = tokio::time::timeout(PATIENCE, self.exchange_at_leisure(body, session));
        exchange.await.unwrap_or_else(|_| panic!("{} hangs: no end within {PATIENCE:?} of {body}", self.name))
    }

    async fn exchange_at_leisure(
        &self,
        body: &str,
        session: Option<&str>,
    ) -> Result<(u16, String, (String, String)), String> {
        #[expect(clippy::disallowed_methods, reason = "an agent of the tests")]
        let socket = TcpStream::connect(&self.address).await.map_err(|error| error.to_string())?;
        socket.set_nodelay(true).map_err(|error| error.to_string())?;
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(socket)).await.map_err(|error| error.to_string())?;
        tokio::spawn(connection);
        let mut request = http::Request::post(&self.path)
            .header("host", &self.host)
            .header("authorization", format!("Bearer {}", self.token))
            .header("content-type", "application/json")
            .header("accept", "application/json, text/event-stream");
        if let Some(session) = session {
            request = request.header("mcp-session-id", session).header("mcp-protocol-version", "2025-11-25");
        }
        let request = request.body(Full::new(Bytes::copy_from_slice(body.as_bytes()))).expect("a request");
        let (head, body) = sender.send_request(request).await.map_err(|error| error.to_string())?.into_parts();
        let body = body.collect().await.map_err(|error| error.to_string())?.to_bytes();
        let header = |name| head.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("").to_owned();
        let rest = (header("content-type"), String::from_utf8_lossy(&body).into_owned());
        Ok((head.status.as_u16(), header("mcp-session-id"), rest))
    }
}

/// The answer to the request, in whichever form it came; nothing if it did not come whole.
fn answer(kind: &str, body: &str) -> Option<Value> {
    let messages: Vec<&str> = if kind.starts_with("text/event-stream") {
        body.lines().filter_map(|line| line.strip_prefix("data: ")).collect()
    } else {
        vec![body]
    };
    messages.into_iter().map(parsed).find(|message| message.get("id").is_some() && message.get("method").is_none())
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or(Value::Null)
}

/// Peta's code, if it is Peta's.
fn code(error: &Value) -> String {
    let code = if error["data"].is_object() { &error["data"]["code"] } else { &error["code"] };
    code.as_str().map_or_else(|| error.to_string(), str::to_owned)
}
