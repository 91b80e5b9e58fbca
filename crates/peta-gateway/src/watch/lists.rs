//! Which sessions see other lists than when they were last told, and telling them: each once, by what it may see, not
//! by what a server shouted (protocol.md 4.9).

use std::{collections::HashSet, sync::Arc};

use crate::{
    admit::Caller,
    catalog::{effective, listing::List},
    hold,
    hub::{Hub, Signal},
    session::Session,
};

/// A server says that its lists changed: instances that were asked before are asked again, first.
pub(super) async fn changed(hub: &Arc<Hub>, signals: &HashSet<Signal>) {
    for signal in signals {
        let Signal::Learn(server) = signal else { continue };
        for session in hub.sessions.all() {
            let held = session.state().held.get(server).cloned();
            let Some(held) = held.filter(|held| held.own().is_some()) else { continue };
            let Some(description) = held.instance.description() else { continue };
            let hub = Arc::clone(hub);
            tokio::spawn(async move {
                if let Ok(own) = hold::listed(&held, description.features).await {
                    held.set_own(Some(own));
                    hub.signal(Signal::Lists(held.server));
                }
            });
        }
    }
}

/// Compares every session's lists with what it was last told.
pub(super) fn tell_changes(hub: &Arc<Hub>) {
    let snapshot = hub.store.snapshot();
    for session in hub.sessions.all().into_iter().filter(|session| session.state().initialized) {
        let Some(agent) = snapshot.agent(&session.agent).cloned() else { continue };
        tell(hub, &session, &Caller { agent, token: None, snapshot: Arc::clone(&snapshot) });
    }
}

/// Compares one session's lists with what it was last told.
pub(super) fn tell(hub: &Hub, session: &Session, caller: &Caller) {
    let parts = effective::parts(hub, caller, session);
    let mut methods = HashSet::new();
    for list in List::ALL {
        let now = effective::fingerprint(&parts, caller, list);
        let before = {
            let mut state = session.state();
            let before = state.digests.insert(list.word(), now);
            state.unsaved |= before != Some(now);
            before
        };
        if before.is_some_and(|before| before != now) && declared(session, &parts, list) {
            methods.insert(list.changed());
        }
    }
    for method in methods {
        session.tell_changed(method);
    }
}

/// The aggregate always declares `listChanged`; a server's own endpoint only if the server does.
fn declared(session: &Session, parts: &[effective::Part], list: List) -> bool {
    session.is_aggregate()
        || parts.iter().any(|part| match list {
            List::Tools => part.lists.features.tools_list_changed,
            List::Prompts => part.lists.features.prompts_list_changed,
            List::Resources | List::Templates => part.lists.features.resources_list_changed,
        })
}
