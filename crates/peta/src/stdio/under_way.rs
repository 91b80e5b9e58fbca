//! Requests on their way: whether Core has them, and whether the agent called them off.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use peta_mcp::RequestId;
use tokio::sync::watch;

/// How long a cancellation waits for the request that it cancels to have reached Core.
const BEFORE_CANCEL: Duration = Duration::from_secs(1);

#[derive(Debug, Default)]
pub(super) struct UnderWay(Arc<Mutex<HashMap<RequestId, Arc<State>>>>);

/// One request's passage, until it is over.
#[derive(Debug)]
pub(super) struct Passage {
    id: RequestId,
    state: Arc<State>,
    all: Arc<Mutex<HashMap<RequestId, Arc<State>>>>,
}

#[derive(Debug)]
struct State {
    there: watch::Sender<bool>,
    cancelled: AtomicBool,
}

impl UnderWay {
    pub(super) fn begin(&self, id: RequestId) -> Passage {
        let state = Arc::new(State { there: watch::Sender::new(false), cancelled: AtomicBool::new(false) });
        lock(&self.0).insert(id.clone(), Arc::clone(&state));
        Passage { id, state, all: Arc::clone(&self.0) }
    }

    /// Notes that the agent called a request off, and waits until Core has it: a cancellation must not overtake it.
    pub(super) async fn cancel(&self, id: &RequestId) {
        let Some(state) = lock(&self.0).get(id).cloned() else { return };
        state.cancelled.store(true, Ordering::Release);
        let mut there = state.there.subscribe();
        _ = tokio::time::timeout(BEFORE_CANCEL, there.wait_for(|there| *there)).await;
    }
}

impl Passage {
    pub(super) const fn id(&self) -> &RequestId {
        &self.id
    }

    /// Core has it.
    pub(super) fn arrived(&self) {
        self.state.there.send_replace(true);
    }

    pub(super) fn is_cancelled(&self) -> bool {
        self.state.cancelled.load(Ordering::Acquire)
    }
}

impl Drop for Passage {
    fn drop(&mut self) {
        self.state.there.send_replace(true);
        lock(&self.all).remove(&self.id);
    }
}

fn lock(all: &Mutex<HashMap<RequestId, Arc<State>>>) -> std::sync::MutexGuard<'_, HashMap<RequestId, Arc<State>>> {
    all.lock().unwrap_or_else(PoisonError::into_inner)
}
