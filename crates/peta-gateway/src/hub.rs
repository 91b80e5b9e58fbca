//! What all parts of the gateway share: settings, the store, the runtime, the sessions, and who listens to which
//! instance. It knows nothing of the line that is built on it.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError, Weak,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use peta_mcp::{ServerFeatures, Value};
use peta_model::{Moment, ServerId, ServerSpec};
use peta_runtime::{InstanceKey, Runtime};
use peta_store::{ServerEntry, Store};
use tokio::sync::mpsc::UnboundedSender;

use crate::{
    alarm::Alarm,
    catalog::listing::{Catalogue, List, Shared},
    clock::Clocks,
    config::Config,
    custody::Steward,
    handle::Sealer,
    lane::{Bounds, budget::Budget},
    offer::table::Offers,
    random::Random,
    session::{
        Session,
        audience::{Attendant, Audience},
        keep::Keeper,
        table::Table,
    },
    task::table::Table as Tasks,
};

/// Traces, if tracing is on; brought along by the binary. Places in a trace are written as in W3C Trace Context.
pub trait Trace: Send + Sync {
    /// Where the current trace goes on.
    fn goes_on(&self) -> Option<String>;
    /// Ties a span of ours to the agent's own trace.
    fn link(&self, span: &tracing::Span, agents: &str);
}

/// Something that may change what sessions see; the watcher looks into it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Signal {
    /// An instance may list otherwise than before.
    Lists(ServerId),
    /// A server says that its lists changed: what is stored of it is learnt anew.
    Learn(ServerId),
    /// A server broke, or came back.
    Health,
}

/// Counts for the metrics page.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) dropped_notifications: AtomicU64,
}

pub struct Hub {
    pub(crate) config: Config,
    pub(crate) store: Store,
    pub(crate) runtime: Runtime,
    pub(crate) steward: Steward,
    pub(crate) clocks: Clocks,
    pub(crate) trace: Option<Arc<dyn Trace>>,
    pub(crate) random: Random,
    pub(crate) sealer: Sealer,
    pub(crate) sessions: Table,
    pub(crate) tasks: Tasks,
    pub(crate) offers: Offers,
    pub(crate) counters: Counters,
    pub(crate) draining: AtomicBool,
    pub(crate) attendant: Weak<dyn Attendant>,
    pub(crate) audiences: Mutex<HashMap<InstanceKey, Arc<Audience>>>,
    pub(crate) stored: Mutex<HashMap<ServerId, Stored>>,
    pub(crate) signals: UnboundedSender<Signal>,
    pub(crate) keeper: Keeper,
    /// When answers that have not come leave as streams.
    pub(crate) alarm: Alarm,
    /// Tells this run of Core from others, in the ids of streams.
    pub(crate) life: u32,
    /// What all streams together keep for their clients to come back to.
    pub(crate) kept: Arc<Budget>,
}

/// A stored catalogue, read once.
pub(crate) struct Stored {
    revision: u64,
    catalogue: Shared,
}

impl Hub {
    pub(crate) fn now(&self) -> Moment {
        (self.clocks.day)()
    }

    /// By this a token's life ends.
    pub(crate) fn lives(&self) -> Moment {
        (self.clocks.lives)()
    }

    pub(crate) fn traceparent(&self) -> Option<String> {
        self.trace.as_ref().and_then(|trace| trace.goes_on())
    }

    pub(crate) fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed)
    }

    pub(crate) fn signal(&self, signal: Signal) {
        // Nobody reads any more once the gateway is being taken down.
        let _ = self.signals.send(signal);
    }

    /// How much one stream may keep.
    pub(crate) fn bounds(&self) -> Bounds {
        let replay = &self.config.replay;
        Bounds { bytes: replay.stream_bytes, events: replay.stream_events }
    }

    /// The audience of an instance, joined by this session.
    pub(crate) fn audience(&self, key: &InstanceKey, spec: &ServerSpec, session: u128) -> Arc<Audience> {
        let mut audiences = self.audiences.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || Audience::new(self.attendant.clone(), key.clone(), spec.name.clone());
        let audience = audiences.entry(key.clone()).or_insert_with(new);
        audience.join(session);
        Arc::clone(audience)
    }

    /// The sessions that hold an instance, the newest last.
    pub(crate) fn holders(&self, audience: &Audience) -> Vec<Arc<Session>> {
        audience.holders().into_iter().filter_map(|number| self.sessions.get(number)).collect()
    }

    /// The sessions that the instance may have asked something.
    pub(crate) fn askable(&self, audience: &Audience) -> Vec<Arc<Session>> {
        audience.askable().into_iter().filter_map(|number| self.sessions.get(number)).collect()
    }

    pub(crate) fn forget_audience(&self, key: &InstanceKey) {
        self.audiences.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
    }

    /// What is stored of a server's lists, if it was ever learnt.
    pub(crate) fn stored(&self, server: &ServerEntry) -> Option<Shared> {
        let learnt = server.learnt.as_ref()?;
        let mut stored = self.stored.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = stored.get(&server.id).filter(|known| known.revision == learnt.revision) {
            return Some(Arc::clone(&known.catalogue));
        }
        let features = declared(&learnt.description).unwrap_or_default();
        let page = |page: &peta_store::Page| {
            let list = List::ALL.into_iter().find(|list| list.word() == page.list)?;
            Some((list, page.cursor.clone(), page.answer.clone().into()))
        };
        let catalogue = Arc::new(Catalogue::read(features, learnt.pages.iter().filter_map(page)));
        stored.insert(server.id, Stored { revision: learnt.revision, catalogue: Arc::clone(&catalogue) });
        Some(catalogue)
    }
}

/// The features that a server's description (its `InitializeResult`) declares.
pub(crate) fn declared(description: &str) -> Option<ServerFeatures> {
    let result = Value::of(description).ok()?;
    result.get("capabilities").map(ServerFeatures::parse)
}
