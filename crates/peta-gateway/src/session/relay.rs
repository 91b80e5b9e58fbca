//! Relaying what is no call: subscriptions, log levels, notifications, and on a server's own endpoint its pages and
//! methods that nobody here knows. None of it carries a credential chosen by a call.

use std::sync::Arc;

use bytes::Bytes;
use peta_mcp::{Message, Method, Value};
use peta_model::Code;
use peta_store::ServerEntry;

use super::{Endpoint, Session, running::Running};
use crate::{
    admit::Admitted,
    carry::{self, Errand},
    catalog::rewrite,
    guess, hold,
    hub::Hub,
    level::LEVELS,
    offer::Shown,
    refuse::{Refusal, rpc},
    stop::Stop,
};

/// Resources of one server that a session may subscribe to.
const SUBSCRIPTIONS: usize = 1_024;

/// Sends a request on to a server's own endpoint as it is; gives the server's answer as the agent reads it.
pub(crate) async fn pass(
    hub: &Arc<Hub>,
    admitted: &Admitted,
    server: &ServerEntry,
    running: &Running,
) -> Result<Message, Stop> {
    let session = &admitted.session;
    let mut shown = Shown::by(hub, session, (admitted.caller.agent.id, server)).await?;
    loop {
        match send(hub, admitted, server, running).await {
            Err(stop) => shown.again(hub, session, stop).await?,
            answered => return answered,
        }
    }
}

async fn send(hub: &Arc<Hub>, admitted: &Admitted, server: &ServerEntry, running: &Running) -> Result<Message, Stop> {
    let held = hold::hold(hub, &admitted.session, server);
    hold::ready(hub, &held).await?;
    carry::carry(hub, &admitted.session, &held, &admitted.message, Errand::at(&held, Vec::new()), running).await
}

/// Subscribes to a resource, or ends that. Where sessions share an instance, only the first and the last are told to
/// the server.
pub(crate) async fn subscription(
    hub: &Arc<Hub>,
    admitted: &Admitted,
    server: &ServerEntry,
    own: &str,
    running: &Running,
) -> Result<Bytes, Stop> {
    let session = &admitted.session;
    let mut shown = Shown::by(hub, session, (admitted.caller.agent.id, server)).await?;
    loop {
        match subscribe(hub, admitted, server, own, running).await {
            Err(stop) if stop.is_challenge() => shown.again(hub, session, stop).await?,
            answered => return answered,
        }
    }
}

async fn subscribe(
    hub: &Arc<Hub>,
    admitted: &Admitted,
    server: &ServerEntry,
    own: &str,
    running: &Running,
) -> Result<Bytes, Stop> {
    let (session, message) = (&admitted.session, &admitted.message);
    let subscribes = message.method().map(Method::as_str) == Some(Method::SUBSCRIBE);
    let held = hold::hold(hub, session, server);
    let description = hold::ready(hub, &held).await?;
    if !description.features.resources_subscribe {
        return Err(Refusal::not_offered("subscriptions").into());
    }
    if subscribes && held.audience.subscriptions(session.number) >= SUBSCRIPTIONS {
        return Err(Refusal::new(Code::OVER_LIMIT, rpc::INTERNAL, "Too many subscriptions of this session").into());
    }
    let id = message.id().map_or("null", |id| id.raw());
    let params = format!(r#"{{"uri":{}}}"#, peta_mcp::write::string(own));
    let tells = if subscribes {
        held.audience.subscribe(own, session.number)
    } else {
        held.audience.unsubscribe(own, session.number)
    };
    if subscribes && session.has_ended() {
        // It ended while the server was made ready: what it left behind would be kept for nobody, and for ever.
        if held.audience.unsubscribe(own, session.number) && !tells {
            hold::unsubscribe_all(&held, vec![own.to_owned()]);
        }
        return Err(Stop::cancelled());
    }
    if !tells {
        note(hub, session, server, own, subscribes).await;
        return Ok(peta_mcp::write::result(id, "{}"));
    }
    let uri = message.params().and_then(|params| params.get("uri")).map(Value::range);
    let edits = uri.map(|range| (range, peta_mcp::write::string(own))).into_iter().collect();
    let answer = carry::carry(hub, session, &held, message, Errand::at(&held, edits), running).await;
    let done = answer.as_ref().is_ok_and(|answer| answer.result().is_some());
    if !subscribes && answer.as_ref().is_err_and(Stop::is_challenge) {
        // The server was not told, so all stands as before: it may be tried once more, by the agent too.
        held.audience.subscribe(own, session.number);
        return Err(answer.err().unwrap_or_else(Stop::cancelled));
    }
    match (subscribes, done) {
        (true, true) => {
            held.instance.keep_subscription(params);
            if !held.audience.is_subscribed(own) {
                hold::unsubscribe_all(&held, vec![own.to_owned()]);
            }
        }
        (true, false) => {
            held.audience.unsubscribe(own, session.number);
        }
        (false, _) => held.instance.drop_subscription(&params),
    }
    if done || !subscribes {
        note(hub, session, server, own, subscribes).await;
    }
    Ok(rewrite::answer(hub, session, &held, message, &answer?)?)
}

/// Notes a subscription, or its end, for whenever the server is opened anew for this session.
async fn note(hub: &Hub, session: &Arc<Session>, server: &ServerEntry, own: &str, subscribes: bool) {
    let of = (server.id, own.to_owned());
    let changed = {
        let mut state = session.state();
        if subscribes { state.subscriptions.insert(of) } else { state.subscriptions.remove(&of) }
    };
    if changed {
        hub.keeper.save(session).await;
    }
}

/// Notes the level of log messages that this session wants, and tells every server it holds.
pub(crate) async fn set_level(hub: &Hub, session: &Arc<Session>, message: &Message) -> Result<(), Refusal> {
    let level = message.params().and_then(|params| params.get("level")).and_then(Value::as_str);
    let level = level.filter(|level| LEVELS.contains(&level.as_ref())).map(|level| level.into_owned());
    let level = level.ok_or_else(|| Refusal::bad_params(format!("`level` must be one of {}", LEVELS.join(", "))))?;
    let held: Vec<_> = {
        let mut state = session.state();
        state.level = Some(level.clone());
        state.held.values().cloned().collect()
    };
    for held in held {
        hold::note_level(&held, session.number, &level);
        hold::tell_level(&held).await;
    }
    hub.keeper.save(session).await;
    Ok(())
}

/// An agent's notification that concerns its servers.
pub(crate) async fn notified(hub: &Hub, session: &Session, message: &Message) {
    let held: Vec<_> = session.state().held.values().cloned().collect();
    let roots = message.method().map(Method::as_str) == Some(Method::ROOTS_CHANGED);
    let passes = match (&session.endpoint, roots) {
        (_, true) => session.features().roots_list_changed,
        (Endpoint::Server(_), false) => true,
        (Endpoint::Aggregate, false) => false,
    };
    if !passes {
        hub.counters.dropped_notifications.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        return;
    }
    for held in held.iter().filter(|held| held.instance.description().is_some()) {
        // Where several agents share, the server was told of no client features, so of those nothing can change.
        let concerns = !roots || held.spec.isolation != peta_model::Isolation::Shared;
        if concerns && guess::none(hub, session.agent, held.server, message.bytes()).await.is_ok() {
            let _ = held.instance.tell(peta_mcp::compact(message.bytes().clone())).await;
        }
    }
}
