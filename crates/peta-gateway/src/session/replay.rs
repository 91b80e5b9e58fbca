//! The streams of one session that a client may come back to: those that are open, and those that ended a little while
//! ago. Bounded in time and, together, in bytes; what was given to its client goes before what was not.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};

use tokio::time::Instant;

use crate::lane::{Shelf, budget::Budget, end::KeptStream};

pub(crate) struct Replay {
    budget: Arc<Budget>,
    streams: Mutex<VecDeque<KeptStream>>,
    /// Whoever reads a stream holds a clone.
    readers: Arc<()>,
}

impl Replay {
    pub(crate) fn new(bytes: usize, of_all: &Arc<Budget>) -> Arc<Self> {
        Arc::new(Self { budget: Budget::of_one(bytes, of_all), streams: Mutex::default(), readers: Arc::default() })
    }

    pub(crate) fn budget(&self) -> Arc<Budget> {
        Arc::clone(&self.budget)
    }

    pub(crate) fn shelf(self: &Arc<Self>) -> Weak<dyn Shelf> {
        let weak: Weak<Self> = Arc::downgrade(self);
        weak
    }

    /// What a reader of one of the streams holds.
    pub(crate) fn reader(&self) -> Arc<()> {
        Arc::clone(&self.readers)
    }

    /// How many streams are being read.
    pub(crate) fn read(&self) -> usize {
        Arc::strong_count(&self.readers) - 1
    }

    pub(crate) fn add(&self, stream: KeptStream) {
        self.streams().push_back(stream);
        if self.budget.is_over() {
            self.make_room();
        }
    }

    pub(crate) fn find(&self, stream: u64) -> Option<KeptStream> {
        self.streams().iter().find(|kept| kept.stream() == Some(stream)).cloned()
    }

    /// Lets go of what is older than it may be, and, where all sessions together keep too much, of what was given.
    pub(crate) fn expire(&self, now: Instant, age: Duration) {
        let mut streams = self.streams();
        if let Some(then) = now.checked_sub(age) {
            streams.iter().for_each(|stream| stream.forget_before(then));
        }
        streams.retain(|stream| !stream.is_spent());
        if self.budget.is_over() {
            self.drop_given(&mut streams);
        }
    }

    pub(crate) fn end(&self) {
        for stream in std::mem::take(&mut *self.streams()) {
            stream.cut();
        }
    }

    fn streams(&self) -> MutexGuard<'_, VecDeque<KeptStream>> {
        self.streams.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Drops what was given to its client, the oldest first, until there is room.
    fn drop_given(&self, streams: &mut VecDeque<KeptStream>) {
        drop_where(streams, |stream| self.budget.wants_room() && stream.is_done());
        for stream in streams.iter() {
            if !self.budget.wants_room() {
                return;
            }
            stream.forget_read();
        }
    }
}

impl Shelf for Replay {
    fn make_room(&self) {
        let mut streams = self.streams();
        self.drop_given(&mut streams);
        for stream in streams.iter() {
            if !self.budget.is_short() {
                return;
            }
            stream.forget_unread();
        }
        // One answer that nobody has read yet may be larger than all that may be kept; it stays, unless there is no
        // room in the whole house.
        let spared = usize::from(!self.budget.is_short_in_all());
        let mut left = streams.iter().filter(|stream| stream.is_left()).count();
        drop_where(&mut streams, |stream| {
            let goes = left > spared && self.budget.is_short() && stream.is_left();
            left -= usize::from(goes);
            goes
        });
    }
}

/// Unlike `retain`, drops each at once, so that the next is asked when there is more room already.
fn drop_where(streams: &mut VecDeque<KeptStream>, mut goes: impl FnMut(&KeptStream) -> bool) {
    *streams = std::mem::take(streams).into_iter().filter(|stream| !goes(stream)).collect();
}

#[cfg(test)]
mod tests;
