//! A stream of events, read one at a time.

use bytes::Bytes;
use http::HeaderMap;
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use serde_json::Value;

use crate::{json::parse, wait::DEADLINE, within};

/// One event of a stream.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Event {
    pub name: String,
    pub id: String,
    pub retry: String,
    pub data: String,
}

/// An open answer whose events come one by one.
pub struct Stream {
    pub status: u16,
    pub headers: HeaderMap,
    body: Incoming,
    text: String,
}

impl Stream {
    pub(crate) fn new(response: http::Response<Incoming>) -> Self {
        let (head, body) = response.into_parts();
        Self { status: head.status.as_u16(), headers: head.headers, body, text: String::new() }
    }

    /// The next event, priming ones included; nothing at the end of the stream.
    pub async fn event(&mut self) -> Option<Event> {
        within("an event", self.next_event()).await
    }

    /// The same, however long it takes.
    async fn next_event(&mut self) -> Option<Event> {
        loop {
            if let Some(end) = self.text.find("\n\n").filter(|_| !self.text.starts_with('{')) {
                let block: String = self.text.drain(..end + 2).collect();
                match events(&block).pop() {
                    Some(event) => return Some(event),
                    None => continue,
                }
            }
            let Some(frame) = self.body.frame().await else { return self.whole() };
            let frame = frame.ok()?;
            let data = frame.into_data().unwrap_or_else(|_| Bytes::new());
            self.text.push_str(std::str::from_utf8(&data).expect("UTF-8"));
        }
    }

    /// An answer that came as one JSON body is a stream of one message.
    fn whole(&mut self) -> Option<Event> {
        let json = self.headers.get("content-type").is_some_and(|value| value == "application/json");
        let data = std::mem::take(&mut self.text);
        (json && !data.is_empty()).then(|| Event { data, ..Event::default() })
    }

    /// All that is left, as it comes; an error, with what came before it, if it breaks off.
    pub async fn raw(&mut self) -> Result<String, String> {
        within("the end of an answer", async {
            let mut all = std::mem::take(&mut self.text).into_bytes();
            while let Some(frame) = self.body.frame().await {
                let Ok(frame) = frame else { return Err(String::from_utf8_lossy(&all).into_owned()) };
                all.extend_from_slice(&frame.into_data().unwrap_or_default());
            }
            String::from_utf8(all).map_err(|error| error.to_string())
        })
        .await
    }

    /// The text of the next message; nothing at the end of the stream.
    pub async fn text(&mut self) -> Option<String> {
        loop {
            let event = self.event().await?;
            if !event.data.is_empty() {
                return Some(event.data);
            }
        }
    }

    /// The next message.
    pub async fn message(&mut self) -> Value {
        parse(&self.text().await.expect("a message before the stream ends"))
    }

    /// The next message with this method; others are passed over.
    pub async fn until(&mut self, method: &str) -> Value {
        loop {
            let message = self.message().await;
            if message["method"] == method {
                return message;
            }
        }
    }

    /// The answer to the request; messages with a method are passed over.
    pub async fn answer(&mut self) -> Value {
        loop {
            let message = self.message().await;
            if message.get("method").is_none() {
                return message;
            }
        }
    }

    /// All messages until the end.
    pub async fn rest(mut self) -> Vec<Value> {
        let mut all = Vec::new();
        while let Some(text) = self.text().await {
            all.push(parse(&text));
        }
        all
    }

    /// Hands every message on as it comes, until the stream ends or nobody takes them any more. Waits without a limit:
    /// for a task of its own.
    pub async fn forward(mut self, to: tokio::sync::mpsc::UnboundedSender<Value>) {
        loop {
            let event = tokio::select! {
                event = self.next_event() => event,
                // Nobody listens any more, so the stream is closed.
                () = to.closed() => None,
            };
            let Some(event) = event else { return };
            if !event.data.is_empty() {
                let _ = to.send(parse(&event.data));
            }
        }
    }

    /// Whether the stream says nothing for this long.
    pub async fn silent_for(&mut self, pause: std::time::Duration) -> bool {
        assert!(pause < DEADLINE);
        tokio::time::timeout(pause, self.text()).await.is_err()
    }
}

/// The events in a text; comments are passed over.
pub(crate) fn events(text: &str) -> Vec<Event> {
    let mut all = Vec::new();
    for block in text.split("\n\n") {
        let mut event = Event::default();
        let mut any = false;
        for line in block.lines() {
            let (field, value) = line.split_once(':').unwrap_or((line, ""));
            let value = value.strip_prefix(' ').unwrap_or(value);
            match field {
                "event" => event.name = value.to_owned(),
                "id" => event.id = value.to_owned(),
                "retry" => event.retry = value.to_owned(),
                "data" => event.data.push_str(value),
                _ => continue,
            }
            any = true;
        }
        if any {
            all.push(event);
        }
    }
    all
}
