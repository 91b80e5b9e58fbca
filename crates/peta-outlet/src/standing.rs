//! How a sink does, for people and for metrics.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use peta_model::{Code, Moment};

/// Whether what is recorded arrives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum State {
    /// What was sent was taken, or nothing was sent yet.
    #[default]
    Ok,
    /// The receiver is away, busy or broken.
    Retrying,
    /// The receiver refuses everything.
    Failing,
    /// The vault must be unlocked first.
    Locked,
}

/// How it does.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    pub state: State,
    /// Of one that is not well: why, since when, and the code that explains it.
    pub why: Option<String>,
    pub code: Option<Code>,
    pub since: Option<Moment>,
    /// Up to this entry of the record all is acknowledged.
    pub read: u64,
    /// Since Core started: events that were taken, and that never are.
    pub sent: u64,
    pub skipped: u64,
    /// When something was last taken.
    pub last: Option<Moment>,
    /// When the oldest event ended that is not taken yet.
    pub oldest: Option<Moment>,
}

/// The same, as it changes.
#[derive(Debug, Clone, Default)]
pub(crate) struct Board(Arc<Mutex<Standing>>);

impl State {
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Retrying => "retrying",
            Self::Failing => "failing",
            Self::Locked => "locked",
        }
    }
}

impl Standing {
    /// How far it is behind the record, in microseconds.
    pub fn lag(&self, now: Moment) -> u64 {
        self.oldest.map_or(0, |oldest| u64::try_from(now.micros() - oldest.micros()).unwrap_or(0))
    }
}

impl Board {
    pub(crate) fn look(&self) -> Standing {
        self.lock().clone()
    }

    pub(crate) fn reached(&self, read: u64, oldest: Option<Moment>) {
        let mut standing = self.lock();
        (standing.read, standing.oldest) = (read, oldest);
    }

    /// So many events were taken. True if it was not well before.
    pub(crate) fn took(&self, count: usize, now: Moment) -> bool {
        let mut standing = self.lock();
        standing.sent += count as u64;
        standing.last = Some(now);
        let was = std::mem::take(&mut standing.state);
        (standing.why, standing.code, standing.since) = (None, None, None);
        was != State::Ok
    }

    pub(crate) fn skipped(&self) {
        self.lock().skipped += 1;
    }

    /// True if that is new.
    pub(crate) fn is_ill(&self, state: State, (code, why): (Code, &str), now: Moment) -> bool {
        let mut standing = self.lock();
        let is_new = standing.state != state || standing.why.as_deref() != Some(why);
        if standing.state != state {
            standing.since = Some(now);
        }
        (standing.state, standing.code, standing.why) = (state, Some(code), Some(why.to_owned()));
        is_new
    }

    fn lock(&self) -> MutexGuard<'_, Standing> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
