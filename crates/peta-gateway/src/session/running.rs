//! Requests in flight, and how they are called off.

use std::{
    future::poll_fn,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Poll, Waker},
};

use peta_mcp::Message;

use super::laps::Laps;
use crate::lane::Lane;

/// A request in flight.
#[derive(Debug)]
pub struct Running {
    pub(crate) lane: Lane,
    pub(crate) laps: Laps,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// The agent's own cancellation, for the server to be told in the same words.
    notice: Option<Cancel>,
    /// The one who works on the request.
    waker: Option<Waker>,
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
        Arc::new(Self { lane: lane.clone(), laps: Laps::default(), state: Mutex::default() })
    }

    pub(crate) fn cancel(&self, why: Cancel) {
        let waker = {
            let mut state = self.state();
            state.notice.get_or_insert(why);
            state.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Resolves when the request is to end. Only who works on the request waits here, in one place at a time.
    pub(crate) async fn cancelled(&self) -> Cancel {
        poll_fn(|cx| {
            let mut state = self.state();
            match &state.notice {
                Some(why) => Poll::Ready(why.clone()),
                None => {
                    state.waker = Some(cx.waker().clone());
                    Poll::Pending
                }
            }
        })
        .await
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
