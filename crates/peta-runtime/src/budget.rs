//! A budget of things that may happen, so many within so long.

use std::{collections::VecDeque, time::Duration};

use tokio::time::Instant;

#[derive(Debug)]
pub(crate) struct Budget {
    most: usize,
    within: Duration,
    seen: VecDeque<Instant>,
}

impl Budget {
    pub(crate) fn new(most: usize, within: Duration) -> Self {
        Self { most, within, seen: VecDeque::new() }
    }

    /// Counts one more; true if that is one too many.
    pub(crate) fn spend(&mut self, now: Instant) -> bool {
        while self.seen.front().is_some_and(|seen| now.duration_since(*seen) > self.within) {
            self.seen.pop_front();
        }
        self.seen.push_back(now);
        self.seen.len() >= self.most
    }
}

#[cfg(test)]
mod tests;
