//! Who listens to an instance: the sessions that hold it, the calls in flight on it, who subscribed to what. What a
//! server says on its own account is brought to the right one of them, or to nobody.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
};

use peta_mcp::{Kind, Message};
use peta_model::{ServerId, Slug};
use peta_runtime::{Ears, Instance, InstanceKey, InstanceState};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::Instant,
};

use crate::{
    lane::Lane,
    level::{LEVELS, severity},
};

/// The most guests that are remembered.
const GUESTS: usize = 64;

/// Who acts on what a server says; the audience only knows whom it is for.
pub(crate) trait Attendant: Send + Sync {
    /// A server asks something back.
    fn asked(&self, audience: &Arc<Audience>, instance: &Arc<Instance>, about: Option<u64>, message: Message);
    /// A server tells something.
    fn told(&self, audience: &Arc<Audience>, about: Option<u64>, message: &Message);
    /// The instance's line broke.
    fn lost(&self, audience: &Arc<Audience>, instance: &Arc<Instance>);
}

pub(crate) struct Audience {
    this: Weak<Audience>,
    attendant: Weak<dyn Attendant>,
    /// The instance that is listened to.
    pub(crate) key: InstanceKey,
    pub(crate) server: ServerId,
    pub(crate) slug: Slug,
    /// Questions of the server's that are being brought to an agent.
    questions: Arc<Semaphore>,
    state: Mutex<State>,
}

/// How many such questions there may be at once, and how many KiB they may have together.
const QUESTIONS: u32 = 256;
const QUESTIONS_KIB: u32 = 16 << 10;
/// What each takes at least, so that both hold by one count.
const QUESTION_KIB: u32 = QUESTIONS_KIB / QUESTIONS;

#[derive(Default)]
struct State {
    /// The sessions that hold the instance, the newest last.
    holders: Vec<u128>,
    /// Sessions that were asked something without holding it: callers of tasks whose own sessions have ended.
    guests: Vec<u128>,
    calls: HashMap<u64, InFlight>,
    subscribers: HashMap<String, HashSet<u128>>,
    /// URL elicitations that are open: which session each belongs to.
    elicitations: HashMap<String, u128>,
    /// The severity from which each session wants log messages, and the one the server was told.
    levels: HashMap<u128, usize>,
    level: Option<usize>,
}

struct InFlight {
    session: u128,
    lane: Lane,
    /// The server's own id of the task whose result is waited for.
    task: Option<String>,
    /// How many questions of the server's wait for the agent, and when it last asked one or had an answer.
    asking: usize,
    asked: Option<Instant>,
}

/// A call's place in the audience; dropping it is leaving.
pub(crate) struct Entered<'a> {
    audience: &'a Audience,
    exchange: u64,
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        self.audience.state().calls.remove(&self.exchange);
    }
}

impl Audience {
    pub(crate) fn new(attendant: Weak<dyn Attendant>, key: InstanceKey, slug: Slug) -> Arc<Self> {
        let server = key.server;
        let questions = Arc::new(Semaphore::new(QUESTIONS_KIB as usize));
        Arc::new_cyclic(|this| Self {
            this: this.clone(),
            attendant,
            key,
            server,
            slug,
            questions,
            state: Mutex::default(),
        })
    }

    /// Room for one more question of this size to be brought to an agent, while it is held.
    pub(crate) fn room_to_ask(&self, bytes: usize) -> Option<OwnedSemaphorePermit> {
        let kib = u32::try_from(bytes >> 10).unwrap_or(u32::MAX).clamp(QUESTION_KIB, QUESTIONS_KIB);
        Arc::clone(&self.questions).try_acquire_many_owned(kib).ok()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn join(&self, session: u128) {
        let mut state = self.state();
        state.holders.retain(|holder| *holder != session);
        state.holders.push(session);
    }

    /// Takes a session out: the URIs that nobody subscribes to any more, and whether it was the last holder.
    pub(crate) fn leave_session(&self, session: u128) -> (Vec<String>, bool) {
        let mut state = self.state();
        state.holders.retain(|holder| *holder != session);
        state.levels.remove(&session);
        let mut orphaned = Vec::new();
        state.subscribers.retain(|uri, sessions| {
            if sessions.remove(&session) && sessions.is_empty() {
                orphaned.push(uri.clone());
            }
            !sessions.is_empty()
        });
        (orphaned, state.holders.is_empty())
    }

    /// A session was asked something here.
    pub(crate) fn note_asked(&self, session: u128) {
        let mut state = self.state();
        if !state.holders.contains(&session) && !state.guests.contains(&session) {
            if state.guests.len() >= GUESTS {
                state.guests.remove(0);
            }
            state.guests.push(session);
        }
    }

    /// The sessions that may have been asked something here.
    pub(crate) fn askable(&self) -> Vec<u128> {
        let state = self.state();
        state.holders.iter().chain(&state.guests).copied().collect()
    }

    pub(crate) fn holders(&self) -> Vec<u128> {
        self.state().holders.clone()
    }

    pub(crate) fn enter(&self, exchange: u64, session: u128, lane: &Lane, task: Option<&str>) -> Entered<'_> {
        let task = task.map(str::to_owned);
        self.state().calls.insert(exchange, InFlight { session, lane: lane.clone(), task, asking: 0, asked: None });
        Entered { audience: self, exchange }
    }

    /// The session and lane of a call in flight.
    pub(crate) fn call(&self, exchange: u64) -> Option<(u128, Lane)> {
        self.state().calls.get(&exchange).map(|call| (call.session, call.lane.clone()))
    }

    /// A session's oldest call in flight here.
    pub(crate) fn oldest_call(&self, session: u128) -> Option<(u64, Lane)> {
        let state = self.state();
        let mine = state.calls.iter().filter(|(_, call)| call.session == session);
        mine.min_by_key(|(exchange, _)| **exchange).map(|(exchange, call)| (*exchange, call.lane.clone()))
    }

    /// Who waits for the result of a task, which the server calls so: what belongs to the task may go there.
    pub(crate) fn waits_for(&self, task: &str) -> Option<(u64, u128, Lane)> {
        let state = self.state();
        let waiting = state.calls.iter().filter(|(_, call)| call.task.as_deref() == Some(task));
        waiting
            .max_by_key(|(exchange, _)| **exchange)
            .map(|(exchange, call)| (*exchange, call.session, call.lane.clone()))
    }

    pub(crate) fn is_asking(&self, exchange: u64) -> bool {
        self.state().calls.get(&exchange).is_some_and(|call| call.asking > 0)
    }

    /// When the server last asked something in the course of a call, or was answered.
    pub(crate) fn last_asked(&self, exchange: u64) -> Option<Instant> {
        self.state().calls.get(&exchange)?.asked
    }

    pub(crate) fn note_asking(&self, exchange: Option<u64>, more: bool) {
        let mut state = self.state();
        if let Some(call) = exchange.and_then(|exchange| state.calls.get_mut(&exchange)) {
            call.asking = if more { call.asking + 1 } else { call.asking.saturating_sub(1) };
            call.asked = Some(Instant::now());
        }
    }

    /// How many URIs a session subscribes to.
    pub(crate) fn subscriptions(&self, session: u128) -> usize {
        self.state().subscribers.values().filter(|sessions| sessions.contains(&session)).count()
    }

    /// True if this is the instance's first subscriber to the URI.
    pub(crate) fn subscribe(&self, uri: &str, session: u128) -> bool {
        let mut state = self.state();
        let sessions = state.subscribers.entry(uri.to_owned()).or_default();
        let first = sessions.is_empty();
        sessions.insert(session);
        first
    }

    /// True if that was the last one.
    pub(crate) fn unsubscribe(&self, uri: &str, session: u128) -> bool {
        let mut state = self.state();
        let Some(sessions) = state.subscribers.get_mut(uri) else { return false };
        sessions.remove(&session);
        let last = sessions.is_empty();
        if last {
            state.subscribers.remove(uri);
        }
        last
    }

    pub(crate) fn is_subscribed(&self, uri: &str) -> bool {
        self.state().subscribers.contains_key(uri)
    }

    pub(crate) fn subscribers(&self, uri: &str) -> Vec<u128> {
        self.state().subscribers.get(uri).map(|sessions| sessions.iter().copied().collect()).unwrap_or_default()
    }

    /// Notes a session's level; the level to tell the server, if that is another than before.
    pub(crate) fn want_level(&self, session: u128, level: &str) -> Option<&'static str> {
        let mut state = self.state();
        state.levels.insert(session, severity(level)?);
        let most = state.levels.values().min().copied();
        let changed = state.level != most;
        state.level = most;
        most.filter(|_| changed).and_then(|most| LEVELS.get(most).copied())
    }

    pub(crate) fn note_elicitation(&self, id: &str, session: u128) {
        let mut state = self.state();
        if state.elicitations.len() < 1_024 {
            state.elicitations.insert(id.to_owned(), session);
        }
    }

    /// The session that a completed URL elicitation belongs to.
    pub(crate) fn take_elicitation(&self, id: &str) -> Option<u128> {
        self.state().elicitations.remove(id)
    }
}

impl Ears for Audience {
    fn heard(&self, instance: &Arc<Instance>, about: Option<u64>, message: Message) {
        let (Some(attendant), Some(this)) = (self.attendant.upgrade(), self.this.upgrade()) else { return };
        match message.kind() {
            Kind::Request => attendant.asked(&this, instance, about, message),
            Kind::Notification => attendant.told(&this, about, &message),
            Kind::Response => {}
        }
    }

    fn changed(&self, instance: &Arc<Instance>, now: InstanceState) {
        let (Some(attendant), Some(this)) = (self.attendant.upgrade(), self.this.upgrade()) else { return };
        if matches!(now, InstanceState::Lost) {
            attendant.lost(&this, instance);
        }
    }
}
