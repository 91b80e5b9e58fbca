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

/// Starts to listen, if there is anything to hear.
pub(super) fn start(wire: &Arc<Wire>, to: &Description) {
    if !wire.wiring.greeting.wants_to_listen(to) {
        return;
    }
    let listening = tokio::spawn(listen(Arc::clone(wire)));
    wire.listens(Some(listening.abort_handle()));
}

async fn listen(wire: Arc<Wire>) {
    let session = wire.session();
    let limit = wire.wiring.ground.config.limits.bytes;
    let (mut place, mut failed) = (Place::default(), 0_u32);
    loop {
        match wire.get(&session, place.last.as_deref()).await {
            Ok(response) if response.status().is_client_error() => return,
            Ok(response) if response.status().is_success() && is_events(&response) => {
                failed = 0;
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
