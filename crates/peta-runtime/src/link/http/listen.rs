//! The stream for what a server says of itself (GET): kept open while the line is, picked up where it was cut. Servers
//! that have none answer 405, which is fine.

use std::{sync::Arc, time::Duration};

use super::wire::Wire;
use crate::{
    description::Description,
    link::{
        south::is_events,
        stream::{Events, Place, is_message},
    },
};

/// The longest wait before a stream that fails is asked for again.
const MOST: Duration = Duration::from_secs(60);

/// What is done when the server turns out to have forgotten its session, of which this is the number.
pub(super) type Forgotten = fn(Arc<Wire>, u64);

/// How long an opening waits for the stream to be there: what a server asks before that, it may throw away.
const AT_FIRST: Duration = Duration::from_millis(500);

/// Starts to listen, if there is anything to hear; returns when the stream is open, or the server takes its time.
pub(super) async fn start(wire: &Arc<Wire>, to: &Description, forgotten: Forgotten) {
    if !wire.wiring.greeting.wants_to_listen(to) {
        return;
    }
    let (answered, open) = tokio::sync::oneshot::channel();
    let listening = tokio::spawn(listen(Arc::clone(wire), forgotten, answered));
    wire.listens(Some(listening.abort_handle()));
    let _ = tokio::time::timeout(AT_FIRST, open).await;
}

async fn listen(wire: Arc<Wire>, forgotten: Forgotten, answered: tokio::sync::oneshot::Sender<()>) {
    let mut answered = Some(answered);
    let session = wire.session();
    let limit = wire.wiring.ground.config.limits.bytes;
    let (mut place, mut failed, mut heard) = (Place::default(), 0_u32, false);
    loop {
        let response = wire.get(&session, place.last.as_deref()).await;
        // Whatever the answer is, nobody has to wait for it any longer.
        drop(answered.take());
        match response {
            Ok(response) if response.status().is_client_error() => {
                // Where a stream was open before, the server was started anew: what was subscribed to is lost there,
                // and nobody may call for long.
                if heard && session.id.is_some() && matches!(response.status().as_u16(), 400 | 404) {
                    forgotten(wire, session.number);
                }
                return;
            }
            Ok(response) if response.status().is_success() && is_events(&response) => {
                (failed, heard) = (0, true);
                if !hear(&wire, Events::new(response.into_body(), limit), &mut place).await {
                    return;
                }
            }
            Ok(response) if response.status().is_success() => return,
            Ok(_) | Err(_) => failed += 1,
        }
        tokio::time::sleep(place.retry().saturating_mul(1 << failed.min(8)).min(MOST.max(place.retry()))).await;
    }
}

/// Hears a stream to its end; false if the server sends what cannot be read.
async fn hear(wire: &Wire, mut events: Events, place: &mut Place) -> bool {
    loop {
        match events.next(place).await {
            Ok(Some(event)) if is_message(&event) => {
                if wire.hear(None, event.data).await.is_err() && wire.wiring.inbox.garbage_is_too_much() {
                    return false;
                }
            }
            Ok(Some(_)) => {}
            Ok(None) => return true,
            Err(_) => return false,
        }
    }
}
