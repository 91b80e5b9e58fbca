//! Watching what changes while sessions are open: revoked callers are cut off, lists that look otherwise are told,
//! broken servers are tried again, what nobody uses is given back. One task, woken by the store's feed, by signals of
//! the gateway, and by a clock.

mod lists;
mod mend;
mod sweep;

use std::{collections::HashSet, sync::Arc, time::Duration};

use tokio::{
    sync::mpsc::UnboundedReceiver,
    time::{MissedTickBehavior, interval},
};

use crate::{
    admit::Caller,
    hub::{Hub, Signal},
    session::Session,
};
use mend::Mending;
use sweep::Forgetting;

/// How long signals are gathered before they are acted on: a burst of changes is told once.
const GATHER: Duration = Duration::from_millis(150);

pub(crate) fn start(hub: &Arc<Hub>, signals: UnboundedReceiver<Signal>) {
    let hub = Arc::downgrade(hub);
    tokio::spawn(async move {
        let mut signals = signals;
        let Some(mut changes) = hub.upgrade().map(|hub| hub.store.changes()) else { return };
        let mut mending = Mending::default();
        let mut forgetting = Forgetting::default();
        let mut tick = interval(Duration::from_secs(1));
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let woken = tokio::select! {
                _ = changes.next() => Woken::Store,
                signal = signals.recv() => match signal {
                    Some(signal) => Woken::Signal(signal),
                    None => return,
                },
                _ = tick.tick() => Woken::Clock,
            };
            let Some(hub) = hub.upgrade() else { return };
            match woken {
                Woken::Store => {
                    sweep::revoked(&hub).await;
                    sweep::withdrawn(&hub);
                    lists::tell_changes(&hub);
                    tell_done(&hub).await;
                }
                Woken::Signal(first) => {
                    let gathered = gather(first, &mut signals).await;
                    lists::changed(&hub, &gathered).await;
                    mending.learn_anew(&gathered);
                    mending.look(&hub);
                    lists::tell_changes(&hub);
                }
                Woken::Clock => {
                    sweep::revoked(&hub).await;
                    sweep::unused(&hub).await;
                    forgetting.work(&hub);
                    hub.steward.tell_echoes(false).await;
                    if mending.look(&hub) {
                        lists::tell_changes(&hub);
                    }
                    mending.work(&hub);
                }
            }
        }
    });
}

/// Compares one session's lists with what it was last told, be it by an earlier run of Core.
pub(crate) fn tell_changes_of(hub: &Hub, session: &Session, caller: &Caller) {
    lists::tell(hub, session, caller);
}

/// People who were given links may have opened them, and be done.
async fn tell_done(hub: &Hub) {
    let links = hub.offers.links();
    if links.is_empty() {
        return;
    }
    match hub.store.links_done(links.clone()).await {
        Ok(found) => hub.offers.told(&links, (&found.done, &found.open), |number| hub.sessions.get(number)),
        Err(error) => tracing::warn!(%error, "it cannot be seen who has connected"),
    }
}

enum Woken {
    Store,
    Signal(Signal),
    Clock,
}

async fn gather(first: Signal, signals: &mut UnboundedReceiver<Signal>) -> HashSet<Signal> {
    let mut gathered = HashSet::from([first]);
    let more = async {
        while let Some(signal) = signals.recv().await {
            gathered.insert(signal);
        }
    };
    // Running out of time is how gathering ends.
    let _ = tokio::time::timeout(GATHER, more).await;
    gathered
}
