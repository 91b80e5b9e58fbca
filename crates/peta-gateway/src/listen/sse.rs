//! HTTP+SSE (MCP 2024-11-05): one stream by GET that names where to post, and everything comes back on it. Off unless
//! configured. The id in the query is a route; the token is proven on every request like anywhere else.

use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use hyper::body::Incoming;
use peta_mcp::{Kind, Message, Method, RequestId, Side, sse as events, write};
use peta_model::Code;

use super::{
    body,
    head::{self, Accept, empty},
    missing::Missing,
    streamable_http::open,
};
use crate::{
    admit::{Admitted, Caller},
    body::Body,
    close,
    hub::Hub,
    initialize,
    lane::{self, Lane},
    refuse::{Refusal, problem},
    serve,
    session::{Endpoint, Session},
};

/// Opens the stream, and with it the session.
pub(super) async fn stream(
    hub: &Arc<Hub>,
    caller: Caller,
    endpoint: Endpoint,
    request: Request<Incoming>,
) -> Response<Body> {
    if !Accept::read(request.headers()).events {
        return problem(StatusCode::NOT_ACCEPTABLE, Code::NOT_ACCEPTABLE);
    }
    let path = match &endpoint {
        Endpoint::Aggregate => "/messages".to_owned(),
        Endpoint::Server(slug) => format!("/messages/{slug}"),
    };
    let Some(session) = open(hub, &caller, endpoint, true) else {
        return problem(StatusCode::TOO_MANY_REQUESTS, Code::OVER_LIMIT);
    };
    let opening = events::encode(Some("endpoint"), None, format!("{path}?sessionId={}", session.id).as_bytes());
    let (lane, end) = lane::open(hub.bounds(), true, caller.token);
    end.pass();
    session.listen(lane.clone());
    // Nothing can be resumed here: the end of the stream is the end of the session (SS3).
    let (hub_then, session_then) = (Arc::clone(hub), session);
    tokio::spawn(async move {
        lane.closed().await;
        close::close(&hub_then, &session_then).await;
    });
    head::event_stream(Body::events(&hub.config.streams, end, Some(opening), None))
}

/// Takes a message; its answer leaves on the session's stream.
pub(super) async fn message(
    hub: &Arc<Hub>,
    caller: Caller,
    endpoint: Endpoint,
    request: Request<Incoming>,
) -> Response<Body> {
    let (head, body) = request.into_parts();
    if !head::is_json(&head.headers) {
        return problem(StatusCode::UNSUPPORTED_MEDIA_TYPE, Code::MEDIA_TYPE);
    }
    let text = match body::read(&head.headers, body, hub.config.limits.bytes, hub.config.streams.body_read).await {
        Ok(text) => text,
        Err((status, code)) => return problem(status, code),
    };
    let message = match Message::parse(text, Side::Agent, &hub.config.limits) {
        Ok(message) => message,
        Err(malformed) => {
            let id = malformed.id.as_ref().map_or("null", RequestId::raw);
            return Refusal::from(&malformed).response(StatusCode::BAD_REQUEST, id);
        }
    };
    let Some(id) = session_id(head.uri.query()) else { return Missing::Id.problem() };
    let session = hub.sessions.find(id, caller.agent.id, &endpoint).filter(|session| session.one_stream);
    let Some(session) = session else { return Missing::Unknown.problem() };
    let Some(lane) = session.state().listener.clone() else { return Missing::Unknown.problem() };
    take(hub, caller, session, message, &lane).await;
    empty(StatusCode::ACCEPTED)
}

async fn take(hub: &Arc<Hub>, caller: Caller, session: Arc<Session>, message: Message, lane: &Lane) {
    if message.kind() != Kind::Request {
        return serve::told(hub, &caller, &session, &message).await;
    }
    let id = message.id().cloned();
    let raw = id.as_ref().map_or("null", RequestId::raw);
    if session.hello().is_none() {
        let greeting = message.method().map(Method::as_str) == Some(Method::INITIALIZE);
        let answer = if greeting { greet(hub, &caller, &session, &message, raw).await } else { too_early(raw) };
        lane.answer(answer);
        return;
    }
    match serve::request(hub, Admitted { caller, session, message }, lane) {
        Ok(work) => work.detach(),
        Err(refusal) => lane.answer(refusal.error(raw)),
    }
}

async fn greet(hub: &Arc<Hub>, caller: &Caller, session: &Arc<Session>, message: &Message, id: &str) -> Bytes {
    let made = match initialize::hello(message) {
        Ok(hello) => {
            session.greet(hello);
            initialize::result(hub, caller, session, message).await
        }
        Err(refusal) => Err(refusal),
    };
    match made {
        Ok(result) => write::result(id, &result),
        Err(refusal) => refusal.error(id),
    }
}

fn too_early(id: &str) -> Bytes {
    Refusal::new(Code::NOT_A_MESSAGE, crate::refuse::rpc::INVALID_REQUEST, "Begin with `initialize`").error(id)
}

fn session_id(query: Option<&str>) -> Option<&str> {
    query?.split('&').find_map(|pair| pair.strip_prefix("sessionId="))
}
