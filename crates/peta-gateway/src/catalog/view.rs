//! A server's lists as one session sees them: those of its own instance once that was asked, else what is stored.

use std::sync::Arc;

use peta_mcp::ServerFeatures;
use peta_store::ServerEntry;

use super::listing::Shared;
use crate::{admit::Caller, hub::Hub, session::Session};

/// The lists, if anything is known of them.
pub(crate) fn view(hub: &Hub, session: &Session, server: &ServerEntry) -> Option<Shared> {
    let own = session.state().held.get(&server.id).cloned();
    let own = own.filter(|held| Arc::ptr_eq(&held.spec, &server.spec)).and_then(|held| held.own());
    own.or_else(|| hub.stored(server))
}

/// What the server declares, if that is known.
pub(crate) fn features(hub: &Hub, session: &Session, server: &ServerEntry) -> Option<ServerFeatures> {
    let held = session.state().held.get(&server.id).cloned();
    let opened = held.and_then(|held| held.instance.description()).map(|description| description.features);
    opened.or_else(|| hub.stored(server).map(|catalogue| catalogue.features))
}

/// The servers that this caller may use, in order of name; those switched off are not there.
pub(crate) fn servers(caller: &Caller) -> impl Iterator<Item = &Arc<ServerEntry>> {
    let may = |server: &&Arc<ServerEntry>| {
        !server.disabled && caller.snapshot.policy.sees(caller.agent.id, &server.spec.name)
    };
    caller.snapshot.servers().filter(may)
}
