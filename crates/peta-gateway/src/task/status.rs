//! What servers tell of tasks on their own account, on its way to whoever the task belongs to: the session that made it,
//! or, if that has ended or does not listen, the one of its caller that does and was used last.

use std::sync::Arc;

use bytes::Bytes;
use peta_mcp::{Message, Splice, Value};
use peta_model::{CapabilityKind, CapabilityRef, Decision};

use super::{kept::Kept, rewrite};
use crate::{
    hub::Hub,
    lane::Lane,
    session::{Endpoint, Session, audience::Audience},
};

/// The call that a message came with: its session, and its way back.
pub(crate) type Call = (Arc<Session>, Lane);

/// The session that hears of a task now.
pub(crate) fn session(hub: &Hub, kept: &Kept) -> Option<Arc<Session>> {
    if !may_use(hub, kept) {
        return None;
    }
    let maker = hub.sessions.get(kept.session);
    let hears_now =
        |maker: &Arc<Session>| maker.is_listening() || kept.held.audience.oldest_call(maker.number).is_some();
    if maker.as_ref().is_some_and(hears_now) {
        return maker;
    }
    let hears = |session: &Arc<Session>| {
        let here = match &session.endpoint {
            Endpoint::Aggregate => true,
            Endpoint::Server(slug) => *slug == kept.held.slug,
        };
        session.agent == kept.caller && here && session.state().initialized
    };
    let used = |session: &Arc<Session>| (session.is_listening(), session.state().used);
    let newest = hub.sessions.all().into_iter().filter(hears).max_by_key(used);
    // A session that was left without a word is still there for a while; whoever listens hears more of it.
    newest.filter(|newest| maker.is_none() || newest.is_listening()).or(maker)
}

/// Whether the caller may still use the tool, at the newest snapshot.
fn may_use(hub: &Hub, kept: &Kept) -> bool {
    let capability = CapabilityRef { kind: CapabilityKind::Tool, name: &kept.tool };
    hub.store.snapshot().policy.judge(kept.caller, &kept.held.slug, capability).decision == Decision::Allow
}

/// `notifications/tasks/status`; false if it is of nobody's task.
pub(crate) fn told(hub: &Hub, audience: &Audience, call: Option<&Call>, message: &Message) -> bool {
    let params = message.params();
    let own = params.and_then(|params| params.get("taskId")).and_then(Value::as_str);
    let kept = own.and_then(|own| hub.tasks.called(&audience.key, &own));
    let (Some(params), Some(kept)) = (params, kept) else { return false };
    let mut splice = Splice::new(message.text());
    rewrite::object(params, &kept.token, hub.config.tasks.ttl_most.duration(), &mut splice);
    rewrite::to_caller(&kept, Some(params), &mut splice);
    deliver(hub, audience, &kept, call, splice.finish())
}

/// Brings what belongs to a task to its caller: on the stream that it came for, else on the session's own, else on that
/// of a request that waits for the task's result.
pub(crate) fn deliver(hub: &Hub, audience: &Audience, kept: &Kept, call: Option<&Call>, text: Bytes) -> bool {
    let Some(session) = session(hub, kept) else { return false };
    // A server that several callers share may say it on the stream of another's call.
    let mine = call.filter(|(session, _)| session.agent == kept.caller);
    if mine.is_some_and(|(_, lane)| lane.tell(text.clone())) || session.is_listening() && session.tell(text.clone()) {
        return true;
    }
    audience.waits_for(&kept.own).is_some_and(|(_, _, lane)| lane.tell(text.clone())) || session.tell(text)
}
