//! Times that need not be exact, for many at once: when an answer has not come for a while, it leaves as a stream. A timer
//! for each request would be the next of all timers nearly every time, and make the driver of the sockets look up; here
//! one timer ticks as long as anybody waits.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
    time::Duration,
};

use tokio::{sync::Notify, time::Instant};

/// How late it may be.
const TICK: Duration = Duration::from_millis(20);

#[derive(Debug)]
pub(crate) struct Alarm(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    state: Mutex<State>,
    bell: Arc<Notify>,
}

#[derive(Debug, Default)]
struct State {
    next: u64,
    waiting: HashMap<u64, (Instant, Waker)>,
    ticking: bool,
}

/// One who may wait for a time. Nothing is noted of it before it is first looked at.
#[derive(Debug)]
pub(crate) struct Due {
    inner: Arc<Inner>,
    at: Instant,
    number: Option<u64>,
}

impl Alarm {
    /// Ticks as long as the alarm is there.
    pub(crate) fn start() -> Self {
        let inner = Arc::<Inner>::default();
        let (watched, bell) = (Arc::downgrade(&inner), Arc::clone(&inner.bell));
        tokio::spawn(async move {
            while let Some(waits) = watched.upgrade().map(|inner| inner.ring(Instant::now())) {
                if waits {
                    tokio::time::sleep(TICK).await;
                } else {
                    bell.notified().await;
                }
            }
        });
        Self(inner)
    }

    pub(crate) fn due(&self, at: Instant) -> Due {
        Due { inner: Arc::clone(&self.0), at, number: None }
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        self.0.bell.notify_one();
    }
}

impl Inner {
    /// Wakes whoever's time has come; false if nobody waits any more.
    fn ring(&self, now: Instant) -> bool {
        let mut due = Vec::new();
        let waits = {
            let mut state = self.state();
            state.waiting.retain(|_, (at, waker)| {
                let is_due = *at <= now;
                if is_due {
                    due.push(waker.clone());
                }
                !is_due
            });
            state.ticking = !state.waiting.is_empty();
            state.ticking
        };
        due.into_iter().for_each(Waker::wake);
        waits
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Due {
    /// Whether the time has come; else whoever asks is woken when it has.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if Instant::now() >= self.at {
            return Poll::Ready(());
        }
        let mut state = self.inner.state();
        let number = *self.number.get_or_insert_with(|| {
            state.next += 1;
            state.next
        });
        state.waiting.insert(number, (self.at, cx.waker().clone()));
        let wakes = !std::mem::replace(&mut state.ticking, true);
        drop(state);
        if wakes {
            self.inner.bell.notify_one();
        }
        Poll::Pending
    }
}

impl Drop for Due {
    fn drop(&mut self) {
        if let Some(number) = self.number {
            self.inner.state().waiting.remove(&number);
        }
    }
}

#[cfg(test)]
mod tests;
