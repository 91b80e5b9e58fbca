//! What servers tell on their own account, on its way to the right agents: changes, updates, log messages, the end of a
//! URL elicitation. What belongs to nobody is dropped and counted, never sent to all.

use std::sync::{Arc, atomic::Ordering};

use bytes::Bytes;
use peta_mcp::{Message, Method, Splice, Value, write};

use crate::{
    catalog::{names, rewrite},
    hub::{Hub, Signal},
    level::{LEVELS, severity},
    session::{Session, audience::Audience},
    task::{
        kept::Kept,
        rewrite::{self as task, Belongs},
        status::{self, Call},
    },
};

/// Brings a server's notification to whom it is for; `call` is the call it came with.
pub(crate) fn told(hub: &Hub, audience: &Audience, call: Option<Call>, message: &Message) {
    match message.method().map(Method::as_str) {
        Some(Method::TOOLS_CHANGED | Method::PROMPTS_CHANGED | Method::RESOURCES_CHANGED) => {
            hub.signal(Signal::Lists(audience.server));
            hub.signal(Signal::Learn(audience.server));
        }
        Some(Method::RESOURCE_UPDATED) => updated(hub, audience, message),
        Some(Method::LOG_MESSAGE) => logged(hub, audience, call, message),
        Some(Method::ELICITATION_COMPLETE) => completed(hub, audience, message),
        Some(Method::TASK_STATUS) => {
            if !status::told(hub, audience, call.as_ref(), message) {
                dropped(hub);
            }
        }
        // Progress of a call that is over, or that nobody asked for: strict clients end the connection on it.
        Some(Method::PROGRESS) => {
            if progressed(hub, audience, call.as_ref(), message).is_none() {
                dropped(hub);
            }
        }
        None => dropped(hub),
        Some(_) => unknown(hub, audience, call, message),
    }
}

pub(crate) fn dropped(hub: &Hub) {
    hub.counters.dropped_notifications.fetch_add(1, Ordering::Relaxed);
}

/// Progress of a task, after the call that began it was answered.
fn progressed(hub: &Hub, audience: &Audience, call: Option<&Call>, message: &Message) -> Option<()> {
    let params = message.params()?;
    let (token, value) = (params.get("progressToken")?, params.get("progress")?.as_f64()?);
    let progress = hub.tasks.tracks.progressed(&audience.key, token.as_u64()?, value)?;
    // The token means something in the session that gave it, and in no other: strict clients end the connection on one
    // that they do not know.
    let session = hub.sessions.get(progress.session)?;
    let mut splice = Splice::new(message.text());
    splice.replace(token.range(), progress.token);
    let kept = progress.task.and_then(|task| hub.tasks.find(&task));
    if let Some(kept) = &kept {
        task::to_caller(kept, Some(params), &mut splice);
    }
    let text = splice.finish();
    let mine = call.filter(|(of, _)| of.number == session.number);
    if mine.is_some_and(|(_, lane)| lane.tell(text.clone())) || session.is_listening() && session.tell(text.clone()) {
        return Some(());
    }
    let waiting = kept.and_then(|kept| audience.waits_for(&kept.own)).filter(|(_, of, _)| *of == session.number);
    (waiting.is_some_and(|(_, _, lane)| lane.tell(text.clone())) || session.tell(text)).then_some(())
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

fn logged(hub: &Hub, audience: &Audience, call: Option<Call>, message: &Message) {
    let level = message.params().and_then(|params| params.get("level")).and_then(Value::as_str);
    let severe = level.as_deref().and_then(severity).unwrap_or(LEVELS.len());
    let task = match task::belongs(hub, &audience.key, message, |_| false) {
        Belongs::To(kept) => Some(kept),
        Belongs::Nowhere => None,
        Belongs::Unknown => return dropped(hub),
    };
    let (sessions, lane) = match (call, &task) {
        (Some((session, lane)), task) if task.as_ref().is_none_or(|kept| kept.caller == session.agent) => {
            (vec![session], Some(lane))
        }
        // What belongs to a task is for its caller alone, whoever else shares the instance.
        (_, Some(kept)) => (status::session(hub, kept).into_iter().collect(), None),
        (_, None) => (hub.holders(audience), None),
    };
    for session in sessions {
        let least = session.state().level.as_deref().and_then(severity).unwrap_or(0);
        if severe < least {
            continue;
        }
        let text = with_logger(&session, audience, task.as_deref(), message);
        match (&lane, &task) {
            (Some(lane), _) => lane.tell(text),
            (None, Some(kept)) => status::deliver(hub, audience, kept, None, text),
            (None, None) => tell_anyhow(audience, &session, text),
        };
    }
}

/// On the aggregate the agent is told which server logs.
fn with_logger(session: &Session, audience: &Audience, task: Option<&Kept>, message: &Message) -> Bytes {
    let mut splice = Splice::new(message.text());
    if let Some(kept) = task {
        task::to_caller(kept, message.params(), &mut splice);
    }
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

/// On the session's own stream; while nobody reads that, on the one of its oldest call in flight here.
fn tell_anyhow(audience: &Audience, session: &Arc<Session>, text: Bytes) -> bool {
    let call = if session.is_listening() { None } else { audience.oldest_call(session.number) };
    call.is_some_and(|(_, lane)| lane.tell(text.clone())) || session.tell(text)
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
fn unknown(hub: &Hub, audience: &Audience, call: Option<Call>, message: &Message) {
    match task::belongs(hub, &audience.key, message, |_| false) {
        Belongs::Nowhere => {}
        Belongs::Unknown => return dropped(hub),
        Belongs::To(kept) => {
            let to = status::session(hub, &kept);
            let mut splice = Splice::new(message.text());
            task::to_caller(&kept, message.params(), &mut splice);
            let here = to.is_some_and(|session| !session.is_aggregate());
            if !here || !status::deliver(hub, audience, &kept, call.as_ref(), splice.finish()) {
                dropped(hub);
            }
            return;
        }
    }
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
