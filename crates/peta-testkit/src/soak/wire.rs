//! An agent's line under load: over any transport all that comes in comes by one way, what the server asks is answered,
//! and a line that breaks is told, never a panic.

use std::time::Duration;

use http::Method;
use serde_json::{Value, json};
use tokio::{
    sync::mpsc,
    time::{Instant, timeout, timeout_at},
};

use crate::{Agent, Bridge, Stream};

/// How long an answer may take; far longer than any that is asked for takes. No answer at all is a failure.
const PATIENCE: Duration = Duration::from_secs(90);

/// Why a call has no good end.
#[derive(Debug)]
pub(super) enum Broke {
    /// The line was cut (which the soak does on purpose).
    Cut,
    /// Core does not know the session any more.
    Gone,
    /// Something came that should not have, or nothing came.
    Wrong(String),
}

type Done<T> = Result<T, Broke>;

/// A connected agent.
pub(super) struct Wire {
    link: Link,
    next: u64,
    /// Notifications that came meanwhile.
    pub(super) told: Vec<Value>,
}

enum Link {
    Http(Http),
    Bridge(Box<Bridge>),
}

struct Http {
    agent: Agent,
    host: String,
    into: mpsc::UnboundedSender<Value>,
    from: mpsc::UnboundedReceiver<Value>,
}

impl Wire {
    /// Over Streamable HTTP; connects with the first message.
    pub(super) fn http(agent: Agent, host: &str) -> Self {
        let (into, from) = mpsc::unbounded_channel();
        Self::new(Link::Http(Http { agent, host: host.to_owned(), into, from }))
    }

    /// Over HTTP+SSE.
    pub(super) async fn sse(agent: Agent, host: &str) -> Done<Self> {
        let (into, from) = mpsc::unbounded_channel();
        let mut http = Http { agent, host: host.to_owned(), into, from };
        let mut stream = http.get().await?;
        let event = timeout(PATIENCE, stream.event()).await.ok().flatten();
        http.agent.path = event.ok_or(Broke::Cut)?.data;
        http.pump(stream, None);
        Ok(Self::new(Link::Http(http)))
    }

    /// By `peta stdio`.
    pub(super) fn bridge(words: &[&str], token: &str) -> Self {
        Self::new(Link::Bridge(Box::new(Bridge::launch(words, &[("PETA_AGENT_TOKEN", token)]))))
    }

    fn new(link: Link) -> Self {
        Self { link, next: 1, told: Vec::new() }
    }

    /// Opens a session.
    pub(super) async fn open(&mut self, version: &str) -> Done<()> {
        let features = json!({"roots": {"listChanged": true}, "sampling": {}, "elicitation": {}});
        let about = json!({"name": "soak", "version": "1"});
        let params = json!({"protocolVersion": version, "capabilities": features, "clientInfo": about});
        let id = self.say("initialize", &params).await?;
        let greeted = self.answer(id).await?;
        if greeted["result"]["protocolVersion"] != version {
            return Err(Broke::Wrong(format!("initialize: {greeted}")));
        }
        self.notify("notifications/initialized", &json!({})).await?;
        if let Link::Http(http) = &mut self.link
            && http.is_streamable()
        {
            let stream = http.get().await?;
            http.pump(stream, None);
        }
        Ok(())
    }

    /// The whole answer to a request.
    pub(super) async fn ask(&mut self, method: &str, params: &Value) -> Done<Value> {
        let id = self.say(method, params).await?;
        self.answer(id).await
    }

    /// Sends a request; its id.
    pub(super) async fn say(&mut self, method: &str, params: &Value) -> Done<u64> {
        let id = self.next;
        self.next += 1;
        self.send(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}), Some(id)).await?;
        Ok(id)
    }

    pub(super) async fn notify(&mut self, method: &str, params: &Value) -> Done<()> {
        self.send(&json!({"jsonrpc": "2.0", "method": method, "params": params}), None).await
    }

    /// The answer to a request; what the server asks meanwhile is answered too.
    pub(super) async fn answer(&mut self, id: u64) -> Done<Value> {
        let until = Instant::now() + PATIENCE;
        loop {
            let message = self.hear(until).await?;
            match (message["method"].as_str(), &message["id"]) {
                (Some(method), asked) if !asked.is_null() => {
                    let reply = json!({"jsonrpc": "2.0", "id": asked, "result": reply(method)});
                    self.send(&reply, None).await?;
                }
                (Some(_), _) => {
                    self.told.push(message);
                    let many = self.told.len().saturating_sub(64);
                    self.told.drain(..many);
                }
                (None, answered) if *answered == id => return Ok(message),
                // Of a call that was called off, or left alone, earlier.
                (None, answered) if answered.as_u64().is_some_and(|answered| answered < id) => {}
                (None, _) if message["ended"] == id || (message["ended"] == 0 && self.has_one_stream()) => {
                    return Err(Broke::Cut);
                }
                (None, _) if !message["ended"].is_null() => {}
                (None, _) => return Err(Broke::Wrong(format!("awaiting {id}: {message}"))),
            }
        }
    }

    /// Sends a request and breaks off before it is answered.
    pub(super) async fn drop_call(&mut self, method: &str, params: &Value) {
        self.next += 1;
        let body = json!({"jsonrpc": "2.0", "id": self.next - 1, "method": method, "params": params});
        if let Link::Http(http) = &self.link {
            let _ = timeout(Duration::from_millis(30), http.post(&body).try_open()).await;
        }
    }

    /// Ends the session as a client does that is well-behaved.
    pub(super) async fn close(self) -> Done<()> {
        match self.link {
            Link::Http(http) if http.is_streamable() => {
                let ended = http.request(Method::DELETE).try_open().await.map_err(|_| Broke::Cut)?;
                if ended.status >= 400 && ended.status != 404 {
                    return Err(Broke::Wrong(format!("DELETE: {}", ended.status)));
                }
            }
            Link::Http(_) => {}
            Link::Bridge(bridge) => {
                let code = bridge.close().await;
                if code != 0 {
                    return Err(Broke::Wrong(format!("peta stdio ends with {code}")));
                }
            }
        }
        Ok(())
    }

    /// Over HTTP+SSE all answers come on the session's stream, and end with it.
    fn has_one_stream(&self) -> bool {
        matches!(&self.link, Link::Http(http) if !http.is_streamable())
    }

    async fn send(&mut self, message: &Value, wants: Option<u64>) -> Done<()> {
        match &mut self.link {
            Link::Http(http) => http.send(message, wants).await,
            Link::Bridge(bridge) => {
                bridge.write(&message.to_string()).await;
                Ok(())
            }
        }
    }

    async fn hear(&mut self, until: Instant) -> Done<Value> {
        let late = || Broke::Wrong(format!("no answer within {PATIENCE:?}"));
        match &mut self.link {
            Link::Http(http) => timeout_at(until, http.from.recv()).await.ok().flatten().ok_or_else(late),
            Link::Bridge(bridge) => timeout_at(until, bridge.message()).await.map_err(|_| late()),
        }
    }
}

impl Http {
    fn is_streamable(&self) -> bool {
        !self.agent.path.starts_with("/messages")
    }

    fn request(&self, method: Method) -> crate::Request<'_> {
        self.agent.request(method).header("host", &self.host)
    }

    fn post(&self, body: &Value) -> crate::Request<'_> {
        self.agent.post(&body.to_string()).header("host", &self.host)
    }

    async fn get(&mut self) -> Done<Stream> {
        let stream = self.request(Method::GET).header("accept", "text/event-stream").try_open().await;
        let stream = stream.map_err(|_| Broke::Cut)?;
        match stream.status {
            200 => Ok(stream),
            404 => Err(Broke::Gone),
            status => Err(Broke::Wrong(format!("GET: {status}"))),
        }
    }

    async fn send(&mut self, message: &Value, wants: Option<u64>) -> Done<()> {
        let sent = timeout(PATIENCE, self.post(message).try_open()).await;
        let answer = sent.map_err(|_| Broke::Wrong(format!("no head of an answer to {message}")))?;
        let answer = answer.map_err(|_| Broke::Cut)?;
        match answer.status {
            200 | 202 => {}
            404 => return Err(Broke::Gone),
            status => return Err(Broke::Wrong(format!("{status} to {message}"))),
        }
        if let Some(session) = answer.headers.get("mcp-session-id").and_then(|id| id.to_str().ok()) {
            self.agent.session = Some(session.to_owned());
        }
        if wants.is_some() && self.is_streamable() {
            self.pump(answer, wants);
        }
        Ok(())
    }

    /// Brings what a stream says, and that it ended.
    fn pump(&self, stream: Stream, of: Option<u64>) {
        let into = self.into.clone();
        tokio::spawn(async move {
            stream.forward(into.clone()).await;
            let _ = into.send(json!({ "ended": of.unwrap_or(0) }));
        });
    }
}

/// What an agent says to what a server asks.
fn reply(method: &str) -> Value {
    match method {
        "sampling/createMessage" => {
            json!({"role": "assistant", "model": "soak", "content": {"type": "text", "text": "sampled"}})
        }
        "elicitation/create" => json!({"action": "decline"}),
        "roots/list" => json!({"roots": []}),
        _ => json!({}),
    }
}
