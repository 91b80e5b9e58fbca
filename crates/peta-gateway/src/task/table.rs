//! The tasks that servers run for callers, as far as this run of Core knows them: whose each is, where it runs, and how
//! long that is owed. Sealed ids open without this table; it is here so that an instance is kept while it owes a task,
//! that what a server says of a task finds its way, and that a caller's list shows its own tasks and no other's.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use peta_model::{AgentId, Transport};
use peta_runtime::InstanceKey;
use tokio::time::Instant;

use crate::session::held::Held;

/// One task that a server runs for a caller.
pub(crate) struct Kept {
    /// Its id as the caller knows it.
    pub(crate) token: String,
    pub(crate) caller: AgentId,
    /// The session that made it.
    pub(crate) session: u128,
    pub(crate) held: Arc<Held>,
    /// The life of the instance that it runs in.
    pub(crate) life: Option<u64>,
    /// The server's own id, and its own name of the tool.
    pub(crate) own: String,
    pub(crate) tool: String,
    /// When its time is over.
    pub(crate) until: Instant,
    /// Its result was fetched, or it was cancelled: nothing is owed any more.
    settled: AtomicBool,
}

impl Kept {
    pub(crate) fn new(caller: AgentId, session: u128, held: &Arc<Held>, task: New, until: Instant) -> Self {
        Self {
            token: task.token,
            caller,
            session,
            held: Arc::clone(held),
            life: held.instance.life(),
            own: task.own,
            tool: task.tool,
            until,
            settled: AtomicBool::new(false),
        }
    }

    pub(crate) fn key(&self) -> &InstanceKey {
        self.held.instance.key()
    }

    /// Whether the process that ran it is gone. What runs at a URL may outlive any connection to it.
    pub(crate) fn is_lost(&self) -> bool {
        is_child(&self.held) && self.held.instance.life() != self.life
    }

    fn owes(&self, now: Instant) -> bool {
        !self.settled.load(Ordering::Relaxed) && now < self.until && !self.is_lost()
    }
}

/// What is known of a task when it begins.
pub(crate) struct New {
    pub(crate) token: String,
    pub(crate) own: String,
    pub(crate) tool: String,
}

/// Whether a server is a process of ours.
pub(crate) fn is_child(held: &Held) -> bool {
    matches!(held.spec.transport, Transport::Stdio { .. })
}

/// Progress that goes on after the request was answered by the beginning of a task.
struct Track {
    session: u128,
    /// The agent's own progress token, as written.
    token: String,
    last: Option<f64>,
    /// The task, once it is known.
    task: Option<String>,
}

pub(crate) struct Table {
    /// A name for this run of Core, unlike any other's.
    pub(crate) run: String,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    tasks: HashMap<String, Arc<Kept>>,
    /// By instance and the server's own id.
    own: HashMap<(InstanceKey, String), String>,
    tracks: HashMap<(InstanceKey, u64), Track>,
    /// Instances of sessions that have ended, kept for the tasks they owe; at most until then.
    parked: HashMap<InstanceKey, Instant>,
}

impl Table {
    pub(crate) fn new(run: String) -> Self {
        Self { run, state: Mutex::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a task. An older one that has the same id at the same instance is forgotten: the id means this one now.
    pub(crate) fn add(&self, kept: Kept) -> Arc<Kept> {
        let kept = Arc::new(kept);
        let mut state = self.state();
        let place = (kept.key().clone(), kept.own.clone());
        if let Some(older) = state.own.insert(place, kept.token.clone()) {
            state.tasks.remove(&older);
        }
        state.tasks.insert(kept.token.clone(), Arc::clone(&kept));
        drop(state);
        self.keep_awake(&kept.held);
        kept
    }

    pub(crate) fn find(&self, token: &str) -> Option<Arc<Kept>> {
        self.state().tasks.get(token).cloned()
    }

    /// The task that an instance calls by this id.
    pub(crate) fn called(&self, key: &InstanceKey, own: &str) -> Option<Arc<Kept>> {
        let state = self.state();
        let token = state.own.get(&(key.clone(), own.to_owned()))?;
        state.tasks.get(token).cloned()
    }

    pub(crate) fn of_caller(&self, caller: AgentId) -> Vec<Arc<Kept>> {
        self.state().tasks.values().filter(|kept| kept.caller == caller).cloned().collect()
    }

    /// How many of a caller's tasks are still owed to it.
    pub(crate) fn count(&self, caller: AgentId) -> usize {
        let now = Instant::now();
        self.state().tasks.values().filter(|kept| kept.caller == caller && kept.owes(now)).count()
    }

    /// The server owes nothing more for this task.
    pub(crate) fn settle(&self, kept: &Kept) {
        kept.settled.store(true, Ordering::Relaxed);
        self.keep_awake(&kept.held);
        self.forget_tracks(kept);
    }

    pub(crate) fn forget(&self, token: &str) {
        self.forget_where(|kept| kept.token == token);
    }

    /// Tasks of callers that may no longer use the server, or anything at all, are nobody's.
    pub(crate) fn forget_where(&self, which: impl Fn(&Kept) -> bool) {
        let gone = self.state().remove(which);
        self.let_rest(&gone);
    }

    /// Keeps an instance whose session has ended, if it owes a task; at most until then.
    pub(crate) fn park(&self, key: &InstanceKey, until: Instant) -> bool {
        let mut state = self.state();
        let owes = state.owed(key).is_some();
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
        let (over, free) = {
            let mut state = self.state();
            let over = state.remove(|kept| kept.until <= now);
            let State { tasks, parked, .. } = &mut *state;
            let owes = |key: &InstanceKey| tasks.values().any(|kept| kept.key() == key && kept.owes(now));
            let free: Vec<InstanceKey> =
                parked.extract_if(|key, most| *most <= now || !owes(key)).map(|(key, _)| key).collect();
            (over, free)
        };
        self.let_rest(&over);
        free
    }

    /// Progress of this exchange is to reach the agent under this token of its own, even after the answer.
    pub(crate) fn track(&self, key: &InstanceKey, exchange: u64, session: u128, token: &str) {
        let track = Track { session, token: token.to_owned(), last: None, task: None };
        self.state().tracks.insert((key.clone(), exchange), track);
    }

    /// The exchange began this task.
    pub(crate) fn track_task(&self, key: &InstanceKey, exchange: u64, task: &str) {
        if let Some(track) = self.state().tracks.get_mut(&(key.clone(), exchange)) {
            track.task = Some(task.to_owned());
        }
    }

    pub(crate) fn untrack(&self, key: &InstanceKey, exchange: u64) {
        self.state().tracks.remove(&(key.clone(), exchange));
    }

    /// Whose progress this is: the session, its own token, and the task; nothing for values that do not grow.
    pub(crate) fn progressed(&self, key: &InstanceKey, exchange: u64, value: f64) -> Option<Progressed> {
        let mut state = self.state();
        let track = state.tracks.get_mut(&(key.clone(), exchange))?;
        if track.last.is_some_and(|last| value <= last) {
            return None;
        }
        track.last = Some(value);
        let (session, token) = (track.session, track.token.clone());
        let task = track.task.clone();
        let task = task.and_then(|task| state.tasks.get(&task).cloned());
        Some(Progressed { session, token, task })
    }

    fn let_rest(&self, gone: &[Arc<Kept>]) {
        for kept in gone {
            self.keep_awake(&kept.held);
            self.forget_tracks(kept);
        }
    }

    /// Keeps the instance from resting as long as it owes a task.
    fn keep_awake(&self, held: &Held) {
        let owed = self.state().owed(held.instance.key());
        held.instance.stay_awake(owed);
    }

    fn forget_tracks(&self, kept: &Kept) {
        let of = |track: &Track| track.task.as_ref() == Some(&kept.token);
        for ((_, exchange), _) in self.state().tracks.extract_if(|_, track| of(track)) {
            kept.held.instance.forget_progress(exchange);
        }
    }
}

/// Progress of a task.
pub(crate) struct Progressed {
    pub(crate) session: u128,
    pub(crate) token: String,
    pub(crate) task: Option<Arc<Kept>>,
}

impl State {
    fn remove(&mut self, which: impl Fn(&Kept) -> bool) -> Vec<Arc<Kept>> {
        let gone: Vec<Arc<Kept>> = self.tasks.extract_if(|_, kept| which(kept)).map(|(_, kept)| kept).collect();
        for kept in &gone {
            let place = (kept.key().clone(), kept.own.clone());
            if self.own.get(&place) == Some(&kept.token) {
                self.own.remove(&place);
            }
        }
        gone
    }

    /// Until when an instance owes a task, if it does.
    fn owed(&self, key: &InstanceKey) -> Option<Instant> {
        let now = Instant::now();
        self.tasks.values().filter(|kept| kept.key() == key && kept.owes(now)).map(|kept| kept.until).max()
    }
}
