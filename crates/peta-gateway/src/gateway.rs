//! The gateway as the binary sees it: built, serving, drained.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, atomic::Ordering},
    time::Duration,
};

use http::{Request, Response};
use hyper::body::Incoming;
use peta_model::Code;
use peta_runtime::Runtime;
use peta_store::Store;
use tokio::{sync::mpsc::unbounded_channel, time::Instant};

use crate::{
    alarm::Alarm,
    attend::Attending,
    body::Body,
    clock::Clocks,
    close,
    config::Config,
    custody::Steward,
    handle::Sealer,
    hub::{Counters, Hub, Trace},
    lane::budget::Budget,
    listen::{self, Peer},
    offer::table::Offers,
    random::Random,
    refuse::Refusal,
    session::{Session, audience::Attendant, keep::Keeper, table::Table},
    task::table::Table as Tasks,
    watch,
};

/// The agents' wing. Cheap to clone; it cannot be built without a store, whose snapshot always carries a judge.
#[derive(Clone)]
pub struct Gateway {
    hub: Arc<Hub>,
    /// Kept alive here: audiences hold it weakly.
    _attending: Arc<dyn Attendant>,
}

/// The gateway cannot be built.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the handle key or the source of randomness cannot be used")]
pub struct BuildError;

/// Figures for the metrics page.
#[derive(Debug, Clone, Copy, Default)]
pub struct Gauges {
    pub sessions: usize,
    pub streams: usize,
    pub in_flight: usize,
    pub dropped_notifications: u64,
}

impl Gateway {
    pub fn build(
        config: Config,
        store: Store,
        (runtime, steward): (Runtime, Steward),
        clocks: Clocks,
        random: Random,
        trace: Option<Arc<dyn Trace>>,
    ) -> Result<Self, BuildError> {
        let sealer = Sealer::new(store.handle_key(), random.clone()).ok_or(BuildError)?;
        let run: [u8; 8] = random.bytes().ok_or(BuildError)?;
        let life = u32::from_be_bytes(random.bytes().ok_or(BuildError)?);
        let kept = Budget::of_all(config.replay.total_bytes);
        let tasks = Tasks::new(format!("{:016x}", u64::from_be_bytes(run)), config.tasks.per_agent);
        let keeper = Keeper::start(store.clone(), Arc::clone(&clocks.lives));
        let attending = Arc::new(Attending::default());
        let attendant: Arc<dyn Attendant> = Arc::clone(&attending) as Arc<dyn Attendant>;
        let (signals, heard) = unbounded_channel();
        let hub = Arc::new(Hub {
            config,
            store,
            runtime,
            steward,
            clocks,
            trace,
            random,
            sealer,
            sessions: Table::default(),
            tasks,
            offers: Offers::default(),
            counters: Counters::default(),
            draining: false.into(),
            attendant: Arc::downgrade(&attendant),
            audiences: Mutex::new(HashMap::new()),
            stored: Mutex::new(HashMap::new()),
            signals,
            keeper,
            alarm: Alarm::start(),
            life,
            kept,
        });
        attending.to(&hub);
        watch::start(&hub, heard);
        Ok(Self { hub, _attending: attendant })
    }

    /// Serves one request of an agent; the edge has checked its target, Host and Origin.
    pub async fn serve(&self, request: Request<Incoming>, peer: Peer) -> Response<Body> {
        tracing::trace!(address = %peer.address, "a request of an agent");
        listen::serve(&self.hub, request).await
    }

    /// Takes no new requests, lets running ones end until the deadline, then lets go of every session; their clients may
    /// come back to them after the next start.
    pub async fn drain(&self, within: Duration) {
        self.hub.draining.store(true, Ordering::Relaxed);
        let until = Instant::now() + within;
        while Instant::now() < until && self.gauges().in_flight > 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let sessions = self.hub.sessions.all();
        sessions.iter().for_each(|session| self.hub.keeper.note(session));
        self.hub.keeper.flush().await;
        for session in sessions {
            cut_short(&session);
            close::leave(&self.hub, &session).await;
        }
    }

    /// Brings what is only counted yet on record: secrets that servers sent back. For when no server says anything more.
    pub async fn tell_the_rest(&self) {
        self.hub.steward.tell_echoes(true).await;
    }

    pub fn gauges(&self) -> Gauges {
        let mut gauges = Gauges {
            dropped_notifications: self.hub.counters.dropped_notifications.load(Ordering::Relaxed)
                + self.hub.kept.lost(),
            ..Gauges::default()
        };
        for session in self.hub.sessions.all() {
            let state = session.state();
            gauges.sessions += 1;
            gauges.streams += usize::from(state.listener.as_ref().is_some_and(crate::lane::Lane::is_read));
            gauges.in_flight += state.running.len();
        }
        gauges
    }
}

/// What still runs at the end of draining is answered: the agent must not believe that nothing happened.
fn cut_short(session: &Session) {
    let running: Vec<_> = session.state().running.iter().map(|(id, run)| (id.clone(), Arc::clone(run))).collect();
    for (id, running) in running {
        let text = "Core is shutting down; whether the call took effect is unknown";
        running.lane.answer_instead(Refusal::failure(Code::OUTCOME_UNKNOWN, text).error(id.raw()));
    }
}
