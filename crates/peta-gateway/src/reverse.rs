//! Reverse requests: what a server asks back (roots, sampling, elicitation), brought to the agent whose call it is
//! about, and only if that agent declared that it can be asked. Judged and recorded like any call.

mod addressee;

use std::sync::Arc;

use bytes::Bytes;
use peta_audit::Ending;
use peta_mcp::{Message, Method, RequestId, Splice, Value, write};
use peta_model::{Code, Decision, EventKind, Outcome};
use peta_runtime::{Instance, InstanceKey};
use tokio::time::Instant;

use crate::{
    admit::Caller,
    catalog::rewrite,
    entry::Entry,
    guess,
    hub::Hub,
    lane::Lane,
    refuse::{Refusal, rpc},
    route::{Route, route},
    session::{Session, asked::Asked, audience::Audience},
    task::{
        hosted,
        rewrite::{self as rewrite_task, Belongs},
    },
};
use addressee::{addressee, can_answer, told_features};

/// Questions of servers that may wait for one session at a time.
const MOST: usize = 64;

/// A server asks; the answer goes back to it, or a refusal.
pub(crate) async fn asked(
    hub: &Arc<Hub>,
    audience: Arc<Audience>,
    instance: Arc<Instance>,
    about: Option<u64>,
    message: Message,
) {
    let Some(id) = message.id().cloned() else { return };
    if let Err(refusal) = ask(hub, &audience, &instance, about, &message, id.clone()).await {
        let _ = instance.tell(refusal.error(id.raw())).await;
    }
}

async fn ask(
    hub: &Arc<Hub>,
    audience: &Arc<Audience>,
    instance: &Arc<Instance>,
    about: Option<u64>,
    message: &Message,
    id: RequestId,
) -> Result<(), Refusal> {
    let (session, call) = addressee(hub, audience, instance, about, message).ok_or_else(|| {
        if hosted::named(message).is_some() {
            return Refusal::no_task();
        }
        let method = message.method().map_or("", Method::as_str);
        Refusal::new(Code::REVERSE_REFUSED, rpc::METHOD_NOT_FOUND, format!("No agent here can be asked {method}"))
    })?;
    can_answer(message, told_features(instance, &session))?;
    session.until_initialized(hub.config.calls.idle.duration()).await?;
    let receipt = record(hub, audience, &session, message).await?;
    let exchange = call.as_ref().map(|(exchange, _)| *exchange);
    let now = Instant::now();
    let asked = Asked {
        instance: Arc::clone(instance),
        audience: Arc::clone(audience),
        id,
        exchange,
        token: message.params().and_then(|p| p.at(&["_meta", "progressToken"])).map(|token| token.raw().to_owned()),
        receipt,
        method: message.method().cloned().unwrap_or(Method::Known("")),
        for_task: hosted::asks_for_one(message),
        since: now,
        until: hosted::patience(&session, instance.key(), message, hub.config.calls.reverse.duration()),
    };
    let own = match session.keep_asked(asked, MOST) {
        Ok(own) => own,
        Err(asked) => {
            end(hub, *asked, Outcome::Refused, Some(Code::OVER_LIMIT), 0).await;
            return Err(Refusal::new(Code::OVER_LIMIT, rpc::INTERNAL, "Too many questions wait for this agent"));
        }
    };
    audience.note_asking(exchange, true);
    audience.note_asked(session.number);
    let text = outgoing(hub, &session, audience, message, &own);
    if !deliver(&session, call.map(|(_, lane)| lane), text) {
        if let Some(asked) = session.take_asked(&own) {
            end(hub, asked, Outcome::Refused, Some(Code::REVERSE_REFUSED), 0).await;
        }
        return Err(Refusal::new(Code::REVERSE_REFUSED, rpc::METHOD_NOT_FOUND, "This request cannot carry a question"));
    }
    Ok(())
}

async fn record(
    hub: &Hub,
    audience: &Audience,
    session: &Session,
    message: &Message,
) -> Result<peta_store::Receipt, Refusal> {
    let gone = || Refusal::new(Code::REVERSE_REFUSED, rpc::METHOD_NOT_FOUND, "The agent is gone");
    let snapshot = hub.store.snapshot();
    let agent = snapshot.agent(&session.agent).cloned().ok_or_else(gone)?;
    let caller = Caller { agent, token: None, snapshot };
    let of_task = message.method().is_some_and(|method| route(method) == Route::Task);
    let kind = if of_task { EventKind::Task } else { EventKind::Reverse };
    let mut entry = Entry::open(hub, kind, &caller, session, message);
    entry.of(&audience.slug);
    entry.names(message.method().map_or("", Method::as_str));
    let judgement = caller.snapshot.policy.judge_server(caller.agent.id, &audience.slug);
    entry.decided(judgement.decision, judgement.reasons);
    if judgement.decision == Decision::Deny {
        let refusal = gone();
        entry.end(hub, Outcome::Refused, Some(refusal.code), 0).await?;
        return Err(refusal);
    }
    entry.intend(hub).await?;
    entry.into_receipt().ok_or_else(gone)
}

/// The question as the agent reads it.
fn outgoing(hub: &Hub, session: &Session, audience: &Audience, message: &Message, own: &RequestId) -> Bytes {
    let mut splice = message.splice_id(own.raw());
    let Some(params) = message.params() else { return splice.finish() };
    if let Some(token) = params.at(&["_meta", "progressToken"]) {
        splice.replace(token.range(), own.raw().to_owned());
    }
    if let Belongs::To(kept) = rewrite_task::belongs(hub, &audience.key, message, |_| false) {
        rewrite_task::to_caller(&kept, Some(params), &mut splice);
    }
    match message.method().map(Method::as_str) {
        Some(Method::ELICITATION) => {
            rewrite::elicitation_id(session, audience, params, &mut splice);
            if session.is_aggregate() {
                name_the_server(audience, params, &mut splice);
            }
        }
        Some(Method::SAMPLING) => narrow_context(session, params, &mut splice),
        _ => {}
    }
    splice.finish()
}

/// On the aggregate the agent only knows Peta, so the message says which server asks (EL2).
fn name_the_server(audience: &Audience, params: Value<'_>, splice: &mut Splice<'_>) {
    let Some(value) = params.get("message") else { return };
    if let Some(text) = value.as_str() {
        splice.replace(value.range(), write::string(&format!("[{}] {text}", audience.slug)));
    }
}

/// `includeContext` would bring other servers' context into this one's on the aggregate, and may not be sent to an
/// agent that never declared it (SA1).
fn narrow_context(session: &Session, params: Value<'_>, splice: &mut Splice<'_>) {
    let Some(value) = params.get("includeContext") else { return };
    if session.is_aggregate() || !session.features().sampling_context {
        splice.replace(value.range(), "\"none\"");
    }
}

/// On the stream of the call it came with; else on the session's own; else it waits for one.
fn deliver(session: &Session, lane: Option<Lane>, text: Bytes) -> bool {
    let only_json = lane.as_ref().is_some_and(Lane::only_json);
    if lane.is_some_and(|lane| lane.ask(text.clone())) {
        return true;
    }
    session.ask_or_keep(text, !only_json)
}

/// The agent answers. An answer that nobody waits for is late, not wrong.
pub(crate) async fn answered(hub: &Hub, session: &Session, message: &Message) {
    let Some(asked) = message.id().and_then(|id| session.take_asked(id)) else { return };
    let server = asked.instance.key().server;
    if let Err(refusal) = guess::none(hub, session.agent, server, message.bytes()).await {
        return refuse(hub, asked, Outcome::Refused, refusal).await;
    }
    let mut splice = message.splice_id(asked.id.raw());
    hosted::answered(hub, session, message.id().map_or("", RequestId::raw), &asked, message, &mut splice);
    let text = peta_mcp::compact(splice.finish());
    let size = text.len();
    let sent = asked.instance.tell(text).await;
    asked.audience.note_asking(asked.exchange, false);
    let (outcome, code) = match (&sent, message.error().is_some()) {
        (Err(error), _) => (Outcome::Failed, Some(error.code)),
        (Ok(()), true) => (Outcome::Error, None),
        (Ok(()), false) => (Outcome::Ok, None),
    };
    end(hub, asked, outcome, code, size).await;
}

/// The agent reports progress of what it was asked.
pub(crate) async fn progressed(hub: &Hub, session: &Session, message: &Message) {
    let Some(value) = message.params().and_then(|params| params.get("progressToken")) else { return };
    let Some((instance, token)) = session.asked_by_token(value.raw()) else { return };
    if guess::none(hub, session.agent, instance.key().server, message.bytes()).await.is_err() {
        return;
    }
    let mut splice = Splice::new(message.text());
    splice.replace(value.range(), token);
    let _ = instance.tell(peta_mcp::compact(splice.finish())).await;
}

/// A server takes its question back.
pub(crate) async fn taken_back(hub: &Hub, audience: &Audience, message: &Message) {
    let Some(id) = message.params().and_then(|params| params.get("requestId")) else { return };
    for session in hub.askable(audience) {
        if let Some((own, asked)) = session.take_asked_where(|asked| asked.id.raw() == id.raw()) {
            let mut splice = Splice::new(message.text());
            splice.replace(id.range(), own.raw().to_owned());
            session.tell(splice.finish());
            end(hub, asked, Outcome::Cancelled, Some(Code::CALL_CANCELLED), 0).await;
            return;
        }
    }
}

/// The line to the server broke: nobody waits for these answers any more.
pub(crate) async fn lost(hub: &Hub, session: &Session, key: &InstanceKey) {
    while let Some((own, asked)) = session.take_asked_where(|asked| asked.is_of(key)) {
        let params = format!(r#"{{"requestId":{},"reason":"the server went away"}}"#, own.raw());
        session.tell(write::notification(Method::CANCELLED, Some(&params)));
        end(hub, asked, Outcome::Failed, Some(Code::SERVER_LOST), 0).await;
    }
}

/// Questions that were never answered are refused to the server, and called off with the agent.
pub(crate) async fn expire(hub: &Hub, session: &Session, now: Instant) {
    while let Some((own, asked)) = session.take_asked_where(|asked| asked.until <= now) {
        let params = format!(r#"{{"requestId":{},"reason":"not answered in time"}}"#, own.raw());
        session.tell(write::notification(Method::CANCELLED, Some(&params)));
        give_up(hub, asked, Outcome::Timeout).await;
    }
}

/// The session ended: its open questions are refused to the servers.
pub(crate) async fn give_up(hub: &Hub, asked: Asked, outcome: Outcome) {
    let refusal = Refusal::new(Code::REVERSE_REFUSED, rpc::INTERNAL, "The agent did not answer");
    refuse(hub, asked, outcome, refusal).await;
}

async fn refuse(hub: &Hub, asked: Asked, outcome: Outcome, refusal: Refusal) {
    let _ = asked.instance.tell(refusal.error(asked.id.raw())).await;
    asked.audience.note_asking(asked.exchange, false);
    end(hub, asked, outcome, Some(refusal.code), 0).await;
}

async fn end(hub: &Hub, asked: Asked, outcome: Outcome, code: Option<Code>, bytes: usize) {
    let duration_us = u64::try_from(asked.since.elapsed().as_micros()).unwrap_or(u64::MAX);
    let ending = Ending { code, duration_us, response_bytes: bytes as u64, ..Ending::of(outcome) };
    if hub.store.recorder().outcome(asked.receipt, ending).await.is_err() {
        tracing::error!("the end of a reverse request could not be recorded");
    }
}
