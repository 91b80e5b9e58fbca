//! GET: the session's own stream, or one that its client comes back to with `Last-Event-ID`. Only the streams of this
//! session, of this caller, at this endpoint are looked at, and only the events of the one that is named.

use std::sync::Arc;

use http::{HeaderMap, Response, StatusCode};
use peta_mcp::RequestId;
use peta_model::Code;

use super::{
    deliver::events,
    head::{self, Accept},
    known,
};
use crate::{
    admit::Caller,
    body::Body,
    hub::Hub,
    lane::{self, end::Found, event_id::Place},
    refuse::{Refusal, problem},
    session::{Endpoint, Session},
};

pub(super) async fn listen(
    hub: &Arc<Hub>,
    caller: &Caller,
    endpoint: &Endpoint,
    headers: &HeaderMap,
) -> Response<Body> {
    if !Accept::read(headers).events {
        return problem(StatusCode::NOT_ACCEPTABLE, Code::NOT_ACCEPTABLE);
    }
    let session = match known::session(hub, caller, endpoint, headers).await {
        Ok(session) => session,
        Err(missing) => return missing.problem(),
    };
    if known::version(headers).is_err() {
        return problem(StatusCode::BAD_REQUEST, Code::VERSION_HEADER);
    }
    if !headers.contains_key(head::LAST_EVENT) {
        return begin(hub, caller, &session);
    }
    match head::single(headers, head::LAST_EVENT).and_then(|text| Place::read(text, &hub.config.limits)) {
        Some(place) => resume(hub, caller, &session, place),
        None => problem(StatusCode::BAD_REQUEST, Code::BAD_EVENT_ID),
    }
}

/// The session's own stream. A newer one takes the place of an older (HT14).
fn begin(hub: &Arc<Hub>, caller: &Caller, session: &Arc<Session>) -> Response<Body> {
    let (lane, end) = lane::open(hub.bounds(), true, caller.token);
    let response = events(hub, session, end, &[], None, Vec::new());
    session.listen(lane);
    response
}

/// The stream that is named goes on, from the event after the one that is named. If there is nothing more to come on
/// it, the client gets the session's own stream: clients that send their last id for ever would otherwise connect
/// again and again. But an answer that it waits for and that is lost is never passed over in silence.
fn resume(hub: &Arc<Hub>, caller: &Caller, session: &Arc<Session>, place: Place) -> Response<Body> {
    let found = session.kept_stream(place.stream).map(|stream| stream.resume(place.number, caller.token));
    match found {
        Some(Found::Attached(end)) => {
            session.is_back();
            head::event_stream(Body::events(&hub.config.streams, end, None, session.reader()))
        }
        Some(Found::Drained) => begin(hub, caller, session),
        Some(Found::AnswerLost) | None => tell_lost(hub, caller, session, place.waiting),
    }
}

/// An error for each request whose answer cannot be told any more. One that is in flight has a stream of its own, so
/// its id was given twice and nothing is said about it.
fn tell_lost(hub: &Arc<Hub>, caller: &Caller, session: &Arc<Session>, waiting: Vec<RequestId>) -> Response<Body> {
    let lost: Vec<RequestId> = {
        let state = session.state();
        waiting.into_iter().filter(|id| !state.running.contains_key(id)).collect()
    };
    if lost.is_empty() {
        return begin(hub, caller, session);
    }
    let text = "The answer is lost: Core was restarted, or the client stayed away too long. Whether the call took \
                effect is unknown";
    let (lane, end) = lane::open(hub.bounds(), true, caller.token);
    for id in &lost {
        lane.answer(Refusal::failure(Code::OUTCOME_UNKNOWN, text).error(id.raw()));
    }
    events(hub, session, end, &[], Some(lost.len()), Vec::new())
}
