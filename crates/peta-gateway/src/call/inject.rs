//! Inject: what the call carries becomes a ticket, against which it is lent when the request is written, and not before.

use std::sync::Arc;

use super::{approve::Cleared, connect, record::Intended, resolve::Resolved};
use crate::{custody::Loans, hub::Hub, stop::Stop, work::rare};

/// A request ready to leave: cleared, and its intent in the record.
pub struct Armed {
    resolved: Resolved,
    /// For what the record says that it carries, and nothing else, be that nothing.
    ticket: Arc<Loans>,
}

impl Armed {
    pub(in crate::call) fn into_parts(self) -> (Resolved, Arc<Loans>) {
        (self.resolved, self.ticket)
    }
}

pub async fn inject(hub: &Arc<Hub>, cleared: Cleared, intended: Intended) -> Result<Armed, Stop> {
    let resolved = cleared.into_resolved();
    let chosen = match intended.into_choice() {
        Ok(chosen) => chosen,
        Err(why) => return Err(rare(connect::needed(hub, &resolved, why)).await.into()),
    };
    Ok(Armed { resolved, ticket: hub.steward.ticket(chosen) })
}
