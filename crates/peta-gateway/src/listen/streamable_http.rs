//! Streamable HTTP (MCP 2025-03-26 and later): POST for messages, GET for the session's own stream, DELETE to end it.
//! Whether an answer leaves as JSON or as a stream is decided when the first message of it is there.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use hyper::body::Incoming;
use peta_mcp::{Kind, Message, RequestId, Side, Version, batch};
use peta_model::Code;
use tokio::time::{Instant, sleep_until};

use super::{
    body,
    head::{self, Accept},
};
use crate::{
    admit::{Admitted, Caller},
    body::{Body, EventIds},
    close,
    hub::Hub,
    initialize,
    lane::{self, Item, LaneEnd},
    refuse::{Refusal, json, problem, rpc},
    serve,
    session::{Endpoint, Session},
};

/// The most messages of a batch.
const BATCH: usize = 100;

pub(super) async fn serve(
    hub: &Arc<Hub>,
    caller: Caller,
    endpoint: Endpoint,
    request: Request<Incoming>,
) -> Response<Body> {
    match *request.method() {
        Method::GET => listen(hub, &caller, &endpoint, request.headers()),
        Method::DELETE => match session(hub, &caller, &endpoint, request.headers()) {
            Ok(session) => {
                close::close(hub, &session).await;
                empty(StatusCode::NO_CONTENT)
            }
            Err(missing) => missing.problem(),
        },
        _ => post(hub, caller, endpoint, request).await,
    }
}

async fn post(hub: &Arc<Hub>, caller: Caller, endpoint: Endpoint, request: Request<Incoming>) -> Response<Body> {
    let (head, body) = request.into_parts();
    let accept = Accept::read(&head.headers);
    if accept.nothing() {
        return problem(StatusCode::NOT_ACCEPTABLE, Code::NOT_ACCEPTABLE);
    }
    if !head::is_json(&head.headers) {
        return problem(StatusCode::UNSUPPORTED_MEDIA_TYPE, Code::MEDIA_TYPE);
    }
    let text = match body::read(&head.headers, body, hub.config.limits.bytes, hub.config.streams.body_read).await {
        Ok(text) => text,
        Err((status, code)) => return problem(status, code),
    };
    if text.trim_ascii_start().first() == Some(&b'[') {
        return batched(hub, caller, endpoint, &head.headers, text, accept).await;
    }
    let message = match Message::parse(text, Side::Agent, &hub.config.limits) {
        Ok(message) => message,
        Err(malformed) => {
            let id = malformed.id.as_ref().map_or("null", RequestId::raw);
            return Refusal::from(&malformed).response(StatusCode::BAD_REQUEST, id);
        }
    };
    match message.method().map(peta_mcp::Method::as_str) {
        Some(peta_mcp::Method::INITIALIZE) if message.kind() == Kind::Request => {
            return greet(hub, caller, endpoint, message, accept).await;
        }
        Some(peta_mcp::Method::DISCOVER) => return other_era(&message),
        _ => {}
    }
    let session = match session(hub, &caller, &endpoint, &head.headers) {
        Ok(session) => session,
        Err(missing) => return missing.answer(&message),
    };
    if let Err(refusal) = version(&head.headers) {
        return refusal.response(StatusCode::BAD_REQUEST, message.id().map_or("null", RequestId::raw));
    }
    if message.kind() != Kind::Request {
        serve::told(hub, &caller, &session, &message).await;
        return empty(StatusCode::ACCEPTED);
    }
    let (lane, end) = lane::open(&hub.config.streams, accept.events, caller.token);
    let id = message.id().cloned();
    let admitted = Admitted { caller, session: Arc::clone(&session), message };
    if let Err(refusal) = serve::request(hub, admitted, &lane) {
        return busy(&refusal, id.as_ref());
    }
    drop(lane);
    deliver(hub, &session, end, 1, accept, false).await
}

/// The handshake: a session is made, and its id is told in the head of the answer.
async fn greet(hub: &Arc<Hub>, caller: Caller, endpoint: Endpoint, message: Message, accept: Accept) -> Response<Body> {
    let id = message.id().map_or("null", RequestId::raw);
    let hello = match initialize::hello(&message) {
        Ok(hello) => hello,
        Err(refusal) => return refusal.response(StatusCode::OK, id),
    };
    let Some(session) = open(hub, &caller, endpoint, false) else {
        return problem(StatusCode::TOO_MANY_REQUESTS, Code::OVER_LIMIT);
    };
    session.greet(hello);
    let result = match initialize::result(hub, &caller, &session, &message).await {
        Ok(result) => result,
        Err(refusal) => {
            close::close(hub, &session).await;
            return refusal.response(StatusCode::OK, id);
        }
    };
    let answer = peta_mcp::write::result(id, &result);
    let mut response = if accept.json {
        json(StatusCode::OK, answer)
    } else {
        let (lane, end) = lane::open(&hub.config.streams, true, caller.token);
        lane.answer(answer);
        events(hub, &session, end, Some(1), Vec::new())
    };
    if let Ok(id) = HeaderValue::from_str(&session.id) {
        response.headers_mut().insert(head::SESSION, id);
    }
    response
}

/// Makes a session; `None` if this agent has too many.
pub(super) fn open(hub: &Hub, caller: &Caller, endpoint: Endpoint, one_stream: bool) -> Option<Arc<Session>> {
    let number = u128::from_be_bytes(hub.random.bytes()?);
    let session = Arc::new(Session::new(number, endpoint, caller.agent.id, one_stream));
    session.state().used = Some(Instant::now());
    hub.sessions.add(&session, hub.config.sessions.per_agent).then_some(session)
}

/// A client of the revision without a handshake probes: this answer makes it fall back to `initialize`.
fn other_era(message: &Message) -> Response<Body> {
    let text = "This revision of MCP is not served here; begin with `initialize`";
    let refusal = Refusal::new(Code::ERA_NOT_SERVED, rpc::INVALID_REQUEST, text);
    refusal.response(StatusCode::BAD_REQUEST, message.id().map_or("null", RequestId::raw))
}

/// Up to a hundred messages in one body, on sessions of the one revision that has them.
async fn batched(
    hub: &Arc<Hub>,
    caller: Caller,
    endpoint: Endpoint,
    headers: &HeaderMap,
    text: Bytes,
    accept: Accept,
) -> Response<Body> {
    let refuse = |why: &str| {
        Refusal::new(Code::BATCH_REFUSED, rpc::INVALID_REQUEST, why).response(StatusCode::BAD_REQUEST, "null")
    };
    let texts = match batch(&text, &hub.config.limits) {
        Ok(texts) => texts,
        Err(malformed) => return Refusal::from(&malformed).response(StatusCode::BAD_REQUEST, "null"),
    };
    let session = match session(hub, &caller, &endpoint, headers) {
        Ok(session) => session,
        Err(Missing::Id) => return refuse("A batch needs a session that was opened before"),
        Err(missing) => return missing.problem(),
    };
    if session.version() != Version::V2025_03_26 {
        return refuse("Only sessions of 2025-03-26 take batches");
    }
    if texts.is_empty() || texts.len() > BATCH {
        return refuse("A batch has 1 to 100 messages");
    }
    let mut messages = Vec::with_capacity(texts.len());
    for text in texts {
        match Message::parse(text, Side::Agent, &hub.config.limits) {
            Ok(message) => messages.push(message),
            Err(malformed) => return Refusal::from(&malformed).response(StatusCode::BAD_REQUEST, "null"),
        }
    }
    let requests: Vec<&Message> = messages.iter().filter(|message| message.kind() == Kind::Request).collect();
    let ids: std::collections::HashSet<&RequestId> = requests.iter().filter_map(|message| message.id()).collect();
    if ids.len() != requests.len() {
        return refuse("Two requests of the batch have the same id");
    }
    let initialize =
        |message: &Message| message.method().map(peta_mcp::Method::as_str) == Some(peta_mcp::Method::INITIALIZE);
    if messages.iter().any(initialize) {
        return refuse("`initialize` must stand alone");
    }
    let owed = requests.len();
    let (lane, end) = lane::open(&hub.config.streams, accept.events, caller.token);
    for message in messages {
        if message.kind() != Kind::Request {
            serve::told(hub, &caller, &session, &message).await;
            continue;
        }
        let id = message.id().cloned();
        let admitted = Admitted { caller: caller.clone(), session: Arc::clone(&session), message };
        if let Err(refusal) = serve::request(hub, admitted, &lane) {
            lane.answer(refusal.error(id.as_ref().map_or("null", RequestId::raw)));
        }
    }
    drop(lane);
    if owed == 0 { empty(StatusCode::ACCEPTED) } else { deliver(hub, &session, end, owed, accept, true).await }
}

/// Waits for what is owed: as JSON if nothing else came before it, else as a stream.
async fn deliver(
    hub: &Arc<Hub>,
    session: &Session,
    mut end: LaneEnd,
    owed: usize,
    accept: Accept,
    array: bool,
) -> Response<Body> {
    if !accept.json {
        return events(hub, session, end, Some(owed), Vec::new());
    }
    let hold = Instant::now() + hub.config.streams.hold.duration();
    let mut answers: Vec<Bytes> = Vec::new();
    let mut settled = 0;
    while settled < owed {
        let item = tokio::select! {
            biased;
            item = end.next() => item,
            () = sleep_until(hold), if accept.events => {
                // What was settled without an answer is owed no more.
                let still = owed - (settled - answers.len());
                let came = answers.into_iter().map(Item::Answer).collect();
                return events(hub, session, end, Some(still), came);
            }
        };
        match item {
            Some(Item::Answer(answer)) => {
                answers.push(answer);
                settled += 1;
            }
            Some(Item::NoAnswer) => settled += 1,
            Some(Item::Related(message)) => {
                let still = owed - (settled - answers.len());
                let mut came: Vec<Item> = answers.into_iter().map(Item::Answer).collect();
                came.push(Item::Related(message));
                return events(hub, session, end, Some(still), came);
            }
            Some(Item::Cut) | None => break,
        }
    }
    match answers.as_slice() {
        [] if accept.events => events(hub, session, end, Some(0), Vec::new()),
        [] => empty(StatusCode::ACCEPTED),
        [answer] if !array => json(StatusCode::OK, answer.clone()),
        answers => json(StatusCode::OK, [b"[", answers.join(&b","[..]).as_slice(), b"]"].concat().into()),
    }
}

fn events(hub: &Hub, session: &Session, end: LaneEnd, owed: Option<usize>, came: Vec<Item>) -> Response<Body> {
    // Older SDKs fail on an event without data, so only the newest revision is primed (HT9).
    let prime = session.version() >= Version::V2025_11_25;
    let ids = EventIds::of(session.next_stream());
    head::event_stream(Body::events(&hub.config.streams, end, owed, Some(ids), prime, came))
}

/// The session's own stream. A newer one takes the place of an older (HT14).
fn listen(hub: &Arc<Hub>, caller: &Caller, endpoint: &Endpoint, headers: &HeaderMap) -> Response<Body> {
    if !Accept::read(headers).events {
        return problem(StatusCode::NOT_ACCEPTABLE, Code::NOT_ACCEPTABLE);
    }
    let session = match session(hub, caller, endpoint, headers) {
        Ok(session) => session,
        Err(missing) => return missing.problem(),
    };
    if version(headers).is_err() {
        return problem(StatusCode::BAD_REQUEST, Code::VERSION_HEADER);
    }
    let (lane, end) = lane::open(&hub.config.streams, true, caller.token);
    session.listen(lane);
    events(hub, &session, end, None, Vec::new())
}

/// Why there is no session.
pub(super) enum Missing {
    Id,
    Unknown,
}

impl Missing {
    pub(super) fn problem(&self) -> Response<Body> {
        match self {
            Self::Id => problem(StatusCode::BAD_REQUEST, Code::SESSION_MISSING),
            Self::Unknown => problem(StatusCode::NOT_FOUND, Code::SESSION_UNKNOWN),
        }
    }

    fn answer(&self, message: &Message) -> Response<Body> {
        match self {
            Self::Id => {
                let text = "Mcp-Session-Id is missing; begin with `initialize`";
                let refusal = Refusal::new(Code::SESSION_MISSING, rpc::INVALID_REQUEST, text);
                refusal.response(StatusCode::BAD_REQUEST, message.id().map_or("null", RequestId::raw))
            }
            Self::Unknown => self.problem(),
        }
    }
}

fn session(hub: &Hub, caller: &Caller, endpoint: &Endpoint, headers: &HeaderMap) -> Result<Arc<Session>, Missing> {
    if !headers.contains_key(head::SESSION) {
        return Err(Missing::Id);
    }
    let id = head::single(headers, head::SESSION).ok_or(Missing::Unknown)?;
    let session = hub.sessions.find(id, caller.agent.id, endpoint).ok_or(Missing::Unknown)?;
    if session.one_stream { Err(Missing::Unknown) } else { Ok(session) }
}

/// `MCP-Protocol-Version`: any served revision will do; none means the one agreed on (HT22).
fn version(headers: &HeaderMap) -> Result<(), Refusal> {
    if !headers.contains_key(head::VERSION) {
        return Ok(());
    }
    let served = head::single(headers, head::VERSION).is_some_and(|text| text.parse::<Version>().is_ok());
    if served {
        return Ok(());
    }
    let all: Vec<&str> = Version::ALL.iter().map(|version| version.as_str()).collect();
    let text = format!("MCP-Protocol-Version must be one of {}", all.join(", "));
    Err(Refusal::new(Code::VERSION_HEADER, rpc::INVALID_REQUEST, text))
}

fn busy(refusal: &Refusal, id: Option<&RequestId>) -> Response<Body> {
    let status = if refusal.code == Code::OVER_LIMIT { StatusCode::TOO_MANY_REQUESTS } else { StatusCode::BAD_REQUEST };
    refusal.response(status, id.map_or("null", RequestId::raw))
}

pub(super) fn empty(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}
