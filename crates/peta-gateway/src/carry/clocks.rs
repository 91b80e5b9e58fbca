//! How long a call may take: in silence, and all in all.

use std::{sync::Arc, time::Duration};

use peta_model::Code;
use peta_runtime::Exchange;
use tokio::time::Instant;

use super::call_off::tell_cancelled;
use crate::{hub::Hub, refuse::Refusal, session::held::Held, stop::Stop};

/// The two clocks of a call: silence, and all in all.
pub(super) struct Clocks {
    silence: Duration,
    began: Instant,
    quiet: Instant,
    pub(super) total: Instant,
}

impl Clocks {
    pub(super) fn start(hub: &Arc<Hub>, held: &Held, within: Option<Duration>) -> Self {
        let calls = &hub.config.calls;
        let silence = within.unwrap_or_else(|| held.spec.idle.unwrap_or(calls.idle).duration());
        let total = within.unwrap_or_else(|| held.spec.total.unwrap_or(calls.total).duration());
        let now = Instant::now();
        Self { silence, began: now, quiet: now + silence, total: now + total }
    }

    /// How long it has taken so far.
    pub(super) fn running(&self) -> Duration {
        self.began.elapsed()
    }

    pub(super) fn next(&self) -> Instant {
        self.quiet.min(self.total)
    }

    /// Whether the call has taken as long as it may in all.
    pub(super) fn are_out(&self) -> bool {
        Instant::now() >= self.total
    }

    pub(super) fn sign_of_life(&mut self) {
        self.quiet = Instant::now() + self.silence;
    }

    /// While the server waits for an answer of the agent's, its silence is not its own; and asking is a sign of life, such
    /// as of a server that asks again and again how a task of the agent's goes.
    pub(super) fn may_wait_on(&mut self, held: &Held, exchange: u64) -> bool {
        if self.are_out() {
            return false;
        }
        let now = Instant::now();
        if held.audience.is_asking(exchange) {
            self.sign_of_life();
            return true;
        }
        let asked = held.audience.last_asked(exchange).map(|asked| asked + self.silence);
        if let Some(until) = asked.filter(|until| *until > now) {
            self.quiet = until;
        }
        self.quiet > now
    }

    pub(super) async fn ran_out(&self, held: &Held, exchange: &Exchange) -> Stop {
        tell_cancelled(held, exchange, "timed out").await;
        if self.are_out() {
            let text = "The call took longer than it may in all";
            return Refusal::failure(Code::SERVER_TOTAL_TIMEOUT, text).into();
        }
        let text = format!("The server did not answer within {} s", self.silence.as_secs_f32());
        Refusal::failure(Code::SERVER_IDLE_TIMEOUT, text).into()
    }
}
