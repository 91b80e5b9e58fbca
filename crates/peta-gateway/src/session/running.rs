//! Requests in flight, and how they are called off.

use std::sync::{Arc, Mutex, PoisonError};

use peta_mcp::Message;
use tokio::sync::Notify;

use crate::lane::Lane;

/// A request in flight.
#[derive(Debug)]
pub struct Running {
    pub(crate) lane: Lane,
    cancelled: Notify,
    /// The agent's own cancellation, for the server to be told in the same words.
    notice: Mutex<Option<Cancel>>,
}

/// Why a request in flight is to end.
#[derive(Debug, Clone)]
pub(crate) enum Cancel {
    /// The agent said so.
    Agent(Message),
    /// The session ended, or its caller was revoked.
    Ended,
}

/// Why a request cannot start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Busy {
    IdInUse,
    TooMany,
}

impl Running {
    pub(crate) fn new(lane: &Lane) -> Arc<Self> {
        Arc::new(Self { lane: lane.clone(), cancelled: Notify::new(), notice: Mutex::new(None) })
    }

    pub(crate) fn cancel(&self, why: Cancel) {
        self.notice.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(why);
        self.cancelled.notify_one();
    }

    /// Resolves when the request is to end.
    pub(crate) async fn cancelled(&self) -> Cancel {
        loop {
            if let Some(why) = self.notice.lock().unwrap_or_else(PoisonError::into_inner).clone() {
                return why;
            }
            self.cancelled.notified().await;
        }
    }
}
