//! Ending a session: everything in flight is called off, open questions are refused to the servers, instances are
//! given back.

use std::sync::Arc;

use peta_model::Outcome;

use crate::{hold, hub::Hub, reverse, session::Session};

pub(crate) async fn close(hub: &Arc<Hub>, session: &Arc<Session>) {
    if !hub.sessions.remove(session) {
        return;
    }
    let (held, asked) = session.end();
    for asked in asked {
        reverse::give_up(hub, asked, Outcome::Cancelled).await;
    }
    hold::give_back(hub, session, held);
}
