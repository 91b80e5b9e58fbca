//! What everything about credentials works with: the store, the vault, a clock, and what is known of each server.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use peta_model::ServerId;
use peta_runtime::Preparing;
use peta_store::Store;
use peta_vault::safe::Safe;

use super::{challenge::Refused, connections::Connections, echoes::Echoes, live::Live, proven::Remembered};
use crate::clock::Clock;

pub(super) struct Desk {
    pub(super) store: Store,
    pub(super) safe: Safe,
    /// The clock on the wall.
    pub(super) day: Clock,
    pub(super) connections: Arc<dyn Connections>,
    pub(super) proven: Remembered,
    pub(super) refused: Refused,
    pub(super) echoes: Mutex<Echoes>,
    live: Mutex<HashMap<ServerId, Arc<Live>>>,
}

impl Desk {
    pub(super) fn new(store: Store, safe: Safe, day: Clock, connections: Arc<dyn Connections>) -> Self {
        Self {
            store,
            safe,
            day,
            connections,
            proven: Remembered::default(),
            refused: Refused::default(),
            echoes: Mutex::default(),
            live: Mutex::default(),
        }
    }

    pub(super) fn live(&self, server: ServerId) -> Arc<Live> {
        Arc::clone(self.live.lock().unwrap_or_else(PoisonError::into_inner).entry(server).or_default())
    }

    /// What this server was handed, if all of it is known.
    pub(super) fn known(&self, server: ServerId) -> Option<Arc<Live>> {
        Some(self.live(server)).filter(|live| live.is_complete(self.revision(server)))
    }

    fn revision(&self, server: ServerId) -> u64 {
        self.store.snapshot().credential_places(server).map_or(0, |credentials| credentials.revision)
    }

    /// What must be done before this server may be handed anything, if there is something.
    pub(super) fn prepare<'a>(&'a self, server: ServerId, live: &'a Arc<Live>) -> Option<Preparing<'a>> {
        let now = (self.day)();
        let (store, safe) = (&self.store, &self.safe);
        if !live.is_complete(self.revision(server)) {
            return Some(Box::pin(async move { live.complete((store, safe), server, now).await }));
        }
        if live.is_stale(now) {
            let (live, store, safe) = (Arc::clone(live), store.clone(), safe.clone());
            tokio::spawn(async move { live.renew((&store, &safe), server, now).await });
        }
        None
    }
}
