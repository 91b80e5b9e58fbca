//! One whole HTTP answer, and what is in it.

use http::HeaderMap;
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use serde_json::Value;

use crate::{json::parse, stream::events};

/// An answer that was read to its end.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: String,
}

impl Answer {
    pub(crate) async fn read(response: http::Response<Incoming>) -> Self {
        let (head, body) = response.into_parts();
        let body = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
        let body = String::from_utf8_lossy(&body).into_owned();
        Self { status: head.status.as_u16(), headers: head.headers, body }
    }

    /// A header, or nothing.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    pub fn is_stream(&self) -> bool {
        self.header("content-type").starts_with("text/event-stream")
    }

    /// The messages in it: one for JSON, each event's for a stream.
    pub fn messages(&self) -> Vec<String> {
        if self.is_stream() {
            events(&self.body).into_iter().map(|event| event.data).filter(|data| !data.is_empty()).collect()
        } else {
            vec![self.body.clone()]
        }
    }

    /// The text of the answer to a request: the one message without a method.
    pub fn text(&self) -> String {
        let answers: Vec<String> =
            self.messages().into_iter().filter(|text| parse(text).get("method").is_none()).collect();
        assert_eq!(answers.len(), 1, "one answer in {self:?}");
        answers[0].clone()
    }

    /// The answer to a request.
    pub fn json(&self) -> Value {
        parse(&self.text())
    }

    /// Peta's code, of a refusal in JSON-RPC or in problem details.
    pub fn code(&self) -> String {
        let body = parse(&self.messages().last().cloned().unwrap_or_default());
        let code = if body["error"].is_object() { &body["error"]["data"]["code"] } else { &body["code"] };
        code.as_str().unwrap_or_default().to_owned()
    }

    /// What two answers must share to be alike in bytes: all but the date and the request's own id.
    pub fn likeness(&self) -> String {
        let mut headers: Vec<String> = self
            .headers
            .iter()
            .filter(|(name, _)| !["date", "x-request-id"].contains(&name.as_str()))
            .map(|(name, value)| format!("{name}: {value:?}"))
            .collect();
        headers.sort();
        format!("{}\n{}\n\n{}", self.status, headers.join("\n"), self.body)
    }
}
