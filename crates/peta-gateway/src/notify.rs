//! What servers tell on their own account, on its way to the right agents: changes, updates, log messages, the end of a
//! URL elicitation. What belongs to nobody is dropped and counted, never sent to all.

use std::sync::{Arc, atomic::Ordering};

use bytes::Bytes;
use peta_mcp::{Message, Method, Splice, Value, write};

use crate::{
    catalog::{names, rewrite},
    hub::{Hub, Signal},
    lane::Lane,
    level::{LEVELS, severity},
    session::{Session, audience::Audience},
};

/// Brings a server's notification to whom it is for; `call` is the call it came with.
pub(crate) fn told(hub: &Hub, audience: &Audience, call: Option<(Arc<Session>, Lane)>, message: &Message) {
    match message.method().map(Method::as_str) {
        Some(Method::TOOLS_CHANGED | Method::PROMPTS_CHANGED | Method::RESOURCES_CHANGED) => {
            hub.signal(Signal::Lists(audience.server));
            hub.signal(Signal::Learn(audience.server));
        }
        Some(Method::RESOURCE_UPDATED) => updated(hub, audience, message),
        Some(Method::LOG_MESSAGE) => logged(hub, audience, call, message),
        Some(Method::ELICITATION_COMPLETE) => completed(hub, audience, message),
        // Progress of a call that is over, or that nobody asked for: strict clients end the connection on it.
        Some(Method::PROGRESS) | None => dropped(hub),
        Some(_) => unknown(hub, audience, call, message),
    }
}

fn dropped(hub: &Hub) {
    hub.counters.dropped_notifications.fetch_add(1, Ordering::Relaxed);
}

fn updated(hub: &Hub, audience: &Audience, message: &Message) {
    let Some(value) = message.params().and_then(|params| params.get("uri")) else { return dropped(hub) };
    let Some(uri) = value.as_str() else { return dropped(hub) };
    let subscribers: Vec<_> =
        audience.subscribers(&uri).into_iter().filter_map(|number| hub.sessions.get(number)).collect();
    if subscribers.is_empty() {
        dropped(hub);
    }
    for session in subscribers {
        let mut splice = Splice::new(message.text());
        if rewrite::rewrites(hub, &session) {
            splice.replace(value.range(), write::string(&names::uri_out(&audience.slug, &uri)));
        }
        session.tell(splice.finish());
    }
}

fn logged(hub: &Hub, audience: &Audience, call: Option<(Arc<Session>, Lane)>, message: &Message) {
    let level = message.params().and_then(|params| params.get("level")).and_then(Value::as_str);
    let severe = level.as_deref().and_then(severity).unwrap_or(LEVELS.len());
    let (sessions, lane) = match call {
        Some((session, lane)) => (vec![session], Some(lane)),
        None => (hub.holders(audience), None),
    };
    for session in sessions {
        let least = session.state().level.as_deref().and_then(severity).unwrap_or(0);
        if severe < least {
            continue;
        }
        let text = with_logger(&session, audience, message);
        match &lane {
            Some(lane) => lane.tell(text),
            None => tell_anyhow(audience, &session, text),
        };
    }
}

/// On the aggregate the agent is told which server logs.
fn with_logger(session: &Session, audience: &Audience, message: &Message) -> Bytes {
    let mut splice = Splice::new(message.text());
    if session.is_aggregate()
        && let Some(params) = message.params()
    {
        match params.get("logger").and_then(|logger| Some((logger.range(), logger.as_str()?))) {
            Some((range, logger)) => splice.replace(range, write::string(&format!("{}/{logger}", audience.slug))),
            None => splice.add_member(params, "logger", &write::string(audience.slug.as_str())),
        }
    }
    splice.finish()
}

/// On the session's own stream; without one, on that of its oldest call in flight here.
fn tell_anyhow(audience: &Audience, session: &Arc<Session>, text: Bytes) -> bool {
    session.tell(text.clone()) || audience.oldest_call(session.number).is_some_and(|(_, lane)| lane.tell(text))
}

fn completed(hub: &Hub, audience: &Audience, message: &Message) {
    let Some(value) = message.params().and_then(|params| params.get("elicitationId")) else { return };
    let Some(id) = value.as_str() else { return };
    let Some(session) = audience.take_elicitation(&id).and_then(|number| hub.sessions.get(number)) else { return };
    let mut splice = Splice::new(message.text());
    if session.is_aggregate() {
        splice.replace(value.range(), write::string(&format!("{}:{id}", audience.slug)));
    }
    session.tell_or_keep(splice.finish());
}

/// A notification of no known kind passes where one server is shown as it is, and nowhere else.
fn unknown(hub: &Hub, audience: &Audience, call: Option<(Arc<Session>, Lane)>, message: &Message) {
    match call {
        Some((session, lane)) if !session.is_aggregate() => {
            lane.tell(message.bytes().clone());
        }
        Some(_) => dropped(hub),
        None => {
            for session in hub.holders(audience) {
                if session.is_aggregate() {
                    dropped(hub);
                } else {
                    session.tell(message.bytes().clone());
                }
            }
        }
    }
}
