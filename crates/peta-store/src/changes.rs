//! Handles to hear that the state has changed.

use std::future;

use tokio::sync::watch;

/// Hears of changes to the state: servers, agents, grants, tokens, what was learnt. Each handle hears for itself;
/// several changes in a row may arrive as one.
#[derive(Debug, Clone)]
pub struct Changes(watch::Receiver<u64>);

impl Changes {
    pub(crate) fn new(mut receiver: watch::Receiver<u64>) -> Self {
        receiver.borrow_and_update();
        Self(receiver)
    }

    /// Waits for a change since the last time (or since the handle was made), and gives the newest sequence. After
    /// the store is gone it waits forever: to be used beside whatever ends the waiting.
    pub async fn next(&mut self) -> u64 {
        if self.0.changed().await.is_err() {
            return future::pending().await;
        }
        *self.0.borrow_and_update()
    }
}
