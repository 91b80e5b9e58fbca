//! Keeping sessions over a restart of Core. What a session is made of is written by one task, in batches, when it was
//! made or changed; a caller that was told so can rely on it. When it was last used is written now and then. Only the
//! hash of a session's id is kept.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use aws_lc_rs::digest;
use peta_model::Moment;
use peta_store::{KeptSession, SessionBatch, SessionHash, Store};
use tokio::{
    sync::{
        Mutex as AsyncMutex, MutexGuard as AsyncGuard,
        mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
        oneshot,
    },
    time::Instant,
};

use super::{Endpoint, Session};
use crate::catalog::listing::List;

/// How many sessions one transaction may write.
const BATCH: usize = 200;
/// What is kept of one session is bounded: a longer list of subscriptions is kept in part, a session whose agent says
/// more of itself than this is not kept at all.
const MOST_SUBSCRIPTIONS: usize = 256;
const MOST_SAID: usize = 64 * 1024;
/// How many clients with different sessions may come back at the same moment.
const DOORS: usize = 16;

/// Hands sessions to the task that writes them.
pub(crate) struct Keeper {
    orders: UnboundedSender<Order>,
    /// Sessions that have ended, until nothing is kept of them any more.
    ending: Arc<Mutex<HashSet<u128>>>,
    doors: [AsyncMutex<()>; DOORS],
}

enum Order {
    Save(Arc<Session>, Option<oneshot::Sender<()>>),
    End(u128, oneshot::Sender<bool>),
    /// Everything before this was written.
    Done(oneshot::Sender<()>),
}

impl Keeper {
    /// Starts the task. It ends with the last handle.
    pub(crate) fn start(store: Store, clock: Arc<dyn Fn() -> Moment + Send + Sync>) -> Self {
        let (orders, taken) = unbounded_channel();
        let ending = Arc::default();
        let task = Task { store, clock, ending: Arc::clone(&ending), again: Vec::new(), unended: Vec::new() };
        tokio::spawn(task.run(taken));
        Self { orders, ending, doors: Default::default() }
    }

    /// Writes a session; resolves when it would survive a restart.
    pub(crate) async fn save(&self, session: &Arc<Session>) {
        let (done, saved) = oneshot::channel();
        self.order(Order::Save(Arc::clone(session), Some(done)));
        // What could not be written is in the log, and tried again.
        let _ = saved.await;
    }

    /// Writes a session in a while.
    pub(crate) fn note(&self, session: &Arc<Session>) {
        self.order(Order::Save(Arc::clone(session), None));
    }

    /// A session is about to end: it cannot come back from here on.
    pub(crate) fn ending(&self, session: &Session) {
        lock(&self.ending).insert(session.number);
    }

    /// Forgets a session that has ended; tells whether that will hold after a restart.
    pub(crate) fn end(&self, session: &Session) -> oneshot::Receiver<bool> {
        let (done, ended) = oneshot::channel();
        self.order(Order::End(session.number, done));
        ended
    }

    /// Resolves when all that was ordered so far is done.
    pub(crate) async fn flush(&self) {
        let (done, flushed) = oneshot::channel();
        self.order(Order::Done(done));
        let _ = flushed.await;
    }

    /// Whether a session is about to be forgotten.
    pub(crate) fn is_ending(&self, number: u128) -> bool {
        lock(&self.ending).contains(&number)
    }

    /// Alone with a session that may come back: two requests must not both bring it.
    pub(crate) async fn alone(&self, number: u128) -> Option<AsyncGuard<'_, ()>> {
        let door = usize::try_from(number % DOORS as u128).ok()?;
        Some(self.doors.get(door)?.lock().await)
    }

    fn order(&self, order: Order) {
        // The task lives as long as this handle.
        let _ = self.orders.send(order);
    }
}

/// The hash under which a session is kept.
pub(crate) fn hash(number: u128) -> SessionHash {
    let mut text = b"peta:session:v1\0".to_vec();
    text.extend(number.to_be_bytes());
    let mut hash = SessionHash::default();
    hash.copy_from_slice(digest::digest(&digest::SHA256, &text).as_ref());
    hash
}

struct Task {
    store: Store,
    clock: Arc<dyn Fn() -> Moment + Send + Sync>,
    ending: Arc<Mutex<HashSet<u128>>>,
    /// What could not be written.
    again: Vec<Arc<Session>>,
    unended: Vec<u128>,
}

impl Task {
    async fn run(mut self, mut taken: UnboundedReceiver<Order>) {
        let mut orders = Vec::new();
        while taken.recv_many(&mut orders, BATCH).await > 0 {
            self.write(orders.drain(..)).await;
        }
    }

    async fn write(&mut self, orders: impl Iterator<Item = Order>) {
        let (mut saved, mut ended, mut done) = (Vec::new(), Vec::new(), Vec::new());
        let mut sessions = std::mem::take(&mut self.again);
        let mut ends = std::mem::take(&mut self.unended);
        for order in orders {
            match order {
                Order::Save(session, told) => {
                    sessions.push(session);
                    saved.extend(told);
                }
                Order::End(number, told) => {
                    ends.push(number);
                    ended.push(told);
                }
                Order::Done(told) => done.push(told),
            }
        }
        let mut seen = HashSet::new();
        sessions.retain(|session| seen.insert(session.number));
        let written = self.write_batch(&sessions, &ends).await;
        if written {
            let mut ending = lock(&self.ending);
            ends.iter().for_each(|number| _ = ending.remove(number));
        } else {
            (self.again, self.unended) = (sessions, ends);
        }
        // Nobody waits any more where a connection was closed meanwhile.
        saved.into_iter().chain(done).for_each(|told| _ = told.send(()));
        ended.into_iter().for_each(|told| _ = told.send(written));
    }

    async fn write_batch(&self, sessions: &[Arc<Session>], ends: &[u128]) -> bool {
        let (now, instant) = ((self.clock)(), Instant::now());
        let save: Vec<KeptSession> = sessions.iter().filter_map(|session| kept(session, now, instant)).collect();
        let end = ends.iter().map(|number| hash(*number)).collect();
        if save.is_empty() && ends.is_empty() {
            return true;
        }
        match self.store.write_sessions(SessionBatch { save, end }).await {
            Ok(()) => true,
            Err(error) => {
                tracing::error!(%error, "sessions could not be written; what is open now may not survive a restart");
                false
            }
        }
    }
}

/// A session as it is kept; none for one that has ended, or that ends with its stream.
fn kept(session: &Session, now: Moment, instant: Instant) -> Option<KeptSession> {
    let hello = session.hello().filter(|hello| !session.one_stream && hello.params.len() <= MOST_SAID)?;
    let mut state = session.state();
    if state.ended {
        return None;
    }
    let used = state.used.unwrap_or(instant);
    state.saved = Some(used);
    state.unsaved = false;
    let idle = i64::try_from(instant.saturating_duration_since(used).as_micros()).unwrap_or(i64::MAX);
    let seen = |list: List| {
        // A change that was not told yet is told after the restart.
        let digest = *state.digests.get(list.word())?;
        Some((list.word().to_owned(), if state.dirty.contains(list.changed()) { 0 } else { digest }))
    };
    Some(KeptSession {
        hash: hash(session.number),
        agent: session.agent,
        server: match &session.endpoint {
            Endpoint::Aggregate => None,
            Endpoint::Server(slug) => Some(slug.clone()),
        },
        version: hello.version.to_string(),
        hello: hello.params.clone(),
        level: state.level.clone(),
        subscriptions: state.subscriptions.iter().take(MOST_SUBSCRIPTIONS).cloned().collect(),
        seen: List::ALL.into_iter().filter_map(seen).collect(),
        used: Moment::from_micros(now.micros().saturating_sub(idle)),
    })
}

fn lock(ending: &Mutex<HashSet<u128>>) -> MutexGuard<'_, HashSet<u128>> {
    ending.lock().unwrap_or_else(PoisonError::into_inner)
}
