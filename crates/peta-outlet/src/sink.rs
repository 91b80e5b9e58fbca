//! One sink at work: reads on from its place in the record, sends a batch, waits until it is acknowledged, and only then
//! goes on. A receiver that is away is tried again for as long as it takes; nothing is dropped but a single event that a
//! receiver refuses while it takes others, and that is put on record.

use std::{sync::Arc, time::Duration};

use peta_dial::Lender;
use peta_model::{Code, Moment};
use peta_store::{Ended, EventQuery, Follow, QueryError, SinkEntry};
use tokio::sync::watch;

use crate::{
    around::{Around, lender},
    config::SAVE,
    marked::marked,
    pace::Pace,
    queue::Queue,
    receiver::Receiver,
    standing::{Board, State},
    told::{self, tell},
    trouble::Trouble,
};

/// After so many attempts in vain half as much is sent: a receiver may be too slow, or let go of, what is large.
const IN_VAIN: u32 = 3;

/// How often a locked vault is looked at.
const LOCKED: Duration = Duration::from_secs(1);

pub(crate) struct Sink {
    around: Around,
    entry: Arc<SinkEntry>,
    board: Board,
    receiver: Receiver,
    lender: Option<Arc<dyn Lender>>,
    queue: Queue,
    pace: Pace,
    saved: (u64, Moment),
    lagging: bool,
    /// Attempts since something was last taken.
    in_vain: u32,
    stop: watch::Receiver<Stop>,
}

/// When it is to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stop {
    No,
    /// Once it has sent all that is recorded.
    Soon,
    Now,
}

impl Sink {
    pub(crate) fn new(
        around: Around,
        (entry, receiver): (Arc<SinkEntry>, Receiver),
        (board, read): (Board, u64),
        stop: watch::Receiver<Stop>,
    ) -> Self {
        let (pace, now) = (Pace::new(&around.config), around.senses.now());
        board.reached(read, None);
        let (queue, saved) = (Queue::new(read), (read, now));
        Self { around, entry, board, receiver, lender: None, queue, pace, saved, lagging: false, in_vain: 0, stop }
    }

    /// Works until it is to stop, then saves its place.
    pub(crate) async fn run(mut self) {
        let mut now = self.stop.clone();
        tokio::select! {
            () = self.work() => {}
            _ = now.wait_for(|stop| *stop == Stop::Now) => {}
        }
        self.save().await;
    }

    async fn work(&mut self) {
        let filter = EventQuery::from(&self.entry.spec.filter);
        let mut follow = self.around.store.follow_from(self.queue.read(), filter);
        loop {
            let stopping = *self.stop.borrow_and_update() != Stop::No;
            if stopping && follow.position() >= self.around.store.recorded() {
                return;
            }
            let unsaved = self.saved.0 != self.queue.read();
            let found = tokio::select! {
                found = follow.look() => found,
                () = self.around.senses.pause(SAVE), if unsaved => {
                    self.save().await;
                    continue;
                }
                _ = self.stop.changed() => continue,
            };
            match found {
                Ok(found) => self.put(found, follow.position()),
                Err(QueryError::Closed) => return,
                // What a sink asks for is never too wide: it names no capability.
                Err(error @ (QueryError::Failed(_) | QueryError::TooWide | QueryError::TooMuchSaid)) => {
                    self.wait(&Trouble::later(format!("the record cannot be read: {error}"))).await;
                    continue;
                }
            }
            self.save_if_due().await;
            if !self.queue.is_empty() {
                self.fill(&mut follow).await;
            }
            while !self.queue.is_empty() {
                self.send().await;
                self.save_if_due().await;
                // Who takes nothing now is not waited for at the end.
                if *self.stop.borrow() != Stop::No && self.board.look().state != State::Ok {
                    return;
                }
            }
        }
    }

    fn put(&mut self, found: Vec<Ended>, looked: u64) {
        let private = self.entry.spec.private;
        let shown = |ended: Ended| if private { ended } else { Ended { event: ended.event.public(), ..ended } };
        self.queue.put(found.into_iter().map(shown).collect(), looked);
        self.reached();
    }

    /// Reads on until there is a batch, or there is no more; where batches are gathered, after a while.
    async fn fill(&mut self, follow: &mut Follow) {
        let (most, linger) = (self.receiver.most(), self.receiver.linger());
        let mut lingered = linger.is_zero();
        while self.queue.len() < most && self.queue.bytes() < self.receiver.bytes() {
            if follow.position() < self.around.store.recorded() {
                let Ok(found) = follow.look().await else { return };
                self.put(found, follow.position());
            } else if lingered {
                return;
            } else {
                self.pause(linger).await;
                lingered = true;
            }
        }
    }

    /// Tries the next batch once.
    async fn send(&mut self) {
        let batch = self.queue.next(self.receiver.most(), self.receiver.bytes());
        let batch: Arc<[Ended]> = batch.into();
        match self.deliver(&batch).await {
            Ok(_) => {
                self.queue.done(batch.len());
                self.took(batch.len());
            }
            Err(Trouble::Partly { never, later, why }) => {
                self.queue.done_but(batch.len(), &later);
                for (event, why) in never.iter().filter_map(|(at, why)| Some((batch.get(*at)?, why))) {
                    self.skip(event, why).await;
                }
                if later.len() < batch.len() {
                    self.took(batch.len().saturating_sub(never.len() + later.len()));
                }
                if !later.is_empty() {
                    self.wait(&Trouble::later(why)).await;
                }
            }
            Err(Trouble::Content(why)) => match &*batch {
                [event] => self.alone(event, why).await,
                _ => self.queue.halve(batch.len()),
            },
            Err(trouble) => {
                self.in_vain += 1;
                if self.in_vain.is_multiple_of(IN_VAIN) && matches!(trouble, Trouble::Later { .. }) {
                    self.queue.halve(batch.len());
                }
                self.wait(&trouble).await;
            }
        }
        self.reached();
        self.look_at_lag().await;
    }

    /// One event alone is refused. If a harmless one is taken, and this one still is not, it is this one's fault.
    async fn alone(&mut self, event: &Ended, why: String) {
        let probe = marked(self.around.senses.random(), self.around.senses.now());
        let again = match self.deliver(&Arc::from([probe])).await {
            Ok(_) => self.deliver(&Arc::from([event.clone()])).await,
            Err(trouble @ (Trouble::Later { .. } | Trouble::NoSecret)) => Err(trouble),
            Err(_) => Err(Trouble::Refused(why)),
        };
        match again {
            Ok(_) => {
                self.queue.done(1);
                self.took(1);
            }
            Err(Trouble::Content(why)) => {
                self.queue.done(1);
                self.skip(event, &why).await;
                self.took(0);
            }
            Err(trouble) => self.wait(&trouble).await,
        }
    }

    async fn deliver(&mut self, batch: &Arc<[Ended]>) -> Result<String, Trouble> {
        if !self.entry.secret {
            return self.receiver.deliver(batch, None).await;
        }
        if let Some(lender) = self.lender.clone().filter(|lender| lender.lend().is_ok()) {
            return self.receiver.deliver(batch, Some(&lender)).await;
        }
        // Sealed anew meanwhile, perhaps.
        let lender = lender(&self.around, &self.entry).await?;
        self.lender = Some(Arc::clone(&lender));
        self.receiver.deliver(batch, Some(&lender)).await
    }

    /// Says what is wrong, and waits before the next attempt.
    async fn wait(&mut self, trouble: &Trouble) {
        let (state, code) = trouble.state(self.around.custody.is_locked());
        let (now, why) = (self.around.senses.now(), trouble.why());
        if self.board.is_ill(state, (code, why), now) {
            tracing::warn!(sink = %self.entry.name, %code, state = state.word(), "a sink takes nothing: {why}");
        }
        self.reached();
        self.look_at_lag().await;
        self.save_if_due().await;
        let asked = if let Trouble::Later { after, .. } = trouble { *after } else { None };
        let [random, ..] = self.around.senses.random();
        let length = if state == State::Locked { LOCKED } else { self.pace.wait(asked, random) };
        self.pause(length).await;
    }

    /// So long, or until it is to stop. What is acknowledged is saved before, for it may take long.
    async fn pause(&mut self, length: Duration) {
        if length >= SAVE {
            self.save().await;
        }
        tokio::select! {
            () = self.around.senses.pause(length) => {}
            _ = self.stop.wait_for(|stop| *stop != Stop::No) => {}
        }
    }

    fn took(&mut self, count: usize) {
        self.pace.reset();
        self.in_vain = 0;
        if self.board.took(count, self.around.senses.now()) {
            tracing::info!(sink = %self.entry.name, "a sink takes events again");
        }
    }

    async fn skip(&self, event: &Ended, why: &str) {
        let name = &self.entry.name;
        tracing::warn!(sink = %name, event = %event.event.id, "a sink cannot take an event, which is left out: {why}");
        self.board.skipped();
        // What tells of one that was left out, and is left out itself, would be told of for ever.
        if event.event.kind == told::SKIPPED {
            return;
        }
        let detail = told::without(name, event, why);
        self.tell(told::SKIPPED, Some(Code::SINK_SKIPPED), &detail).await;
    }

    /// Tells once that it is too far behind, and once that it no longer is.
    async fn look_at_lag(&mut self) {
        let (most, now) = (self.around.config.lag_warn.as_micros(), self.around.senses.now());
        let (standing, name) = (self.board.look(), &self.entry.name);
        let lag = standing.lag(now);
        let entries = self.around.store.recorded().saturating_sub(standing.read);
        if !self.lagging && u128::from(lag) > most {
            self.lagging = true;
            tracing::warn!(sink = %name, seconds = lag / 1_000_000, entries, "a sink is behind the record");
            self.tell(told::LAGGING, Some(Code::SINK_LAGS), &told::behind(name, lag, entries)).await;
        } else if self.lagging && u128::from(lag) < most / 2 {
            self.lagging = false;
            tracing::info!(sink = %name, "a sink has caught up with the record");
            self.tell(told::RECOVERED, None, &told::behind(name, lag, entries)).await;
        }
    }

    async fn tell(&self, kind: &'static str, code: Option<Code>, detail: &serde_json::Value) {
        tell((&self.around.store.recorder(), &self.around.senses), kind, code, detail).await;
    }

    /// What is older than the sink itself makes it no later than the sink is old.
    fn reached(&self) {
        let oldest = self.queue.oldest().map(|oldest| oldest.max(self.entry.added));
        self.board.reached(self.queue.read(), oldest);
    }

    async fn save_if_due(&mut self) {
        // A clock that was set back counts as one that went on.
        let since = self.around.senses.now().micros().abs_diff(self.saved.1.micros());
        if u128::from(since) >= SAVE.as_micros() {
            self.save().await;
        }
    }

    async fn save(&mut self) {
        let read = self.queue.read();
        if read == self.saved.0 {
            return;
        }
        self.saved.1 = self.around.senses.now();
        match self.around.store.save_sink_read(self.entry.id, read).await {
            Ok(()) => self.saved.0 = read,
            // After a kill more comes twice. It is tried again with the next that is due.
            Err(error) => tracing::warn!(sink = %self.entry.name, %error, "the place of a sink cannot be saved"),
        }
    }
}
