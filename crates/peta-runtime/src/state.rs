//! The life of an instance as a machine: closed, opening, open; when it may be tried again; and whether it was
//! withdrawn. It decides, others act: nothing here waits but for word of that.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use peta_model::Code;
use tokio::{sync::watch, time::Instant};

use crate::{
    config::Times,
    description::Description,
    fault::{LostWhy, OpenError, SendError},
    line::Line,
    lock::lock,
};

pub(crate) type Opened = Result<Arc<Description>, OpenError>;

#[derive(Debug)]
pub(crate) struct State {
    inner: Mutex<Inner>,
    /// Rung when the instance is withdrawn: an opening that is under way need not go on.
    withdrawal: watch::Sender<bool>,
}

#[derive(Debug)]
struct Inner {
    phase: Phase,
    /// Openings are numbered, so that news of an old line is not taken for news of the new one.
    serial: u64,
    failures: u32,
    not_before: Option<Instant>,
    since: Option<Instant>,
    last: Option<OpenError>,
    withdrawn: Option<LostWhy>,
    /// What the server last said of itself.
    description: Option<Arc<Description>>,
}

#[derive(Debug)]
enum Phase {
    Closed,
    Opening(watch::Receiver<Option<Opened>>),
    Open(Arc<Line>),
}

/// What whoever wants the instance open is to do.
pub(crate) enum Plan {
    /// Nothing: it is.
    Ready(Arc<Description>),
    /// Wait for the opening that is under way.
    Wait(watch::Receiver<Option<Opened>>),
    /// Wait until then and ask again; so it failed last.
    Later(Instant, OpenError),
    /// Open it, as this number, and tell all that wait.
    Start(u64, watch::Sender<Option<Opened>>),
    Never(OpenError),
}

impl State {
    pub(crate) fn new(withdrawn: Option<LostWhy>) -> Self {
        let over = withdrawn.is_some();
        let inner = Inner {
            phase: Phase::Closed,
            serial: 0,
            failures: 0,
            not_before: None,
            since: None,
            last: None,
            withdrawn,
            description: None,
        };
        Self { inner: Mutex::new(inner), withdrawal: watch::Sender::new(over) }
    }

    pub(crate) fn plan(&self, now: Instant) -> Plan {
        let mut inner = lock(&self.inner);
        if let Some(why) = &inner.withdrawn {
            return Plan::Never(why.clone().into());
        }
        match (&inner.phase, &inner.description) {
            (Phase::Open(_), Some(description)) => return Plan::Ready(Arc::clone(description)),
            (Phase::Opening(wait), _) => return Plan::Wait(wait.clone()),
            (Phase::Open(_) | Phase::Closed, _) => {}
        }
        if let (Some(until), Some(last)) = (inner.not_before.filter(|until| *until > now), &inner.last) {
            return Plan::Later(until, last.clone());
        }
        let (tell, wait) = watch::channel(None);
        inner.serial += 1;
        inner.phase = Phase::Opening(wait);
        Plan::Start(inner.serial, tell)
    }

    /// The opening went well; false if nobody wants it any more.
    pub(crate) fn opened(&self, line: &Arc<Line>, description: &Arc<Description>, now: Instant) -> bool {
        let mut inner = lock(&self.inner);
        if inner.withdrawn.is_some() {
            inner.phase = Phase::Closed;
            return false;
        }
        inner.phase = Phase::Open(Arc::clone(line));
        inner.description = Some(Arc::clone(description));
        inner.since = Some(now);
        true
    }

    /// The opening went wrong. Where the server is not to blame, the next attempt need not wait.
    pub(crate) fn failed(&self, error: &OpenError, times: &Times, chance: u64, now: Instant) {
        let mut inner = lock(&self.inner);
        inner.phase = Phase::Closed;
        if error.code != Code::INSTANCE_LIMIT {
            inner.back_off(error.clone(), times, chance, now);
        }
    }

    /// The opening ended because nobody wants it any more.
    pub(crate) fn given_up(&self) {
        lock(&self.inner).phase = Phase::Closed;
    }

    /// The line with that number was lost; gives it back if it was the one in use and its
    /// loss is news.
    pub(crate) fn lost(
        &self,
        serial: u64,
        why: &LostWhy,
        times: &Times,
        chance: u64,
        now: Instant,
    ) -> Option<Arc<Line>> {
        let mut inner = lock(&self.inner);
        let line = inner.close(serial)?;
        if inner.withdrawn.is_some() {
            return None;
        }
        if inner.since.is_some_and(|since| now.duration_since(since) >= times.healthy) {
            inner.failures = 0;
        }
        inner.back_off(why.clone().into(), times, chance, now);
        Some(line)
    }

    /// The line with that number is not needed for now; gives it back to be closed.
    pub(crate) fn rest(&self, serial: u64) -> Option<Arc<Line>> {
        lock(&self.inner).close(serial)
    }

    /// The server was initialized anew.
    pub(crate) fn reopened(&self, serial: u64, description: Arc<Description>) {
        let mut inner = lock(&self.inner);
        if inner.serial == serial {
            inner.description = Some(description);
        }
    }

    /// No opening and no new exchange from now on; the open line is left to whoever ends it.
    pub(crate) fn withdraw(&self, why: LostWhy) -> Option<Arc<Line>> {
        let mut inner = lock(&self.inner);
        inner.withdrawn.get_or_insert(why);
        self.withdrawal.send_replace(true);
        match &inner.phase {
            Phase::Open(line) => Some(Arc::clone(line)),
            Phase::Closed | Phase::Opening(_) => None,
        }
    }

    /// What the server says of itself, if it is open and is to stay so.
    pub(crate) fn if_open(&self) -> Option<Arc<Description>> {
        let inner = lock(&self.inner);
        let open = matches!(inner.phase, Phase::Open(_)) && inner.withdrawn.is_none();
        inner.description.clone().filter(|_| open)
    }

    /// The number of the line that is open.
    pub(crate) fn open_serial(&self) -> Option<u64> {
        let inner = lock(&self.inner);
        matches!(inner.phase, Phase::Open(_)).then_some(inner.serial)
    }

    pub(crate) fn is_withdrawn(&self) -> bool {
        *self.withdrawal.borrow()
    }

    /// Until it is withdrawn.
    pub(crate) async fn withdrawn(&self) {
        let _ = self.withdrawal.subscribe().wait_for(|withdrawn| *withdrawn).await;
    }

    /// The line to send over.
    pub(crate) fn line(&self, new_work: bool) -> Result<Arc<Line>, SendError> {
        let inner = lock(&self.inner);
        if let Some(why) = inner.withdrawn.as_ref().filter(|_| new_work) {
            return Err(SendError::new(why.code, why.text.clone()));
        }
        match &inner.phase {
            Phase::Open(line) => Ok(Arc::clone(line)),
            Phase::Closed | Phase::Opening(_) => {
                Err(SendError::new(Code::SERVER_LOST, "the server's instance is not open"))
            }
        }
    }

    pub(crate) fn description(&self) -> Option<Arc<Description>> {
        lock(&self.inner).description.clone()
    }
}

impl Inner {
    fn close(&mut self, serial: u64) -> Option<Arc<Line>> {
        if self.serial != serial {
            return None;
        }
        match std::mem::replace(&mut self.phase, Phase::Closed) {
            Phase::Open(line) => Some(line),
            other => {
                self.phase = other;
                None
            }
        }
    }

    /// Doubling from the first wait to the longest, each drawn between nothing and that (full jitter).
    fn back_off(&mut self, error: OpenError, times: &Times, chance: u64, now: Instant) {
        let doublings = self.failures.min(20);
        self.failures = self.failures.saturating_add(1);
        let most = times.back_off.saturating_mul(1 << doublings).min(times.back_off_most);
        let most = u64::try_from(most.as_millis()).unwrap_or(u64::MAX).saturating_add(1);
        self.not_before = Some(now + Duration::from_millis(chance % most));
        self.last = Some(error);
    }
}

#[cfg(test)]
mod tests;
