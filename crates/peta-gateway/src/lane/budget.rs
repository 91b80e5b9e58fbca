//! What kept events take: of one session, and of all sessions together.

use std::sync::{
    Arc,
    atomic::{AtomicU64, AtomicUsize, Ordering},
};

/// A count of bytes with a limit, and the larger one that it is a part of.
#[derive(Debug, Default)]
pub(crate) struct Budget {
    used: AtomicUsize,
    limit: usize,
    whole: Option<Arc<Budget>>,
    /// Messages that had to go before anybody read them.
    lost: AtomicU64,
}

impl Budget {
    pub(crate) fn of_all(limit: usize) -> Arc<Self> {
        Arc::new(Self { limit, ..Self::default() })
    }

    pub(crate) fn of_one(limit: usize, whole: &Arc<Self>) -> Arc<Self> {
        Arc::new(Self { limit, whole: Some(Arc::clone(whole)), ..Self::default() })
    }

    pub(crate) fn take(&self, bytes: usize) {
        self.used.fetch_add(bytes, Ordering::Relaxed);
        if let Some(whole) = &self.whole {
            whole.take(bytes);
        }
    }

    pub(crate) fn give_back(&self, bytes: usize) {
        self.used.fetch_sub(bytes, Ordering::Relaxed);
        if let Some(whole) = &self.whole {
            whole.give_back(bytes);
        }
    }

    /// Whether more is kept than may be, here or in all.
    pub(crate) fn is_over(&self) -> bool {
        self.used() > self.limit || self.whole.as_ref().is_some_and(|whole| whole.is_over())
    }

    /// Whether more room is wanted: some below the limit, so that not each event has to make its own.
    pub(crate) fn wants_room(&self) -> bool {
        self.used() > self.limit / 8 * 7 || self.whole.as_ref().is_some_and(|whole| whole.is_over())
    }

    /// Whether there is no room even for what nobody was given yet. In all, what was given already may take the limit once,
    /// and has a moment to go before the rest suffers for it.
    pub(crate) fn is_short(&self) -> bool {
        self.used() > self.limit || self.is_short_in_all()
    }

    pub(crate) fn is_short_in_all(&self) -> bool {
        self.whole.as_ref().is_some_and(|whole| whole.used() / 2 > whole.limit)
    }

    fn used(&self) -> usize {
        self.used.load(Ordering::Relaxed)
    }

    pub(crate) fn note_lost(&self, messages: u64) {
        match &self.whole {
            Some(whole) => whole.note_lost(messages),
            None => _ = self.lost.fetch_add(messages, Ordering::Relaxed),
        }
    }

    pub(crate) fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }
}
