//! Streamable HTTP (MCP 2025-03-26 and later): POST for messages, GET for streams, DELETE to end the session.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use hyper::body::Incoming;
use peta_mcp::{Kind, Message, RequestId, Side, Version, batch};
use peta_model::Code;
use tokio::time::Instant;

use super::{
    attach, body,
    deliver::{Asked, deliver, events},
    head::{self, Accept, empty},
    known,
    missing::Missing,
};
use crate::{
    admit::{Admitted, Caller},
    body::Body,
    close,
    hub::Hub,
    initialize, lane,
    refuse::{Refusal, json, problem, rpc},
    serve,
    session::{Endpoint, Session},
    work::{Work, rare},
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
        // What does not come with every call is boxed here and below: else each would carry the room for the largest.
        Method::GET => rare(attach::listen(hub, &caller, &endpoint, request.headers())).await,
        Method::DELETE => rare(end(hub, &caller, &endpoint, request.headers())).await,
        _ => post(hub, caller, endpoint, request).await,
    }
}

async fn end(hub: &Arc<Hub>, caller: &Caller, endpoint: &Endpoint, headers: &HeaderMap) -> Response<Body> {
    match known::session(hub, caller, endpoint, headers).await {
        Ok(session) => match close::close_for_good(hub, &session).await {
            true => empty(StatusCode::NO_CONTENT),
            // It has ended here, but would be there again after a restart: that is tried again, and told.
            false => problem(StatusCode::SERVICE_UNAVAILABLE, Code::STORE_FAILED),
        },
        Err(missing) => missing.problem(),
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
        return rare(batched(hub, caller, endpoint, &head.headers, text, accept)).await;
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
            return rare(greet(hub, caller, endpoint, message, accept)).await;
        }
        Some(peta_mcp::Method::DISCOVER) => return other_era(&message),
        _ => {}
    }
    let session = match known::session(hub, &caller, &endpoint, &head.headers).await {
        Ok(session) => session,
        Err(missing) => return missing.answer(&message),
    };
    if let Err(refusal) = known::version(&head.headers) {
        return refusal.response(StatusCode::BAD_REQUEST, message.id().map_or("null", RequestId::raw));
    }
    if message.kind() != Kind::Request {
        rare(serve::told(hub, &caller, &session, &message)).await;
        return empty(StatusCode::ACCEPTED);
    }
    let Some(id) = message.id().cloned() else { return empty(StatusCode::ACCEPTED) };
    // Over the session's bound of streams an answer is JSON, and what only a stream could carry is not offered.
    let streams = accept.events && session.streams_read() < hub.config.sessions.streams;
    if !streams && !accept.json {
        return problem(StatusCode::TOO_MANY_REQUESTS, Code::OVER_LIMIT);
    }
    let accept = Accept { events: streams, ..accept };
    let (lane, end) = lane::open(hub.bounds(), accept.events, caller.token);
    if accept.json {
        lane.takes_parts();
    }
    let admitted = Admitted { caller, session: Arc::clone(&session), message };
    let work = match serve::request(hub, admitted, &lane) {
        Ok(work) => work,
        Err(refusal) => return busy(&refusal, &id),
    };
    drop(lane);
    deliver(hub, &session, end, Asked { ids: &[id], work, array: false }, accept).await
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
    // What it sees now is what a later change is measured by, before a restart or after it.
    serve::note_lists(hub, &caller, &session);
    hub.keeper.save(&session).await;
    let answer = peta_mcp::write::result(id, &result);
    let mut response = if accept.json {
        json(StatusCode::OK, answer)
    } else {
        let (lane, end) = lane::open(hub.bounds(), true, caller.token);
        lane.answer(answer);
        events(hub, &session, end, message.id().map_or(&[], std::slice::from_ref), Some(1), Vec::new())
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
    let session = match known::session(hub, &caller, &endpoint, headers).await {
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
    let requests = messages.iter().filter(|message| message.kind() == Kind::Request);
    let asked: Vec<RequestId> = requests.filter_map(|message| message.id().cloned()).collect();
    let ids: std::collections::HashSet<&RequestId> = asked.iter().collect();
    if ids.len() != asked.len() {
        return refuse("Two requests of the batch have the same id");
    }
    let initialize =
        |message: &Message| message.method().map(peta_mcp::Method::as_str) == Some(peta_mcp::Method::INITIALIZE);
    if messages.iter().any(initialize) {
        return refuse("`initialize` must stand alone");
    }
    let (lane, end) = lane::open(hub.bounds(), accept.events, caller.token);
    for message in messages {
        if message.kind() != Kind::Request {
            serve::told(hub, &caller, &session, &message).await;
            continue;
        }
        let id = message.id().cloned();
        let admitted = Admitted { caller: caller.clone(), session: Arc::clone(&session), message };
        match serve::request(hub, admitted, &lane) {
            Ok(work) => work.detach(),
            Err(refusal) => lane.answer(refusal.error(id.as_ref().map_or("null", RequestId::raw))),
        }
    }
    drop(lane);
    if asked.is_empty() {
        return empty(StatusCode::ACCEPTED);
    }
    // They run side by side, each as a task of its own.
    let asked = Asked { ids: &asked, work: Work::new(async {}), array: true };
    deliver(hub, &session, end, asked, accept).await
}

fn busy(refusal: &Refusal, id: &RequestId) -> Response<Body> {
    let status = if refusal.code == Code::OVER_LIMIT { StatusCode::TOO_MANY_REQUESTS } else { StatusCode::BAD_REQUEST };
    refusal.response(status, id.raw())
}
