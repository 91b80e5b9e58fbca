//! HTTP to a server: requests are built here from nothing, so that whatever an agent sent along (its token first of
//! all) cannot travel; and what a status or a broken connection means.

use std::{fmt, sync::Arc};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, Uri, header};
use http_body_util::Full;
use peta_dial::{Answer, DialError, Http, HttpError, TargetError};
use peta_mcp::{Value, Version};
use peta_model::Code;

use super::lade::lade;
use crate::{
    custody::{Custody, Ticket},
    fault::{Executed, LostWhy, OpenError},
    standing::Ways,
    wiring::Wiring,
};

const SESSION: HeaderName = HeaderName::from_static("mcp-session-id");
const VERSION: HeaderName = HeaderName::from_static("mcp-protocol-version");
const LAST_EVENT: HeaderName = HeaderName::from_static("last-event-id");
const TRACE: HeaderName = HeaderName::from_static("traceparent");
const BOTH: &str = "application/json, text/event-stream";
const EVENTS: &str = "text/event-stream";
const PETA: &str = concat!("peta/", env!("CARGO_PKG_VERSION"));

/// What of a body that comes with an error status is looked at.
const ERROR_BODY: usize = 64 << 10;

/// What the handshake settled: it goes with every later request.
#[derive(Debug, Clone, Default)]
pub(super) struct Session {
    pub(super) id: Option<HeaderValue>,
    pub(super) version: Option<Version>,
    /// How often a session was begun.
    pub(super) number: u64,
    /// The head of its messages.
    head: Option<Arc<HeaderMap>>,
}

#[derive(Clone)]
pub(super) struct South {
    ways: Ways,
    custody: Arc<dyn Custody>,
}

impl fmt::Debug for South {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("South").field("ways", &self.ways).finish_non_exhaustive()
    }
}

impl South {
    pub(super) fn new(url: &str, wiring: &Wiring) -> Result<Self, OpenError> {
        let target = wiring.ground.dialer.target(url).map_err(refused)?;
        let dialer = &wiring.ground.dialer;
        let made = || Ways {
            plain: Arc::new(Http::new(dialer, target.clone())),
            splicing: Arc::new(Http::splicing(dialer, target.clone())),
        };
        Ok(Self { ways: wiring.standing.ways(url, made), custody: Arc::clone(&wiring.custody) })
    }

    pub(super) fn http(&self) -> &Http {
        &self.ways.plain
    }

    /// The path of the server's own URL.
    pub(super) fn path(&self) -> Result<Uri, OpenError> {
        uri(self.http().target().path()).map_err(OpenError::from)
    }

    /// A session as the handshake has settled it.
    pub(super) fn session(&self, id: Option<HeaderValue>, version: Version, number: u64) -> Session {
        let mut session = Session { id, version: Some(version), number, head: None };
        session.head = Some(Arc::new(self.head(&session)));
        session
    }

    /// A message to a path; the answer may be JSON or events.
    pub(super) async fn post(
        &self,
        path: &Uri,
        session: &Session,
        message: Bytes,
        ticket: Option<&dyn Ticket>,
    ) -> Result<Response<Answer>, LostWhy> {
        let mut head = session.head.as_ref().map_or_else(|| self.head(session), |head| HeaderMap::clone(head));
        if let Some(trace) = trace_of(&message) {
            head.insert(TRACE, trace);
        }
        self.send((Method::POST, path), head, message, ticket).await
    }

    /// A stream of events; one that was cut goes on after `last`.
    pub(super) async fn get(
        &self,
        path: &Uri,
        session: &Session,
        last: Option<&str>,
    ) -> Result<Response<Answer>, LostWhy> {
        let mut head = self.head(session);
        head.remove(header::CONTENT_TYPE);
        head.insert(header::ACCEPT, HeaderValue::from_static(EVENTS));
        head.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(last) = last.and_then(|last| HeaderValue::from_str(last).ok()) {
            head.insert(LAST_EVENT, last);
        }
        self.send((Method::GET, path), head, Bytes::new(), None).await
    }

    /// The session is not needed any more.
    pub(super) async fn delete(&self, path: &Uri, session: &Session) -> Result<(), LostWhy> {
        let mut head = self.head(session);
        head.remove(header::CONTENT_TYPE);
        head.remove(header::ACCEPT);
        self.send((Method::DELETE, path), head, Bytes::new(), None).await.map(drop)
    }

    /// The head of a message in this session. It is made once and copied for each message: its values are shared then.
    fn head(&self, session: &Session) -> HeaderMap {
        let version = session.version.map(|version| HeaderValue::from_static(version.as_str()));
        [
            (header::HOST, self.http().host().cloned()),
            (header::USER_AGENT, Some(HeaderValue::from_static(PETA))),
            (header::ACCEPT, Some(HeaderValue::from_static(BOTH))),
            (header::CONTENT_TYPE, Some(HeaderValue::from_static("application/json"))),
            (SESSION, session.id.clone()),
            (VERSION, version),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
        .collect()
    }

    async fn send(
        &self,
        (method, path): (Method, &Uri),
        head: HeaderMap,
        body: Bytes,
        ticket: Option<&dyn Ticket>,
    ) -> Result<Response<Answer>, LostWhy> {
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = method;
        *request.uri_mut() = path.clone();
        *request.headers_mut() = head;
        if let Some(preparing) = self.custody.prepare() {
            preparing.await?;
        }
        let carried = match ticket {
            Some(ticket) => ticket.carried(),
            None => self.custody.own(),
        }?;
        let splices = if carried.is_empty() { Vec::new() } else { lade(&mut request, carried)? };
        let way = if splices.is_empty() { &self.ways.plain } else { &self.ways.splicing };
        let answer = way.send_with(request, &splices).await.map_err(|error| lost(&error))?;
        if matches!(answer.status(), StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) {
            match ticket {
                Some(ticket) => ticket.challenged(answer.status(), answer.headers()),
                None => self.custody.challenged(answer.status(), answer.headers()),
            }
        }
        Ok(answer)
    }
}

/// A path, to be asked for.
pub(super) fn uri(path: &str) -> Result<Uri, LostWhy> {
    path.parse().map_err(|_| lost(&HttpError::Request))
}

/// The session that an answer to `initialize` begins.
pub(super) fn session_id(response: &Response<Answer>) -> Option<HeaderValue> {
    response.headers().get(SESSION).cloned()
}

/// Whether an answer is a stream of events.
pub(super) fn is_events(response: &Response<Answer>) -> bool {
    let kind = response.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case(EVENTS))
}

/// The start of a body that came with an error.
pub(super) async fn error_body(response: Response<Answer>) -> Bytes {
    peta_dial::read(response.into_body(), ERROR_BODY).await.unwrap_or_default()
}

/// Why there is no answer, after a status that is no success.
pub(super) fn status_means(status: StatusCode) -> LostWhy {
    match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            LostWhy::new(Code::SERVER_CHALLENGED, Executed::No, "the server asks Peta for credentials")
        }
        _ if status.is_client_error() => {
            let text = format!("the server refused the request with HTTP status {}", status.as_u16());
            LostWhy::new(Code::SERVER_GARBAGE, Executed::No, text)
        }
        _ => {
            let text = format!("the server answered with HTTP status {}", status.as_u16());
            LostWhy::new(Code::SERVER_UNREACHABLE, Executed::Maybe, text)
        }
    }
}

pub(super) fn refused(error: TargetError) -> OpenError {
    match error {
        TargetError::Forbidden => OpenError::new(Code::ADDRESS_REFUSED, error.to_string()),
        _ => OpenError::new(Code::SERVER_UNREACHABLE, format!("the server's URL cannot be used: {error}")),
    }
}

fn lost(error: &HttpError) -> LostWhy {
    let (code, executed) = match error {
        HttpError::Dial(DialError::Refused) | HttpError::Redirected => (Code::ADDRESS_REFUSED, Executed::No),
        HttpError::Dial(_) | HttpError::Request => (Code::SERVER_UNREACHABLE, Executed::No),
        HttpError::Broken => (Code::SERVER_LOST, Executed::Maybe),
    };
    LostWhy::new(code, executed, format!("the server cannot be reached: {error}"))
}

/// Where a message's trace goes on (`_meta.traceparent`, SEP-414), for what stands in front of the server and reads only
/// heads. Nothing but the plain form of W3C Trace Context, section 3.2, gets into one.
fn trace_of(message: &Bytes) -> Option<HeaderValue> {
    let text = std::str::from_utf8(message).ok().filter(|text| text.contains("\"traceparent\""))?;
    let parent = Value::of(text).ok()?.at(&["params", "_meta", "traceparent"])?.as_str()?;
    let plain =
        parent.len() == 55 && parent.bytes().all(|b| b == b'-' || b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    plain.then(|| HeaderValue::from_str(&parent).ok())?
}

#[cfg(test)]
mod tests;
