//! How a server stands, over all its instances: the last failure, what it logged, how many run, and which of the two
//! HTTP transports an `auto` server turned out to speak.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicU64, AtomicUsize, Ordering},
};

use peta_dial::Http;
use peta_model::{HttpMode, Moment};
use tokio::sync::Semaphore;

use crate::{
    config::Bounds,
    fault::{Failure, OpenError},
    lock::lock,
    logs::Logs,
};

/// How a server does.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Health {
    /// Instances that are open.
    pub instances: usize,
    /// Whether one is being opened.
    pub starting: bool,
    /// What went wrong last, if nothing has gone well since.
    pub failure: Option<Failure>,
    /// Answers and signs of progress that came and that nobody had asked for.
    pub dropped: u64,
}

#[derive(Debug)]
pub(crate) struct Standing {
    pub(crate) logs: Logs,
    pub(crate) room: Arc<Semaphore>,
    dropped: AtomicU64,
    open: AtomicUsize,
    starting: AtomicUsize,
    noted: Mutex<Noted>,
}

#[derive(Debug, Default)]
struct Noted {
    failure: Option<Failure>,
    /// For this URL.
    speaks: Option<(String, HttpMode)>,
    ways: Option<(String, Ways)>,
}

/// The ways to one URL.
#[derive(Debug, Clone)]
pub(crate) struct Ways {
    pub(crate) plain: Arc<Http>,
    /// For requests that carry secrets; it speaks HTTP/1.1.
    pub(crate) splicing: Arc<Http>,
}

/// Counts one instance as long as it lives.
#[derive(Debug)]
pub(crate) struct Counted {
    standing: Arc<Standing>,
    starting: bool,
}

impl Standing {
    pub(crate) fn new(bounds: &Bounds) -> Self {
        Self {
            logs: Logs::new(bounds),
            room: Arc::new(Semaphore::new(bounds.per_server)),
            dropped: AtomicU64::new(0),
            open: AtomicUsize::new(0),
            starting: AtomicUsize::new(0),
            noted: Mutex::default(),
        }
    }

    pub(crate) fn health(&self) -> Health {
        Health {
            instances: self.open.load(Ordering::Relaxed),
            starting: self.starting.load(Ordering::Relaxed) > 0,
            failure: lock(&self.noted).failure.clone(),
            dropped: self.dropped.load(Ordering::Relaxed),
        }
    }

    /// Counts what nobody had asked for.
    pub(crate) fn note_dropped(&self) -> u64 {
        self.dropped.fetch_add(1, Ordering::Relaxed) + 1
    }

    pub(crate) fn failed(&self, at: Moment, error: &OpenError) {
        lock(&self.noted).failure = Some(Failure { at, code: error.code, text: error.text.clone() });
    }

    pub(crate) fn went_well(&self) {
        lock(&self.noted).failure = None;
    }

    /// The ways to that URL, with their connections, shared by all instances: HTTP requests know nothing of each other.
    pub(crate) fn ways(&self, url: &str, made: impl FnOnce() -> Ways) -> Ways {
        let mut noted = lock(&self.noted);
        if let Some((_, known)) = noted.ways.as_ref().filter(|(of, _)| of == url) {
            return known.clone();
        }
        let ways = made();
        noted.ways = Some((url.to_owned(), ways.clone()));
        ways
    }

    /// A secret came back: it goes with the connection that brought it, whichever that was.
    pub(crate) fn let_go(&self) {
        if let Some((_, ways)) = &lock(&self.noted).ways {
            ways.plain.let_go();
            ways.splicing.let_go();
        }
    }

    pub(crate) fn speaks(&self, url: &str) -> Option<HttpMode> {
        lock(&self.noted).speaks.as_ref().filter(|(of, _)| of == url).map(|(_, mode)| *mode)
    }

    pub(crate) fn note_speaks(&self, url: &str, mode: HttpMode) {
        lock(&self.noted).speaks = Some((url.to_owned(), mode));
    }

    pub(crate) fn forget_way(&self) {
        let mut noted = lock(&self.noted);
        noted.speaks = None;
        noted.ways = None;
    }

    pub(crate) fn count_starting(self: &Arc<Self>) -> Counted {
        self.starting.fetch_add(1, Ordering::Relaxed);
        Counted { standing: Arc::clone(self), starting: true }
    }

    pub(crate) fn count_open(self: &Arc<Self>) -> Counted {
        self.open.fetch_add(1, Ordering::Relaxed);
        Counted { standing: Arc::clone(self), starting: false }
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        let count = if self.starting { &self.standing.starting } else { &self.standing.open };
        count.fetch_sub(1, Ordering::Relaxed);
    }
}
