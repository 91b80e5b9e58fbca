//! The tasks that servers run for callers, as far as this run of Core knows them. Sealed ids open without this table; it is
//! here so that an instance is kept while it owes a task, that what a server says of a task finds its way, and that a
//! caller's list shows its own tasks and no other's.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use peta_model::AgentId;
use peta_runtime::InstanceKey;
use tokio::time::Instant;

use super::{kept::Kept, tracks::Tracks};
use crate::session::held::Held;

pub(crate) struct Table {
    /// A name for this run of Core, unlike any other's.
    pub(crate) run: String,
    pub(crate) tracks: Tracks,
    /// Of one caller: so many may be owed, and twice as many known.
    most: usize,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// By sealed id.
    tasks: HashMap<String, Arc<Kept>>,
    /// By instance, and then by the server's own id.
    instances: HashMap<InstanceKey, HashMap<String, Arc<Kept>>>,
    /// By caller, the oldest first.
    callers: HashMap<AgentId, BTreeMap<u64, Arc<Kept>>>,
    /// Instances of sessions that have ended, kept for the tasks they owe; at most until then.
    parked: HashMap<InstanceKey, Instant>,
    made: u64,
}

impl Table {
    pub(crate) fn new(run: String, most: usize) -> Self {
        Self { run, tracks: Tracks::default(), most, state: Mutex::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a task. An older one that has the same id at the same instance is forgotten: the id means this one now. So is
    /// the oldest of a caller that has very many, those first that nobody comes for any more.
    pub(crate) fn add(&self, kept: Kept) -> Arc<Kept> {
        let kept = Arc::new(kept);
        let gone = {
            let mut state = self.state();
            let older = state.instances.get(kept.key()).and_then(|tasks| tasks.get(&kept.own)).cloned();
            let gone: Vec<Arc<Kept>> = older.into_iter().chain(state.surplus(kept.caller, self.most * 2)).collect();
            gone.iter().for_each(|kept| state.remove(kept));
            state.insert(&kept);
            gone
        };
        self.let_rest(&gone);
        self.keep_awake(&kept.held);
        kept
    }

    pub(crate) fn find(&self, token: &str) -> Option<Arc<Kept>> {
        self.state().tasks.get(token).cloned()
    }

    /// The task that an instance calls by this id.
    pub(crate) fn called(&self, key: &InstanceKey, own: &str) -> Option<Arc<Kept>> {
        self.state().instances.get(key)?.get(own).cloned()
    }

    pub(crate) fn of_caller(&self, caller: AgentId) -> Vec<Arc<Kept>> {
        self.state().callers.get(&caller).into_iter().flat_map(BTreeMap::values).cloned().collect()
    }

    /// Whether a caller may have one more task.
    pub(crate) fn has_room(&self, caller: AgentId) -> bool {
        let now = Instant::now();
        let state = self.state();
        let tasks = state.callers.get(&caller);
        tasks.is_none_or(|tasks| tasks.values().filter(|kept| kept.owes(now)).count() < self.most)
    }

    /// The server owes nothing more for this task.
    pub(crate) fn settle(&self, kept: &Kept) {
        kept.settle();
        self.end_progress(kept);
        self.keep_awake(&kept.held);
    }

    pub(crate) fn forget(&self, kept: &Arc<Kept>) {
        self.state().remove(kept);
        self.let_rest(std::slice::from_ref(kept));
    }

    /// Tasks of callers that may no longer use the server, or anything at all, are nobody's.
    pub(crate) fn forget_where(&self, which: impl Fn(&Kept) -> bool) {
        let gone = self.state().take(which);
        self.let_rest(&gone);
    }

    /// Keeps an instance whose session has ended, if it owes a task; at most until then.
    pub(crate) fn park(&self, key: &InstanceKey, until: Instant) -> bool {
        let mut state = self.state();
        let owes = state.owed(key, Instant::now()).is_some();
        if owes {
            state.parked.insert(key.clone(), until);
        }
        owes
    }

    /// A session holds the instance again.
    pub(crate) fn unpark(&self, key: &InstanceKey) {
        self.state().parked.remove(key);
    }

    /// Forgets tasks whose time is over; gives the parked instances that are needed no more.
    pub(crate) fn sweep(&self, now: Instant) -> Vec<InstanceKey> {
        self.forget_where(|kept| kept.until <= now);
        let mut state = self.state();
        let over = |(key, most): (&InstanceKey, &Instant)| *most <= now || state.owed(key, now).is_none();
        let free: Vec<InstanceKey> =
            state.parked.iter().filter(|parked| over(*parked)).map(|(key, _)| key.clone()).collect();
        for key in &free {
            state.parked.remove(key);
        }
        free
    }

    fn let_rest(&self, gone: &[Arc<Kept>]) {
        for kept in gone {
            self.end_progress(kept);
            self.keep_awake(&kept.held);
        }
    }

    /// Keeps the instance from resting as long as it owes a task.
    fn keep_awake(&self, held: &Held) {
        let owed = self.state().owed(held.instance.key(), Instant::now());
        held.instance.stay_awake(owed);
    }

    fn end_progress(&self, kept: &Kept) {
        for exchange in self.tracks.end_task(&kept.token) {
            kept.held.instance.forget_progress(exchange);
        }
    }
}

impl State {
    fn insert(&mut self, kept: &Arc<Kept>) {
        self.made += 1;
        self.tasks.insert(kept.token.clone(), Arc::clone(kept));
        self.instances.entry(kept.key().clone()).or_default().insert(kept.own.clone(), Arc::clone(kept));
        self.callers.entry(kept.caller).or_default().insert(self.made, Arc::clone(kept));
    }

    fn remove(&mut self, gone: &Arc<Kept>) {
        self.tasks.remove(&gone.token);
        if let Some(tasks) = self.instances.get_mut(gone.key()) {
            tasks.retain(|_, kept| !Arc::ptr_eq(kept, gone));
            if tasks.is_empty() {
                self.instances.remove(gone.key());
            }
        }
        if let Some(tasks) = self.callers.get_mut(&gone.caller) {
            tasks.retain(|_, kept| !Arc::ptr_eq(kept, gone));
            if tasks.is_empty() {
                self.callers.remove(&gone.caller);
            }
        }
    }

    fn take(&mut self, which: impl Fn(&Kept) -> bool) -> Vec<Arc<Kept>> {
        let gone: Vec<Arc<Kept>> = self.tasks.values().filter(|kept| which(kept)).cloned().collect();
        gone.iter().for_each(|kept| self.remove(kept));
        gone
    }

    /// What must go for one more task of a caller.
    fn surplus(&self, caller: AgentId, most: usize) -> Option<Arc<Kept>> {
        let tasks = self.callers.get(&caller).filter(|tasks| tasks.len() >= most)?;
        let now = Instant::now();
        tasks.values().find(|kept| !kept.owes(now)).or_else(|| tasks.values().next()).cloned()
    }

    /// Until when an instance owes a task, if it does.
    fn owed(&self, key: &InstanceKey, now: Instant) -> Option<Instant> {
        let tasks = self.instances.get(key).into_iter().flat_map(HashMap::values);
        tasks.filter(|kept| kept.owes(now)).map(|kept| kept.until).max()
    }
}
