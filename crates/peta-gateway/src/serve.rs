//! Serving one message of an admitted caller: requests get an answer on their lane, notifications and answers are
//! brought where they belong.

use std::sync::{Arc, atomic::Ordering};

use bytes::Bytes;
use peta_mcp::{Kind, Message, Method, RequestId, Value, write};
use peta_model::{CapabilityKind, CapabilityRef, Code, Decision, EventKind, Outcome};
use peta_store::ServerEntry;

use crate::{
    admit::{Admitted, Caller},
    call,
    catalog::{effective, find, listing::List, page, view},
    entry::Entry,
    hold,
    hub::Hub,
    lane::Lane,
    refuse::{Refusal, rpc},
    reverse,
    route::{Route, route},
    session::{
        Endpoint, Session, relay,
        running::{Busy, Cancel, Running},
    },
    stop::Stop,
    task::{self, hosted},
    work::{Work, rare},
};

/// Takes up a request; the answer comes on the lane as the work is driven.
pub(crate) fn request(hub: &Arc<Hub>, admitted: Admitted, lane: &Lane) -> Result<Work, Refusal> {
    let Some(id) = admitted.message.id().cloned() else { return Ok(Work::new(async {})) };
    let session = Arc::clone(&admitted.session);
    let running = session.start(&id, lane, hub.config.sessions.in_flight).map_err(|busy| match busy {
        Busy::IdInUse => Refusal::new(Code::BAD_ID, rpc::INVALID_REQUEST, "A request with this id is in flight"),
        Busy::TooMany => Refusal::new(Code::OVER_LIMIT, rpc::INTERNAL, "Too many requests are in flight"),
    })?;
    let span = span(hub, &admitted.message);
    let hub = Arc::clone(hub);
    let work = async move {
        let answer = answer(&hub, admitted, &running).await;
        session.finish(&id);
        match answer {
            Some(answer) => running.lane.answer(answer),
            None => running.lane.no_answer(),
        }
    };
    Ok(match span {
        Some(span) => Work::new(tracing::Instrument::instrument(work, span)),
        None => Work::new(work),
    })
}

/// A span for the request, where somebody looks at spans.
fn span(hub: &Hub, message: &Message) -> Option<tracing::Span> {
    let trace = hub.trace.as_ref()?;
    let span = tracing::info_span!("request", method = message.method().map(Method::as_str));
    let agents = message.params().and_then(|params| params.at(&["_meta", "traceparent"])?.as_str());
    agents.into_iter().for_each(|agents| trace.link(&span, &agents));
    Some(span)
}

async fn answer(hub: &Arc<Hub>, admitted: Admitted, running: &Arc<Running>) -> Option<Bytes> {
    match route(admitted.message.method()?) {
        Route::Call => call::call(hub, admitted, running).await,
        // Boxed, for calls are what comes most: each would carry the room for the largest of these.
        route => rare(other(hub, admitted, running, route)).await,
    }
}

/// Whatever is no call.
async fn other(hub: &Arc<Hub>, admitted: Admitted, running: &Running, route: Route) -> Option<Bytes> {
    let method = admitted.message.method().cloned()?;
    let id = admitted.message.id().cloned()?;
    let (kind, capability) = match route {
        Route::SetLevel => return Some(level(hub, &admitted, &id).await),
        Route::Ping => return Some(write::result(id.raw(), "{}")),
        Route::Initialize => {
            let refusal = Refusal::new(Code::NOT_A_MESSAGE, rpc::INVALID_REQUEST, "The session is initialized already");
            return Some(refusal.error(id.raw()));
        }
        Route::List(list) => (EventKind::List, list.word()),
        Route::Subscription => (EventKind::Subscription, ""),
        Route::Task => (EventKind::Task, method.as_str()),
        Route::Call | Route::Unknown => (EventKind::Request, method.as_str()),
    };
    recorded(hub, &admitted, kind, capability, async |entry| match route {
        Route::List(list) => listed(hub, &admitted, list, running, entry).await,
        Route::Subscription => subscription(hub, &admitted, running, entry).await,
        Route::Task => task::task(hub, &admitted, running, entry).await,
        _ => passed(hub, &admitted, running, entry).await,
    })
    .await
}

/// Does something that is recorded in one piece, with its outcome.
async fn recorded(
    hub: &Arc<Hub>,
    admitted: &Admitted,
    kind: EventKind,
    capability: &str,
    work: impl AsyncFnOnce(&mut Entry) -> Result<Bytes, Stop>,
) -> Option<Bytes> {
    let mut entry = Entry::open(hub, kind, &admitted.caller, &admitted.session, &admitted.message);
    entry.names(capability);
    match work(&mut entry).await {
        Err(stop) => entry.stopped(hub, stop).await,
        Ok(answer) => {
            let outcome = entry.known_outcome().unwrap_or_else(|| outcome(&answer));
            Some(entry.answered(hub, outcome, answer).await)
        }
    }
}

/// Whether an answer says that the server failed; its envelope is looked at, nothing deeper.
fn outcome(answer: &[u8]) -> Outcome {
    let error = std::str::from_utf8(answer).ok().and_then(|text| Value::of(text).ok()?.get("error"));
    if error.is_some() { Outcome::Error } else { Outcome::Ok }
}

async fn listed(
    hub: &Arc<Hub>,
    admitted: &Admitted,
    list: List,
    running: &Running,
    entry: &mut Entry,
) -> Result<Bytes, Stop> {
    entry.allow();
    let Admitted { caller, session, message } = admitted;
    let id = message.id().map_or("null", RequestId::raw);
    let cursor = message.params().and_then(|params| params.get("cursor"));
    if cursor.is_some_and(|cursor| !cursor.is_string()) {
        return Err(page::bad_cursor().into());
    }
    let cursor = cursor.and_then(Value::as_str);
    let Endpoint::Server(slug) = &session.endpoint else {
        hold::learn_missing(hub, caller, session).await;
        let result = page::aggregate(hub, caller, session, list, cursor.as_deref())?;
        note_list(hub, caller, session, list);
        entry.went_well();
        return Ok(write::result(id, &result));
    };
    let server = own_server(caller, session)?;
    // Without an instance of its own, a session is shown what is stored, page for page.
    let stored = view::view(hub, session, server).filter(|view| list.offered(view.features));
    if let Some(page) = stored.as_ref().and_then(|view| view.page(list, cursor.as_deref())) {
        entry.went_well();
        return Ok(page::stored(caller, slug, list, page, id));
    }
    if view::features(hub, session, server).is_some_and(|features| !list.offered(features)) {
        return Err(Refusal::not_offered(list.word()).into());
    }
    let answer = relay::pass(hub, admitted, server, running).await?;
    Ok(page::fresh(caller, slug, list, &answer, id))
}

/// The server of a server's own endpoint.
fn own_server<'a>(caller: &'a Caller, session: &Session) -> Result<&'a Arc<ServerEntry>, Refusal> {
    let gone = || Refusal::failure(Code::SERVER_WITHDRAWN, "The server was disabled or removed");
    let Endpoint::Server(slug) = &session.endpoint else { return Err(gone()) };
    caller.snapshot.server(slug.as_str()).filter(|server| !server.disabled).ok_or_else(gone)
}

async fn subscription(
    hub: &Arc<Hub>,
    admitted: &Admitted,
    running: &Running,
    entry: &mut Entry,
) -> Result<Bytes, Stop> {
    let Admitted { caller, session, message } = admitted;
    let uri = message.params().and_then(|params| params.get("uri")).and_then(Value::as_str);
    let uri = uri.ok_or_else(|| Refusal::bad_params("`uri` must be a string"))?;
    entry.names(&uri);
    let unknown = || Refusal::no_resource(&uri);
    let (server, own) = find::place(hub, caller, session, CapabilityKind::Resource, &uri).ok_or_else(unknown)?;
    entry.at(&server, &own);
    let capability = CapabilityRef { kind: CapabilityKind::Resource, name: &own };
    let judgement = caller.snapshot.policy.judge(caller.agent.id, &server.spec.name, capability);
    entry.decided(judgement.decision, judgement.reasons);
    if judgement.decision == Decision::Deny {
        return Err(unknown().into());
    }
    relay::subscription(hub, admitted, &server, &own, running).await
}

async fn level(hub: &Arc<Hub>, admitted: &Admitted, id: &RequestId) -> Bytes {
    let Admitted { caller, session, message } = admitted;
    let logs =
        |server: &&Arc<ServerEntry>| view::features(hub, session, server).is_none_or(|features| features.logging);
    let offered = match own_server(caller, session) {
        Ok(server) => logs(&server),
        Err(refusal) if !session.is_aggregate() => return refusal.error(id.raw()),
        Err(_) => view::servers(caller).any(|server| logs(&server)),
    };
    if !offered {
        return Refusal::not_offered("logging").error(id.raw());
    }
    match relay::set_level(hub, session, message).await {
        Ok(()) => write::result(id.raw(), "{}"),
        Err(refusal) => refusal.error(id.raw()),
    }
}

/// A method that nobody here knows goes on where one server is shown as it is, and nowhere else.
async fn passed(hub: &Arc<Hub>, admitted: &Admitted, running: &Running, entry: &mut Entry) -> Result<Bytes, Stop> {
    let Admitted { caller, session, message } = admitted;
    let method = message.method().map_or("", Method::as_str);
    if session.is_aggregate() {
        return Err(Refusal::no_method(method).into());
    }
    let server = own_server(caller, session)?;
    // A method without a known object reaches all of the server, so only a grant of all of it will do.
    let all = caller
        .agent
        .grants
        .iter()
        .any(|grant| grant.server == server.spec.name && grant.scope == peta_model::Scope::All);
    if !all {
        return Err(Refusal::no_method(method).into());
    }
    entry.decided(Decision::Allow, vec![server.spec.name.to_string()]);
    let answer = relay::pass(hub, admitted, server, running).await?;
    Ok(answer.splice_id(message.id().map_or("null", RequestId::raw)).finish())
}

/// Brings a notification or an answer where it belongs.
pub(crate) async fn told(hub: &Arc<Hub>, caller: &Caller, session: &Arc<Session>, message: &Message) {
    if message.kind() == Kind::Response {
        return reverse::answered(hub, session, message).await;
    }
    match message.method().map(Method::as_str) {
        Some(Method::INITIALIZED) => {
            session.initialized();
            if session.state().digests.is_empty() {
                note_lists(hub, caller, session);
            }
            hold::start_eager(hub, caller, session);
        }
        Some(Method::CANCELLED) => cancelled(hub, session, message),
        Some(Method::PROGRESS) => reverse::progressed(hub, session, message).await,
        Some(Method::TASK_STATUS) => {
            if !hosted::told(hub, session, message).await {
                hub.counters.dropped_notifications.fetch_add(1, Ordering::Relaxed);
            }
        }
        _ => relay::notified(hub, session, message).await,
    }
}

/// What the lists look like now is what a later change is measured by.
pub(crate) fn note_lists(hub: &Hub, caller: &Caller, session: &Session) {
    List::ALL.into_iter().for_each(|list| note_list(hub, caller, session, list));
}

fn note_list(hub: &Hub, caller: &Caller, session: &Session, list: List) {
    let parts = effective::parts(hub, caller, session);
    let seen = effective::fingerprint(&parts, caller, list);
    session.state().digests.insert(list.word(), seen);
}

fn cancelled(hub: &Hub, session: &Session, message: &Message) {
    // The payload may name no request (2025-11-25 made it optional): then there is nothing to cancel.
    let Some(id) = message.params().and_then(|params| params.get("requestId")) else { return };
    let Ok(id) = RequestId::read(id, &hub.config.limits) else { return };
    let running = session.state().running.get(&id).cloned();
    if let Some(running) = running {
        running.cancel(Cancel::Agent(message.clone()));
    }
}
