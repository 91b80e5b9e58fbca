//! A session of an earlier run of Core whose client comes back. It is read once, at its first request, and is from then
//! on a session like any other: its servers are opened when they are needed, with what its agent declared.

use std::sync::Arc;

use peta_mcp::{ClientFeatures, Value, Version};
use peta_model::Moment;
use peta_store::KeptSession;
use tokio::time::Instant;

use super::{deliver, missing::Missing};
use crate::{
    admit::Caller,
    catalog::{listing::List, view},
    hold,
    hub::Hub,
    initialize, lane, offer,
    session::{Endpoint, Hello, Session, keep},
    stop::Stop,
    watch,
};

/// The session of that id, if it is kept and is this caller's, at this endpoint: all else is unknown, and looks alike.
pub(super) async fn revive(
    hub: &Arc<Hub>,
    caller: &Caller,
    endpoint: &Endpoint,
    id: &str,
) -> Result<Arc<Session>, Missing> {
    let number = u128::from_str_radix(id, 16).map_err(|_| Missing::Unknown)?;
    let _alone = hub.keeper.alone(number).await;
    if hub.sessions.get(number).is_some() {
        return hub.sessions.find(id, caller.agent.id, endpoint).ok_or(Missing::Unknown);
    }
    // Looked at before the row is: what is not ending here, and has a row, has not ended.
    if hub.keeper.is_ending(number) {
        return Err(Missing::Unknown);
    }
    let kept = kept(hub, number).await?.filter(|kept| belongs(kept, caller, endpoint)).ok_or(Missing::Unknown)?;
    let session = again(number, kept, endpoint).filter(|session| session.id == id).ok_or(Missing::Unknown)?;
    if !hub.sessions.add(&session, hub.config.sessions.per_agent) {
        return Err(Missing::NoRoom);
    }
    wait_for_its_listener(hub, caller, &session);
    watch::tell_changes_of(hub, &session, caller);
    hold::start_eager(hub, caller, &session);
    open_subscribed(hub, caller, &session);
    Ok(session)
}

/// Clients open the session's own stream again in their own time; what is said until then waits for them.
fn wait_for_its_listener(hub: &Hub, caller: &Caller, session: &Session) {
    let (lane, mut end) = lane::open(hub.bounds(), true, caller.token);
    deliver::keep(hub, session, &mut end, &[], None, Vec::new());
    session.listen(lane);
}

async fn kept(hub: &Hub, number: u128) -> Result<Option<KeptSession>, Missing> {
    let most = i64::try_from(hub.config.sessions.kept.as_millis()).unwrap_or(i64::MAX).saturating_mul(1_000);
    let since = Moment::from_micros(hub.lives().micros().saturating_sub(most));
    hub.store.session(&keep::hash(number), since).await.map_err(|error| {
        tracing::error!(%error, "a session could not be read");
        Missing::Unreadable
    })
}

fn belongs(kept: &KeptSession, caller: &Caller, endpoint: &Endpoint) -> bool {
    let at = match endpoint {
        Endpoint::Aggregate => None,
        Endpoint::Server(slug) => Some(slug),
    };
    kept.agent == caller.agent.id && kept.server.as_ref() == at
}

/// The session as it was; none if it was written in words that this version does not know.
fn again(number: u128, kept: KeptSession, endpoint: &Endpoint) -> Option<Arc<Session>> {
    let version: Version = kept.version.parse().ok()?;
    let capabilities = Value::of(&kept.hello).ok().and_then(|params| params.get("capabilities"));
    let features = capabilities.filter(|it| it.is_object()).map(ClientFeatures::parse).unwrap_or_default();
    let session = Session::new(number, endpoint.clone(), kept.agent, false);
    let client = Value::of(&kept.hello).ok().and_then(initialize::client);
    session.greet(Hello { version, params: kept.hello, features, client });
    {
        let mut state = session.state();
        // Whoever comes back after a restart has long said so.
        state.initialized = true;
        state.level = kept.level;
        state.subscriptions = kept.subscriptions.into_iter().collect();
        let seen = |list: List| kept.seen.iter().find(|(word, _)| word == list.word()).map(|(_, digest)| *digest);
        state.digests = List::ALL.into_iter().filter_map(|list| Some((list.word(), seen(list)?))).collect();
        state.used = Some(Instant::now());
        // It is in use again, which its row does not say yet: without that the row would grow too old under it.
        state.saved = state.used;
        state.unsaved = true;
    }
    Some(Arc::new(session))
}

/// Opens the servers at which the agent has subscriptions, for without a line they have nothing to tell it by.
fn open_subscribed(hub: &Arc<Hub>, caller: &Caller, session: &Arc<Session>) {
    let subscribed = |server: peta_model::ServerId| session.state().subscriptions.iter().any(|(at, _)| *at == server);
    for server in view::servers(caller).filter(|server| subscribed(server.id)) {
        let (hub, session, server) = (Arc::clone(hub), Arc::clone(session), Arc::clone(server));
        tokio::spawn(async move {
            let opened = offer::ready(&hub, &session, (session.agent, &server)).await;
            if let Some(refusal) = opened.err().and_then(Stop::into_refusal) {
                tracing::warn!(server = %server.spec.name, code = %refusal.code, "subscriptions cannot be made again");
            }
        });
    }
}

#[cfg(test)]
mod tests;
