//! Reading what Core answers: one JSON text, or a stream of events; refusals below JSON-RPC are told apart.

use bytes::Bytes;
use http::{Response, StatusCode, header, response::Parts};
use http_body_util::{BodyExt as _, Limited};
use peta_dial::Answer;
use peta_mcp::{Kind, Message, RequestId, Side, sse};
use peta_model::Code;

use super::ends::Ends;

/// What an answer came to.
#[derive(Debug)]
pub(super) enum Read {
    /// The answer to the request; whatever came before it on the stream was passed on.
    Answer(Box<Parts>, Message),
    /// There was nothing to answer, or the text is no single message: passed on as it was.
    Passed,
    /// Core does not know the session.
    SessionGone,
    /// A refusal below JSON-RPC.
    Refused { code: String, title: String },
    /// It ended before the answer came.
    Cut,
}

/// Reads an answer to its end. `to` is the request's id; without one everything is passed on.
pub(super) async fn read(ends: &Ends, response: Response<Answer>, to: Option<&RequestId>) -> Read {
    let (head, body) = response.into_parts();
    let kind = head.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let is = |wanted: &str| kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case(wanted));
    if is("text/event-stream") {
        return events(ends, head, body, to).await;
    }
    let is_problem = is("application/problem+json");
    let Ok(read) = Limited::new(body, ends.limits.bytes.saturating_mul(2)).collect().await else { return Read::Cut };
    let text = read.to_bytes();
    if is_problem || (!head.status.is_success() && !text.starts_with(b"{\"jsonrpc\"")) {
        return refusal(head.status, &text);
    }
    if text.is_empty() {
        return if to.is_some() { Read::Cut } else { Read::Passed };
    }
    match (Message::parse(text.clone(), Side::Server, &ends.limits), to) {
        (Ok(message), Some(_)) if message.kind() == Kind::Response && message.id() == to => {
            Read::Answer(Box::new(head), message)
        }
        // An error without an id is still about this request; the agent must hear of it under its own.
        (Ok(message), Some(_)) if message.error().is_some() => nameless(&message),
        _ => {
            ends.output.say(text).await;
            Read::Passed
        }
    }
}

async fn events(ends: &Ends, head: Parts, mut body: Answer, to: Option<&RequestId>) -> Read {
    let mut parser = sse::Parser::new(ends.limits.bytes.saturating_mul(2));
    while let Some(bytes) = next(&mut body).await {
        parser.push(&bytes);
        while let Some(event) = parser.next() {
            let Ok(event) = event else { return Read::Cut };
            if event.data.is_empty() {
                continue;
            }
            match Message::parse(event.data.clone(), Side::Server, &ends.limits) {
                Ok(message) if message.kind() == Kind::Response && to.is_some() && message.id() == to => {
                    return Read::Answer(Box::new(head), message);
                }
                _ => ends.output.say(event.data).await,
            }
        }
    }
    if to.is_some() { Read::Cut } else { Read::Passed }
}

fn nameless(message: &Message) -> Read {
    let text = |path: &[&str]| message.error()?.at(path)?.as_str().map(|text| text.into_owned());
    let code = text(&["data", "code"]).unwrap_or_else(|| Code::NOT_A_MESSAGE.to_string());
    Read::Refused { code, title: text(&["message"]).unwrap_or_default() }
}

/// The next bytes of a body; none at its end, however it ended.
pub(super) async fn next(body: &mut Answer) -> Option<Bytes> {
    loop {
        if let Ok(data) = body.frame().await?.ok()?.into_data() {
            return Some(data);
        }
    }
}

fn refusal(status: StatusCode, text: &[u8]) -> Read {
    let problem: serde_json::Value = serde_json::from_slice(text).unwrap_or_default();
    let member = |name: &str| problem.get(name).and_then(serde_json::Value::as_str).map(str::to_owned);
    let code = member("code");
    if status == StatusCode::NOT_FOUND && code.as_deref() == Some(Code::SESSION_UNKNOWN.as_str()) {
        return Read::SessionGone;
    }
    // Whatever has no code of ours did not come from Core.
    let code = code.unwrap_or_else(|| Code::CORE_UNREACHABLE.to_string());
    let title = member("title").unwrap_or_else(|| format!("what answered with {status} is not Core"));
    Read::Refused { code, title }
}
