//! Ending a session: everything in flight is called off, open questions are refused to the servers, instances are
//! given back. For good, or only until its client comes back to the next run of Core.

use std::{sync::Arc, time::Duration};

use peta_model::Outcome;
use tokio::sync::oneshot;

use crate::{
    hold,
    hub::Hub,
    reverse,
    session::{Session, asked::Asked, held::Held},
};

/// How long the calls of a session that its client ends may take to call off what their servers do.
const CALLING_OFF: Duration = Duration::from_millis(500);

/// Ends a session for good; what is kept of it is forgotten soon.
pub(crate) async fn close(hub: &Arc<Hub>, session: &Arc<Session>) {
    drop(end(hub, session, Duration::ZERO).await);
}

/// Ends a session for good, and tells whether that will hold after a restart too.
pub(crate) async fn close_for_good(hub: &Arc<Hub>, session: &Arc<Session>) -> bool {
    end(hub, session, CALLING_OFF).await.await.unwrap_or(false)
}

async fn end(hub: &Arc<Hub>, session: &Arc<Session>, patience: Duration) -> oneshot::Receiver<bool> {
    hub.keeper.ending(session);
    let left = take_out(hub, session);
    // Only now: what has ended is not written again.
    let ended = hub.keeper.end(session);
    clear(hub, session, left, patience).await;
    ended
}

/// Lets go of a session without forgetting it.
pub(crate) async fn leave(hub: &Arc<Hub>, session: &Arc<Session>) {
    let left = take_out(hub, session);
    clear(hub, session, left, Duration::ZERO).await;
}

/// What a session leaves behind.
type Left = (Vec<Arc<Held>>, Vec<Asked>);

fn take_out(hub: &Hub, session: &Session) -> Option<Left> {
    hub.sessions.remove(session).then(|| session.end())
}

/// Its calls have so long to tell their servers before these are let go.
async fn clear(hub: &Arc<Hub>, session: &Arc<Session>, left: Option<Left>, patience: Duration) {
    let Some((held, asked)) = left else { return };
    for asked in asked {
        reverse::give_up(hub, asked, Outcome::Cancelled).await;
    }
    session.until_quiet(patience).await;
    hold::give_back(hub, session, held);
}
