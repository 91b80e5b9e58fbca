//! Sweeping: callers that were revoked are cut off at once, holds on servers that were withdrawn are let go, questions
//! that nobody answered end, and sessions that nobody uses give back what they hold.

use std::{sync::Arc, time::Duration};

use peta_mcp::RequestId;
use peta_model::{Code, Moment};
use tokio::time::Instant;

use crate::{
    admit, close, hold,
    hub::Hub,
    refuse::{Refusal, rpc},
    reverse,
    session::{
        Session,
        held::Held,
        running::{Cancel, Running},
    },
};

/// The last use of a session is known after a restart to this.
const SAVE_EVERY: Duration = Duration::from_secs(60);
/// Seconds between looks for sessions to be forgotten, and until the first.
const FORGET_EVERY: u64 = 3_600;
const FORGET_FIRST: u64 = 30;

/// Ends sessions of revoked agents, and what was opened with a token that holds no more.
pub(super) async fn revoked(hub: &Arc<Hub>) {
    let snapshot = hub.store.snapshot();
    for session in hub.sessions.all() {
        let agent_holds = snapshot.agent(&session.agent).is_some_and(|agent| agent.revoked.is_none());
        let open: Vec<(RequestId, Arc<Running>)> =
            session.state().running.iter().map(|(id, running)| (id.clone(), Arc::clone(running))).collect();
        for (id, running) in open {
            if !agent_holds || !admit::still_holds(hub, &snapshot, &session, running.lane.token()) {
                let refusal = Refusal::new(Code::TOKEN_EXPIRED, rpc::INVALID_REQUEST, "The token was revoked");
                running.lane.answer_instead(refusal.error(id.raw()));
                running.cancel(Cancel::Ended);
                running.lane.cut();
            }
        }
        let listener = session.state().listener.clone();
        if let Some(lane) = listener.filter(|lane| !admit::still_holds(hub, &snapshot, &session, lane.token())) {
            lane.cut();
            session.state().listener = None;
        }
        if !agent_holds {
            close::close(hub, &session).await;
        }
    }
}

/// Lets go of servers that were disabled, removed, or set up otherwise, or that this agent may no longer use.
pub(super) fn withdrawn(hub: &Arc<Hub>) {
    let snapshot = hub.store.snapshot();
    hub.tasks.forget_where(|kept| {
        let caller = snapshot.agent(&kept.caller).is_some_and(|agent| agent.revoked.is_none());
        !caller || !snapshot.policy.sees(kept.caller, &kept.held.slug)
    });
    for session in hub.sessions.all() {
        let gone: Vec<_> = {
            let mut state = session.state();
            let stays = |held: &Held| {
                snapshot.policy.sees(session.agent, &held.slug)
                    && snapshot.server(held.slug.as_str()).is_some_and(|server| {
                        server.id == held.server && !server.disabled && Arc::ptr_eq(&server.spec, &held.spec)
                    })
            };
            let gone: Vec<_> = state.held.values().filter(|held| !stays(held)).cloned().collect();
            for held in &gone {
                state.held.remove(&held.server);
            }
            gone
        };
        // The runtime withdraws a server itself, and gives what runs its grace; a lost grant ends at once.
        let stays = |held: &Arc<Held>| {
            snapshot.server(held.slug.as_str()).is_some_and(|server| server.id == held.server && !server.disabled)
        };
        let (lost, withdrawn): (Vec<_>, Vec<_>) = gone.into_iter().partition(stays);
        for held in withdrawn {
            hold::let_go(hub, &session, &held);
        }
        hold::give_back(hub, &session, lost);
    }
}

/// Ends questions that nobody answered, and what nobody has used for long.
pub(super) async fn unused(hub: &Arc<Hub>) {
    let now = Instant::now();
    let every = SAVE_EVERY.min(hub.config.sessions.kept.duration() / 10);
    for key in hub.tasks.sweep(now) {
        hold::release(hub, &key);
    }
    for session in hub.sessions.all() {
        reverse::expire(hub, &session, now).await;
        session.expire_streams(now, hub.config.replay.age.duration());
        if session.is_to_be_saved(now, every) {
            hub.keeper.note(&session);
        }
        let Some(idle) = idle_for(&session, now) else { continue };
        if idle >= hub.config.sessions.kept.duration() {
            close::close(hub, &session).await;
        } else if idle >= hub.config.sessions.idle.duration() {
            let held = std::mem::take(&mut session.state().held).into_values().collect();
            hold::give_back(hub, &session, held);
        }
    }
}

/// Forgets, now and then, what is kept of sessions that nobody comes back to.
#[derive(Default)]
pub(super) struct Forgetting(u64);

impl Forgetting {
    /// Called each second; the first time soon after the start, but not in its way.
    pub(super) fn work(&mut self, hub: &Arc<Hub>) {
        self.0 += 1;
        if self.0 % FORGET_EVERY != FORGET_FIRST {
            return;
        }
        let hub = Arc::clone(hub);
        tokio::spawn(async move {
            let most = i64::try_from(hub.config.sessions.kept.as_millis()).unwrap_or(i64::MAX).saturating_mul(1_000);
            let since = Moment::from_micros(hub.lives().micros().saturating_sub(most));
            match hub.store.forget_sessions(since, hub.config.sessions.per_agent).await {
                Ok(0) => {}
                Ok(forgotten) => tracing::info!(forgotten, "sessions that nobody came back to are forgotten"),
                Err(error) => tracing::warn!(%error, "old sessions could not be forgotten"),
            }
        });
    }
}

/// How long a session has had neither a request nor a stream.
fn idle_for(session: &Session, now: Instant) -> Option<Duration> {
    let state = session.state();
    let busy = !state.running.is_empty() || state.listener.as_ref().is_some_and(crate::lane::Lane::is_read);
    if busy { None } else { state.used.map(|used| now.saturating_duration_since(used)) }
}
