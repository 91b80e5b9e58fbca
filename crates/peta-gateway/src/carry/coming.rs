//! A large answer that is still coming: it is watched over until its last part, as the call was until its first.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use peta_mcp::{Message, Part};
use peta_runtime::{Exchange, Passing};
use tokio::time::sleep_until;

use super::{
    call_off::{call_off, lost},
    clocks::Clocks,
};
use crate::{
    session::{held::Held, running::Running},
    stop::Stop,
    work::rare,
};

/// A large answer that is still coming, and what watches over it meanwhile.
pub(crate) struct Coming {
    answer: Box<Passing>,
    exchange: Exchange,
    clocks: Clocks,
    held: Arc<Held>,
}

impl Coming {
    pub(super) fn new(answer: Box<Passing>, exchange: Exchange, clocks: Clocks, held: &Arc<Held>) -> Self {
        Self { answer, exchange, clocks, held: Arc::clone(held) }
    }

    /// The next part; `None` at the end of a whole answer. Every part is a sign of life.
    pub(crate) async fn next(&mut self, running: &Running) -> Result<Option<Part>, Stop> {
        let Self { answer, exchange, clocks, held } = self;
        if clocks.are_out() {
            return Err(rare(clocks.ran_out(held, exchange)).await);
        }
        tokio::select! {
            biased;
            why = running.cancelled() => Err(rare(call_off(held, exchange, &why)).await),
            why = exchange.lost() => Err(lost(why)),
            part = answer.next() => {
                clocks.sign_of_life();
                part.map_err(lost)
            }
            () = sleep_until(clocks.next()) => Err(rare(clocks.ran_out(held, exchange)).await),
        }
    }

    /// Hands a part to its agent, who may take its time, but not longer than the call may in all.
    pub(crate) async fn hand_over(&mut self, part: Bytes, running: &Running) -> Result<(), Stop> {
        let Self { exchange, clocks, held, .. } = self;
        tokio::select! {
            biased;
            why = running.cancelled() => Err(rare(call_off(held, exchange, &why)).await),
            why = exchange.lost() => Err(lost(why)),
            () = running.lane.part(part) => {
                // While the agent took its time, the server was not waited for.
                clocks.sign_of_life();
                Ok(())
            }
            () = sleep_until(clocks.total) => Err(rare(clocks.ran_out(held, exchange)).await),
        }
    }

    /// Whether the tool says that it failed; known at the end.
    pub(crate) fn has_failed(&self) -> bool {
        self.answer.has_failed()
    }

    /// All of it, after all.
    pub(crate) async fn whole(mut self, running: &Running) -> Result<Message, Stop> {
        let mut text = BytesMut::new();
        while let Some(part) = self.next(running).await? {
            self.answer.put_back(part, &mut text);
        }
        self.answer.message(text).map_err(lost)
    }
}
