//! Two clocks. The one on the wall says what time it is, and can be set by whoever administers the machine, or by a
//! time server that errs. What is over must not be so by its grace alone: a life (of a token, of its grace) is judged by
//! a clock that goes on at the pace of the time since boot and that nobody can turn back while Core runs. Where the wall
//! is ahead it counts, since an expiry is a time of day. Steps of the wall are recorded.

use std::{sync::Arc, time::Duration};

use peta_audit::{Ending, Intent};
use peta_model::{Moment, Outcome};
use peta_store::Store;
use rustix::time::{ClockId, clock_gettime};
use serde_json::json;
use tokio::time::{MissedTickBehavior, interval};

use super::senses;

/// A smaller step is the clock's usual business.
const STEP: i64 = 2_000_000;

/// How often it is looked at.
const LOOK: Duration = Duration::from_secs(1);

/// The wall and the time since boot (which goes on while the machine sleeps) at one instant.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clock {
    wall: Moment,
    boot: i64,
}

impl Clock {
    pub(super) fn start() -> Self {
        let boot = clock_gettime(ClockId::Boottime);
        let boot = boot.tv_sec.saturating_mul(1_000_000).saturating_add(boot.tv_nsec / 1_000);
        Self { wall: senses::now(), boot }
    }

    /// The clock that lives are judged by.
    pub(super) fn lives(self) -> Arc<dyn Fn() -> Moment + Send + Sync> {
        Arc::new(move || self.life_at(Self::start()))
    }

    /// The clock that is never ahead: neither of the wall, nor of the time since Core started. What goes for good is judged
    /// by it, so that a wall that was set ahead takes nothing away.
    pub(super) fn behind(self) -> Moment {
        self.behind_at(Self::start())
    }

    fn behind_at(self, now: Self) -> Moment {
        self.expected_at(now).min(now.wall)
    }

    fn life_at(self, now: Self) -> Moment {
        self.expected_at(now).max(now.wall)
    }

    /// How far the wall has been stepped since, in microseconds.
    fn stepped_at(self, now: Self) -> i64 {
        now.wall.micros().saturating_sub(self.expected_at(now).micros())
    }

    /// What the wall would say now if nobody had touched it.
    fn expected_at(self, now: Self) -> Moment {
        let passed = now.boot.saturating_sub(self.boot);
        Moment::from_micros(self.wall.micros().saturating_add(passed))
    }
}

/// Watches the wall for as long as the record takes what is found: a step is an event, and a warning in the log. So is
/// a wall that is behind the record when Core starts: it was set back meanwhile.
pub(super) async fn notice_steps(began: Clock, store: Store) {
    let mut known = match store.was_alive().filter(|last| last.micros().saturating_sub(began.wall.micros()) > STEP) {
        Some(last) => Clock { wall: last, ..began },
        None => began,
    };
    let mut tick = interval(LOOK);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        let now = Clock::start();
        // Clocks drift apart slowly; only what happens at once is a step. One that cannot be recorded is tried again.
        if known.stepped_at(now).abs() <= STEP || record(&store, known.expected_at(now), now.wall) {
            known = now;
        }
    }
}

/// Whether it could be written; otherwise it is tried again.
fn record(store: &Store, expected: Moment, found: Moment) -> bool {
    let seconds = (found.micros().saturating_sub(expected.micros())) / 1_000_000;
    tracing::warn!(seconds, %expected, %found, "the machine's clock was set");
    let detail = json!({ "seconds": seconds, "expected": expected, "found": found });
    let event = Intent { time: found, ..store.own_event("clock.step", detail.to_string()) };
    store.tell(&event, Ending::of(Outcome::Ok)).is_ok()
}

#[cfg(test)]
mod tests;
