//! One MCP session between an agent and Peta: what was agreed in its handshake, what is in flight, and which
//! instances it holds. Its id is a route, never a credential: every request proves its caller anew.

pub(crate) mod asked;
pub(crate) mod audience;
pub(crate) mod held;
pub(crate) mod hosted;
pub(crate) mod keep;
pub(crate) mod laps;
pub(crate) mod relay;
pub(crate) mod replay;
pub(crate) mod running;
pub(crate) mod table;

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use peta_mcp::{ClientFeatures, RequestId, Version};
use peta_model::{AgentId, Code, ServerId, Slug};
use peta_runtime::Instance;
use tokio::{sync::Notify, time::Instant};

use crate::{
    config,
    lane::{Lane, budget::Budget, end::KeptStream},
    refuse::{Refusal, rpc},
};
use asked::Asked;
use held::Held;
use hosted::HostedTasks;
use replay::Replay;
use running::{Busy, Cancel, Running};

/// Which door a session came in by.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Endpoint {
    /// All servers that the caller may use.
    Aggregate,
    /// One server, shown as it is.
    Server(Slug),
}

/// What the agent said in `initialize`.
#[derive(Debug)]
pub(crate) struct Hello {
    pub(crate) version: Version,
    /// The raw `params`, which servers are told in turn.
    pub(crate) params: String,
    pub(crate) features: ClientFeatures,
    /// What the client called itself, for the record: one text for all that the session does.
    pub(crate) client: Option<Arc<str>>,
}

pub(crate) struct Session {
    pub(crate) number: u128,
    pub(crate) id: String,
    pub(crate) endpoint: Endpoint,
    pub(crate) agent: AgentId,
    /// Whether this is an HTTP+SSE session, where everything goes over its one stream.
    pub(crate) one_stream: bool,
    hello: OnceLock<Hello>,
    state: Mutex<State>,
    /// Rings when the session is initialized, or ends.
    pub(crate) turned: Notify,
    /// Made with the first stream.
    replay: OnceLock<Arc<Replay>>,
}

/// What changes while a session lives.
#[derive(Default)]
pub(crate) struct State {
    pub(crate) initialized: bool,
    pub(crate) ended: bool,
    pub(crate) level: Option<String>,
    pub(crate) running: HashMap<RequestId, Arc<Running>>,
    pub(crate) asked: HashMap<RequestId, Asked>,
    pub(crate) last_asked: u64,
    pub(crate) held: HashMap<ServerId, Arc<Held>>,
    pub(crate) hosted: HostedTasks,
    /// The session's own stream, where what belongs to no request goes.
    pub(crate) listener: Option<Lane>,
    /// Requests that wait for a stream to go out on.
    pub(crate) waiting: Vec<Bytes>,
    /// Lists whose change could not be told yet.
    pub(crate) dirty: HashSet<&'static str>,
    /// What each list looked like when its change was last told.
    pub(crate) digests: HashMap<&'static str, u64>,
    pub(crate) streams: u64,
    /// What the agent is subscribed to, by the servers' own URIs.
    pub(crate) subscriptions: HashSet<(ServerId, String)>,
    pub(crate) used: Option<Instant>,
    /// Which last use was written, and whether something else was not.
    pub(crate) saved: Option<Instant>,
    pub(crate) unsaved: bool,
}

impl Session {
    pub(crate) fn new(number: u128, endpoint: Endpoint, agent: AgentId, one_stream: bool) -> Self {
        Self {
            number,
            id: format!("{number:032x}"),
            endpoint,
            agent,
            one_stream,
            hello: OnceLock::new(),
            state: Mutex::default(),
            turned: Notify::new(),
            replay: OnceLock::new(),
        }
    }

    /// Notes the handshake; false if there was one already.
    pub(crate) fn greet(&self, hello: Hello) -> bool {
        self.hello.set(hello).is_ok()
    }

    pub(crate) fn hello(&self) -> Option<&Hello> {
        self.hello.get()
    }

    pub(crate) fn version(&self) -> Version {
        self.hello().map_or(Version::V2025_03_26, |hello| hello.version)
    }

    pub(crate) fn features(&self) -> ClientFeatures {
        self.hello().map(|hello| hello.features).unwrap_or_default()
    }

    pub(crate) fn is_aggregate(&self) -> bool {
        self.endpoint == Endpoint::Aggregate
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Marks a request as in flight; `None` if its id is in use or too many are.
    pub(crate) fn start(&self, id: &RequestId, lane: &Lane, most: usize) -> Result<Arc<Running>, Busy> {
        let mut state = self.state();
        state.used = Some(Instant::now());
        if state.running.len() >= most {
            return Err(Busy::TooMany);
        }
        let running = Running::new(lane);
        match state.running.entry(id.clone()) {
            std::collections::hash_map::Entry::Occupied(_) => Err(Busy::IdInUse),
            std::collections::hash_map::Entry::Vacant(entry) => {
                entry.insert(Arc::clone(&running));
                Ok(running)
            }
        }
    }

    pub(crate) fn finish(&self, id: &RequestId) {
        let mut state = self.state();
        state.running.remove(id);
        state.used = Some(Instant::now());
        if state.ended {
            self.turned.notify_waiters();
        }
    }

    /// Waits until nothing is in flight any more, so long at most.
    pub(crate) async fn until_quiet(&self, within: Duration) {
        let quiet = async {
            loop {
                let turned = self.turned.notified();
                if self.state().running.is_empty() {
                    return;
                }
                turned.await;
            }
        };
        // Running out of time is one way to end.
        let _ = tokio::time::timeout(within, quiet).await;
    }

    /// Tells the agent something that belongs to no request: on its own stream, if it has one or had one until a
    /// moment ago.
    pub(crate) fn tell(&self, message: Bytes) -> bool {
        let listener = self.state().listener.clone();
        listener.is_some_and(|lane| lane.tell(message))
    }

    /// Whether the agent reads its own stream now.
    pub(crate) fn is_listening(&self) -> bool {
        self.state().listener.as_ref().is_some_and(Lane::is_read)
    }

    /// Says that a list has changed: now, or when the agent opens its stream.
    pub(crate) fn tell_changed(&self, method: &'static str) {
        let mut state = self.state();
        let listener = state.listener.as_ref().filter(|lane| state.initialized && lane.is_read());
        if !listener.is_some_and(|lane| lane.tell(peta_mcp::write::notification(method, None))) {
            state.dirty.insert(method);
        }
    }

    /// Takes a stream as the session's own. What nobody was given of an older one, and what waited, goes out on it.
    pub(crate) fn listen(&self, lane: Lane) {
        let older = self.state().listener.replace(lane.clone());
        if let Some(older) = older {
            older.hand_over(&lane);
        }
        self.is_back();
    }

    /// The agent reads its own stream (again).
    pub(crate) fn is_back(&self) {
        let mut state = self.state();
        state.used = Some(Instant::now());
        let Some(lane) = state.listener.clone() else { return };
        for message in std::mem::take(&mut state.waiting) {
            lane.ask(message);
        }
        if state.initialized {
            for method in std::mem::take(&mut state.dirty) {
                lane.tell(peta_mcp::write::notification(method, None));
            }
        }
    }

    /// The streams that the agent may come back to.
    pub(crate) fn replay(&self, settings: &config::Replay, of_all: &Arc<Budget>) -> &Arc<Replay> {
        self.replay.get_or_init(|| Replay::new(settings.session_bytes, of_all))
    }

    /// What a reader of one of the streams holds as long as it reads.
    pub(crate) fn reader(&self) -> Option<Arc<()>> {
        self.replay.get().map(|replay| replay.reader())
    }

    /// How many streams the agent reads, of this session.
    pub(crate) fn streams_read(&self) -> usize {
        self.replay.get().map_or(0, |replay| replay.read())
    }

    pub(crate) fn kept_stream(&self, stream: u64) -> Option<KeptStream> {
        self.replay.get()?.find(stream)
    }

    /// Whether what is kept of it is no longer true, or its last use is known no better than this. A stream that is read
    /// is a use.
    pub(crate) fn is_to_be_saved(&self, now: Instant, every: Duration) -> bool {
        let mut state = self.state();
        if state.listener.as_ref().is_some_and(Lane::is_read) {
            state.used = Some(now);
        }
        let Some(saved) = state.saved else { return false };
        state.unsaved || state.used.is_some_and(|used| used.saturating_duration_since(saved) >= every)
    }

    /// Forgets what was kept of streams for so long.
    pub(crate) fn expire_streams(&self, now: Instant, age: Duration) {
        let Some(replay) = self.replay.get() else { return };
        let listener = {
            let mut state = self.state();
            let left = state.listener.as_ref().and_then(Lane::left_at);
            if left.is_some_and(|left| now.saturating_duration_since(left) >= age) {
                state.listener.take()
            } else {
                None
            }
        };
        if let Some(lane) = listener {
            lane.cut();
        }
        replay.expire(now, age);
    }

    /// A number for the next stream, unlike any other of this session's.
    pub(crate) fn next_stream(&self) -> u64 {
        let mut state = self.state();
        state.streams += 1;
        state.streams
    }

    /// The agent is ready for whatever is not an answer.
    pub(crate) fn initialized(&self) {
        let dirty = {
            let mut state = self.state();
            state.initialized = true;
            std::mem::take(&mut state.dirty)
        };
        self.turned.notify_waiters();
        dirty.into_iter().for_each(|method| self.tell_changed(method));
    }

    /// Waits until the agent may be asked things (LC4); refuses if it never gets there.
    pub(crate) async fn until_initialized(&self, within: Duration) -> Result<(), Refusal> {
        let ready = async {
            loop {
                let turned = self.turned.notified();
                let (initialized, ended) = {
                    let state = self.state();
                    (state.initialized, state.ended)
                };
                if initialized || ended {
                    return initialized && !ended;
                }
                turned.await;
            }
        };
        match tokio::time::timeout(within, ready).await {
            Ok(true) => Ok(()),
            _ => Err(Refusal::new(Code::REVERSE_REFUSED, rpc::INTERNAL, "The agent is not ready to be asked")),
        }
    }

    /// What events call this session: enough to tell sessions apart, too little to use.
    pub(crate) fn shown(&self) -> String {
        self.id.chars().take(8).collect()
    }

    /// Tells now, or once a stream is there.
    pub(crate) fn tell_or_keep(&self, message: Bytes) {
        if !self.tell(message.clone()) {
            self.ask_or_keep(message, true);
        }
    }

    /// Puts a request on the session's own stream; without one it waits, if it may.
    pub(crate) fn ask_or_keep(&self, message: Bytes, may_wait: bool) -> bool {
        let mut state = self.state();
        let listener = state.listener.as_ref().filter(|lane| may_wait || lane.is_read());
        if listener.is_some_and(|lane| lane.ask(message.clone())) {
            return true;
        }
        let keeps = may_wait && !state.ended && state.waiting.len() < 64;
        if keeps {
            state.waiting.push(message);
        }
        keeps
    }

    /// Keeps an open question under an id of this session's; gives it back if too many are open.
    pub(crate) fn keep_asked(&self, asked: Asked, most: usize) -> Result<RequestId, Box<Asked>> {
        let mut state = self.state();
        if state.asked.len() >= most || state.ended {
            return Err(Box::new(asked));
        }
        state.last_asked += 1;
        // A letter in front keeps it apart from the agent's own numbers, in logs and in faulty clients.
        let id = RequestId::word(&format!("p{}", state.last_asked));
        state.asked.insert(id.clone(), asked);
        Ok(id)
    }

    pub(crate) fn take_asked(&self, id: &RequestId) -> Option<Asked> {
        self.state().asked.remove(id)
    }

    pub(crate) fn take_asked_where(&self, is: impl Fn(&Asked) -> bool) -> Option<(RequestId, Asked)> {
        let mut state = self.state();
        let id = state.asked.iter().find(|(_, asked)| is(asked)).map(|(id, _)| id.clone())?;
        let asked = state.asked.remove(&id)?;
        Some((id, asked))
    }

    /// Which instance wants to hear of progress under this token of ours, and what its own token is.
    pub(crate) fn asked_by_token(&self, token_raw: &str) -> Option<(Arc<Instance>, String)> {
        let state = self.state();
        let Some((_, asked)) = state.asked.iter().find(|(id, _)| id.raw() == token_raw) else {
            return state.hosted.by_token(token_raw);
        };
        Some((Arc::clone(&asked.instance), asked.token.clone()?))
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.state().ended
    }

    /// Ends everything of this session; what it held is for the caller to give back.
    pub(crate) fn end(&self) -> (Vec<Arc<Held>>, Vec<Asked>) {
        let (held, asked, running) = {
            let mut state = self.state();
            state.ended = true;
            if let Some(listener) = state.listener.take() {
                listener.cut();
            }
            let running: Vec<Arc<Running>> = state.running.values().cloned().collect();
            let asked = std::mem::take(&mut state.asked).into_values().collect();
            (std::mem::take(&mut state.held).into_values().collect(), asked, running)
        };
        running.iter().for_each(|running| running.cancel(Cancel::Ended));
        if let Some(replay) = self.replay.get() {
            replay.end();
        }
        self.turned.notify_waiters();
        (held, asked)
    }
}
