//! Where a call cannot be made before a person connects, and what a server's refusal of a token leads to. A challenge of a
//! server's ends here.

use std::sync::Arc;

use http::StatusCode;
use peta_model::CapabilityRef;

use super::resolve::Resolved;
use crate::{
    custody::{Loans, NoChoice},
    hub::Hub,
    offer,
    refuse::Refusal,
    stop::Stop,
};

/// Why a call carries nothing: with a link, if a person can change that.
pub(super) async fn needed(hub: &Arc<Hub>, resolved: &Resolved, why: NoChoice) -> Refusal {
    offer::instead(hub, &resolved.admitted.session, why).await
}

/// After a server refused what a call carried: what it carries when it is sent once more, or why it is not.
pub(super) async fn challenged(
    hub: &Arc<Hub>,
    resolved: &Resolved,
    ticket: &Loans,
    (stop, again): (Stop, bool),
) -> Result<Arc<Loans>, Stop> {
    let Some(entry) = ticket.granted() else { return Err(stop) };
    let challenge = ticket.challenge();
    if challenge.as_ref().is_some_and(|challenge| challenge.status == StatusCode::FORBIDDEN) {
        let headers = challenge.map(|challenge| challenge.headers).unwrap_or_default();
        let session = &resolved.admitted.session;
        return Err(offer::more_scopes(hub, session, &entry, headers).await.map_or(stop, Stop::from));
    }
    let connections = hub.steward.connections();
    if again {
        return Err(match connections.doubt(entry.id, entry.version).await {
            Ok(()) => stop,
            Err(why) => offer::after(hub, &resolved.admitted.session, &entry, why).await.into(),
        });
    }
    match connections.renew(entry.id, entry.version).await {
        Ok(()) => chosen_anew(hub, resolved).await.map_err(Stop::from),
        Err(why) => Err(offer::after(hub, &resolved.admitted.session, &entry, why).await.into()),
    }
}

async fn chosen_anew(hub: &Arc<Hub>, resolved: &Resolved) -> Result<Arc<Loans>, Refusal> {
    let server = resolved.server.as_ref().ok_or_else(|| Refusal::no_tool(&resolved.asked))?;
    let snapshot = hub.store.snapshot();
    let capability = CapabilityRef { kind: resolved.kind, name: &resolved.own };
    match hub.steward.choose(&snapshot, server, resolved.admitted.caller.agent.id, Some(capability)) {
        Ok(chosen) => Ok(hub.steward.ticket(chosen)),
        Err(why) => Err(needed(hub, resolved, why).await),
    }
}
