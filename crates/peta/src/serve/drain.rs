//! The end of Core: no new connections, no new requests, time for what runs, then the children, then the store.

use std::time::Duration;

use peta_model::{Code, LogName};
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::{house::House, senses};
use crate::fault::Fault;

/// How long answers that are finished may take to go out.
const LAST_BYTES: Duration = Duration::from_secs(2);

/// How long the store may take to close when nobody wants to wait.
const AT_ONCE: Duration = Duration::from_millis(500);

/// SIGTERM and SIGINT; and SIGXFSZ, which only must not end Core: where a limit of the system lets a file grow no more, the
/// write fails as on a full disk.
pub(super) struct Signals {
    term: Signal,
    int: Signal,
    _file_limit: Signal,
}

impl Signals {
    pub(super) fn listen() -> Result<Self, Fault> {
        let listen = || {
            let file_limit = SignalKind::from_raw(rustix::process::Signal::XFSZ.as_raw());
            let (term, int) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
            Ok(Self { term, int, _file_limit: signal(file_limit)? })
        };
        listen().map_err(|error: std::io::Error| {
            Fault::new(Code::STORE_FAILED, format!("signals cannot be received: {error}"), "")
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.term.recv() => {}
            _ = self.int.recv() => {}
        }
    }
}

/// Waits for a signal, then ends everything in order; a second signal ends it at once.
pub(super) async fn run(mut house: House, mut signals: Signals, within: Duration) {
    signals.next().await;
    tracing::info!(seconds = within.as_secs(), "draining: running calls may end, a second signal ends at once");
    house.standing.draining();
    house.listeners.stop_accepting();
    let at_once = tokio::select! {
        () = gently(&house, within) => false,
        () = signals.next() => true,
    };
    tracing::info!(at_once, "Core ends");
    house.listeners.cut();
    house.place.clear();
    house.witnesses.close().await;
    // What is on record now goes out as far as its receivers take it; the rest does after the next start.
    house.outlet.close(if at_once { AT_ONCE } else { LAST_BYTES }).await;
    // Children die with us: each launcher watches a pipe that ends now.
    // After a second signal whatever the store still has to write gets a moment; the next start clears up the rest.
    let moment = if at_once { AT_ONCE } else { Duration::MAX };
    let ending = async {
        house.gateway.tell_the_rest().await;
        if let Err(error) = house.store.tell_stop() {
            tracing::warn!(%error, "that Core stops is not recorded");
        }
        for log in [LogName::Default, LogName::System] {
            // What goes wrong is told there; the checkpoint of a minute ago is there.
            _ = house.store.keep_apart(log, senses::now()).await;
        }
        house.store.close(senses::now()).await;
    };
    _ = tokio::time::timeout(moment, ending).await;
    house.tracing.stop().await;
}

async fn gently(house: &House, within: Duration) {
    {
        let mut answered = std::pin::pin!(house.gateway.drain(within + LAST_BYTES));
        tokio::select! {
            () = &mut answered => {}
            () = tokio::time::sleep(within) => {
                // With their servers gone the last calls fail, so that each still gets an answer.
                tokio::join!(answered, house.runtime.shutdown(Duration::ZERO));
            }
        }
    }
    house.listeners.close();
    let last_bytes = tokio::time::timeout(LAST_BYTES, house.listeners.closed());
    let (_, ()) = tokio::join!(last_bytes, house.runtime.shutdown(Duration::ZERO));
}
