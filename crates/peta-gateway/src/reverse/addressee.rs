//! Whom a server's question is for, and whether that agent can be asked it.

use std::sync::Arc;

use peta_mcp::{ClientFeatures, Message, Method, Value};
use peta_model::{Code, HttpMode, Transport};
use peta_runtime::{Holder, Instance};

use crate::{
    hub::Hub,
    lane::Lane,
    refuse::{Refusal, rpc},
    session::{Session, audience::Audience},
    task::{
        hosted,
        rewrite::{self, Belongs},
        status,
    },
};

/// A session, and the call of it (exchange and lane) that a question came with.
pub(super) type Addressee = (Arc<Session>, Option<(u64, Lane)>);

/// What this server was told of the agent: where several agents share an instance, nothing.
pub(super) fn told_features(instance: &Instance, session: &Session) -> ClientFeatures {
    if instance.key().holder == Holder::Everyone { ClientFeatures::default() } else { session.features() }
}

/// Whom a question is for: the session and lane of the call it came with; of a task that an agent hosts, the session that
/// hosts it; of a task that the server runs, whoever waits for its result, or else its caller. On a channel without
/// streams of its own, the newest session that holds the instance and can be asked this (with an instance of its own, the
/// only one), and its oldest call in flight.
pub(super) fn addressee(
    hub: &Hub,
    audience: &Audience,
    instance: &Instance,
    about: Option<u64>,
    message: &Message,
) -> Option<Addressee> {
    let id = hosted::named(message);
    let hosts = |session: &Arc<Session>| id.is_none_or(|id| hosted::hosts(session, &audience.key, id));
    if let Some(exchange) = about {
        let (number, lane) = audience.call(exchange)?;
        let session = hub.sessions.get(number).filter(hosts)?;
        return Some((session, Some((exchange, lane))));
    }
    let able = |session: &Arc<Session>| hosts(session) && can_answer(message, session.features()).is_ok();
    let hosted_here = |id: &str| hub.holders(audience).iter().any(|session| hosted::hosts(session, &audience.key, id));
    let session = match rewrite::belongs(hub, &audience.key, message, hosted_here) {
        Belongs::Unknown => return None,
        Belongs::Nowhere => hub.holders(audience).into_iter().rev().find(able)?,
        Belongs::To(kept) => match audience.waits_for(&kept.own) {
            Some((exchange, number, lane)) => return Some((hub.sessions.get(number)?, Some((exchange, lane)))),
            None => status::session(hub, &kept)?,
        },
    };
    let no_call_meant = has_streams(instance) && session.is_listening();
    let call = if no_call_meant { None } else { audience.oldest_call(session.number) };
    Some((session, call))
}

/// Whether this server's transport keeps what belongs to a call apart from what does not.
fn has_streams(instance: &Instance) -> bool {
    matches!(instance.spec().transport, Transport::Http { mode: HttpMode::Http | HttpMode::Auto, .. })
}

/// Whether an agent that declared these features can be asked this; what it lacks is refused, never tried.
pub(super) fn can_answer(message: &Message, features: ClientFeatures) -> Result<(), Refusal> {
    let params = message.params();
    let lacks = |what: &str| {
        Err(Refusal::new(Code::REVERSE_REFUSED, rpc::METHOD_NOT_FOUND, format!("The agent did not declare {what}")))
    };
    let wrong = |what: &str| {
        Err(Refusal::new(Code::REVERSE_REFUSED, rpc::INVALID_PARAMS, format!("The agent did not declare {what}")))
    };
    match message.method().map(Method::as_str) {
        Some(Method::ROOTS_LIST) if !features.roots => lacks("roots"),
        Some(Method::SAMPLING) if !features.sampling => lacks("sampling"),
        Some(Method::SAMPLING) => {
            let has = |name| params.is_some_and(|params| params.get(name).is_some());
            if (has("tools") || has("toolChoice")) && !features.sampling_tools {
                wrong("sampling.tools")
            } else {
                Ok(())
            }
        }
        Some(Method::ELICITATION) => {
            let mode = params.and_then(|params| params.get("mode")).and_then(Value::as_str);
            match mode.as_deref().unwrap_or("form") {
                _ if !features.elicitation_form && !features.elicitation_url => lacks("elicitation"),
                "form" if !features.elicitation_form => wrong("elicitation.form"),
                "url" if !features.elicitation_url => wrong("elicitation.url"),
                "form" | "url" => Ok(()),
                _ => wrong("that elicitation mode"),
            }
        }
        Some(Method::ROOTS_LIST) => Ok(()),
        Some(Method::TASKS_GET | Method::TASKS_RESULT) if !features.tasks => lacks("tasks"),
        Some(Method::TASKS_CANCEL) if !features.tasks_cancel => lacks("tasks.cancel"),
        Some(Method::TASKS_LIST) if !features.tasks_list => lacks("tasks.list"),
        Some(Method::TASKS_GET | Method::TASKS_RESULT | Method::TASKS_CANCEL | Method::TASKS_LIST) => Ok(()),
        other => Err(Refusal::no_method(other.unwrap_or_default())),
    }
}
