//! One request and its answer: sent once more if the server had forgotten the session, picked up again where its
//! stream was cut.

use std::sync::Arc;

use bytes::Bytes;
use peta_mcp::compact;
use peta_model::Code;

use super::{
    listen,
    wire::{Judged, NotOpened, Wire, unanswered},
};
use crate::{
    carrier,
    custody::Ticket,
    fault::{Executed, LostWhy},
    inbox::Heard,
    link::{
        south::{Session, is_events},
        stream::Place,
    },
    mailbox::{Said, Working},
};

/// How often in a row a cut stream may fail to be picked up.
const TRIES: u32 = 5;

/// Sends the request and brings its answer to the inbox, or why there is none. (Boxed, for what is replayed to a server
/// that was initialized anew are requests, too.)
pub(super) fn converse(wire: Arc<Wire>, id: u64, message: Bytes, ticket: Option<Arc<dyn Ticket>>) -> Working {
    Box::pin(async move {
        if let Err(why) = whole(&wire, id, message, ticket.as_deref()).await {
            wire.wiring.inbox.end(id, Said::Lost(why));
        }
    })
}

async fn whole(wire: &Arc<Wire>, id: u64, message: Bytes, ticket: Option<&dyn Ticket>) -> Result<(), LostWhy> {
    let message = compact(message);
    let mut session = wire.session();
    let mut judged = ask(wire, id, &session, (message.clone(), ticket)).await?;
    if matches!(judged, Judged::Gone) {
        // Boxed, as all that is rare on this road: else every request would carry the room for it.
        Box::pin(renew(wire, session.number)).await?;
        session = wire.session();
        judged = ask(wire, id, &session, (message, ticket)).await?;
    }
    let response = match judged {
        Judged::Taken(response) => response,
        Judged::Answer(body) => return Box::pin(wire.hear(Some(id), body)).await,
        Judged::Gone => {
            let why = "the server forgets its session at once";
            return Err(LostWhy::new(Code::SERVER_GARBAGE, Executed::No, why));
        }
    };
    let place = wire.receive(id, response, &Place::default()).await?;
    if !wire.wiring.inbox.waits_for(id) {
        return Ok(());
    }
    Box::pin(resume(wire, id, &session, place)).await
}

async fn ask(
    wire: &Wire,
    id: u64,
    session: &Session,
    (message, ticket): (Bytes, Option<&dyn Ticket>),
) -> Result<Judged, LostWhy> {
    match wire.post(session, message, ticket).await {
        Ok(response) => wire.judge(id, session, response).await,
        Err(why) => {
            if why.executed == Executed::No {
                // It does not take connections: what comes next must open it anew. Others that run may still end well.
                wire.wiring.inbox.hear(Heard::Down(why.clone()));
            }
            Err(why)
        }
    }
}

/// While the answer has not come and the stream can be picked up, picks it up after the time the server asked for.
async fn resume(wire: &Wire, id: u64, session: &Session, mut place: Place) -> Result<(), LostWhy> {
    let mut failed = 0;
    while wire.wiring.inbox.waits_for(id) {
        if place.last.is_none() || failed >= TRIES {
            return Err(unanswered());
        }
        tokio::time::sleep(place.retry()).await;
        match wire.get(session, place.last.as_deref()).await {
            Ok(response) if response.status().is_success() && is_events(&response) => {
                failed = 0;
                place = wire.receive(id, response, &place).await?;
            }
            Ok(response) if response.status().is_client_error() => return Err(unanswered()),
            Ok(_) | Err(_) => failed += 1,
        }
    }
    Ok(())
}

/// Initializes the server anew without anybody waiting for it.
pub(super) fn renew_soon(wire: Arc<Wire>, gone: u64) {
    let renewing: Working = Box::pin(async move {
        // Whoever calls next finds out what came of it.
        let _ = renew(&wire, gone).await;
    });
    tokio::spawn(renewing);
}

/// Initializes the server anew, once for all that find their session gone.
async fn renew(wire: &Arc<Wire>, gone: u64) -> Result<(), LostWhy> {
    let closed = || LostWhy::new(Code::SERVER_LOST, Executed::No, "the line to the server is closed");
    let turn = wire.turn.acquire().await.map_err(|_| closed())?;
    if wire.session().number != gone {
        drop(turn);
        wire.retold().await;
        return Ok(());
    }
    match wire.initialize().await.map_err(NotOpened::into_error) {
        Ok(description) => {
            let retelling = wire.retells();
            drop(turn);
            listen::start(wire, &description, renew_soon).await;
            wire.wiring.inbox.hear(Heard::Reopened(Arc::clone(&description)));
            let again = Arc::clone(wire);
            let telling: Working = Box::pin(async move {
                let wiring = &again.wiring;
                let page = wiring.ground.config.times.page;
                carrier::replay(&again, &wiring.inbox, &wiring.greeting, &description, page).await;
                drop(retelling);
            });
            tokio::spawn(telling);
            wire.retold().await;
            Ok(())
        }
        Err(error) => {
            let why = LostWhy::from(error);
            wire.wiring.inbox.lost(why.clone());
            Err(why)
        }
    }
}
