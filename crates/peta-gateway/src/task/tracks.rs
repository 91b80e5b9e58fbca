//! Progress that goes on after its request was answered by the beginning of a task: under which token of the agent's own,
//! in which session.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use peta_runtime::InstanceKey;

struct Track {
    session: u128,
    /// The agent's own progress token, as written.
    token: String,
    last: Option<f64>,
    /// The task, by its sealed id, once it is known.
    task: Option<String>,
}

/// Whose progress something is.
pub(crate) struct Progressed {
    pub(crate) session: u128,
    pub(crate) token: String,
    pub(crate) task: Option<String>,
}

/// By instance and exchange.
#[derive(Default)]
pub(crate) struct Tracks(Mutex<HashMap<(InstanceKey, u64), Track>>);

impl Tracks {
    fn all(&self) -> MutexGuard<'_, HashMap<(InstanceKey, u64), Track>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Progress of this exchange is to reach the session under this token of its own, even after the answer.
    pub(crate) fn begin(&self, key: &InstanceKey, exchange: u64, session: u128, token: &str) {
        let track = Track { session, token: token.to_owned(), last: None, task: None };
        self.all().insert((key.clone(), exchange), track);
    }

    /// The exchange began this task.
    pub(crate) fn of_task(&self, key: &InstanceKey, exchange: u64, task: &str) {
        if let Some(track) = self.all().get_mut(&(key.clone(), exchange)) {
            track.task = Some(task.to_owned());
        }
    }

    pub(crate) fn end(&self, key: &InstanceKey, exchange: u64) {
        self.all().remove(&(key.clone(), exchange));
    }

    /// Ends all of a task; the exchanges that it was begun by.
    pub(crate) fn end_task(&self, task: &str) -> Vec<u64> {
        let of = |track: &Track| track.task.as_deref() == Some(task);
        self.all().extract_if(|_, track| of(track)).map(|((_, exchange), _)| exchange).collect()
    }

    /// Whose progress this is; nothing for values that do not grow.
    pub(crate) fn progressed(&self, key: &InstanceKey, exchange: u64, value: f64) -> Option<Progressed> {
        let mut all = self.all();
        let track = all.get_mut(&(key.clone(), exchange))?;
        if track.last.is_some_and(|last| value <= last) {
            return None;
        }
        track.last = Some(value);
        Some(Progressed { session: track.session, token: track.token.clone(), task: track.task.clone() })
    }
}
