//! What both ends of a lane share: what waits to be read, by whom it is read, and how it ends.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak, atomic::AtomicUsize},
    task::Waker,
};

use bytes::Bytes;
use peta_model::TokenId;
use tokio::{sync::Notify, time::Instant};

use super::{
    buffer::{Bounds, Buffer},
    item::Item,
};

/// Where streams are kept for their clients to come back to; it makes room when they take too much.
pub(crate) trait Shelf: Send + Sync {
    fn make_room(&self);
}

pub(super) struct Channel {
    /// Whether the lane can carry more than the answer.
    pub(super) streams: bool,
    pub(super) bounds: Bounds,
    pub(super) writers: AtomicUsize,
    state: Mutex<State>,
    /// Rings when a stream that ends with its connection has lost it.
    pub(super) left: Notify,
}

pub(super) struct State {
    pub(super) token: Option<TokenId>,
    /// What came before it was clear that it leaves as a stream.
    pub(super) queue: VecDeque<Item>,
    pub(super) stream: Option<Box<Streaming>>,
    /// The newest reader; older ones end.
    pub(super) reader: u64,
    pub(super) is_read: bool,
    pub(super) left_at: Option<Instant>,
    pub(super) cut: bool,
    pub(super) orphaned: bool,
    pub(super) parts: Parts,
    /// A part of the answer has left.
    pub(super) begun: bool,
    pub(super) waker: Option<Waker>,
    /// Whoever waits for a part to be taken.
    pub(super) writer: Option<Waker>,
}

/// Whether the answer leaves in parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Parts {
    Never,
    May,
    Come,
}

pub(super) struct Streaming {
    pub(super) buffer: Buffer,
    pub(super) shelf: Option<Weak<dyn Shelf>>,
}

impl std::fmt::Debug for Channel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Channel").field("streams", &self.streams).finish_non_exhaustive()
    }
}

impl Channel {
    pub(super) fn new(bounds: Bounds, streams: bool, token: Option<TokenId>) -> Arc<Self> {
        let state = State {
            token,
            queue: VecDeque::new(),
            stream: None,
            reader: 0,
            is_read: true,
            left_at: None,
            cut: false,
            orphaned: false,
            parts: Parts::Never,
            begun: false,
            waker: None,
            writer: None,
        };
        let (writers, left) = (AtomicUsize::new(1), Notify::new());
        Arc::new(Self { streams, bounds, writers, state: Mutex::new(state), left })
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn put(&self, item: Item) -> bool {
        let (waker, shelf) = {
            let mut guard = self.state();
            let state = &mut *guard;
            if !state.takes() {
                return false;
            }
            let mut shelf = None;
            match &mut state.stream {
                Some(stream) => {
                    stream.buffer.put(item, Instant::now());
                    shelf = stream.crowded();
                }
                // A first notification turns the lane into a stream at once; until it is one, few must do.
                None if state.queue.len() >= self.bounds.events && matches!(item, Item::Told(_)) => return false,
                None => state.queue.push_back(item),
            }
            (state.waker.take(), shelf)
        };
        if let Some(waker) = waker {
            waker.wake();
        }
        if let Some(shelf) = shelf {
            shelf.make_room();
        }
        true
    }

    pub(super) fn cut(&self) {
        self.end(|state| {
            state.cut = true;
            // Half an answer is none.
            let whole = state.parts != Parts::Come;
            state.queue.retain(|item| whole && matches!(item, Item::Answer(_)));
            if let Some(stream) = &mut state.stream {
                stream.buffer.forget_all_but_answers();
                stream.buffer.finish();
            }
        });
    }

    pub(super) fn answer_instead(&self, message: Bytes) {
        let mut state = self.state();
        if state.parts != Parts::Come {
            // From here on it cannot begin to leave in parts, which this would then be taken for the last of.
            state.parts = Parts::Never;
            drop(state);
            self.put(Item::Answer(message));
            return;
        }
        drop(state);
        self.end(|state| {
            state.cut = true;
            state.queue.clear();
            if !state.begun {
                state.parts = Parts::Never;
                state.queue.push_back(Item::Answer(message));
            }
        });
    }

    pub(super) fn orphan(&self) {
        self.end(|state| {
            state.orphaned = true;
            if let Some(stream) = &mut state.stream {
                stream.buffer.finish();
            }
        });
    }

    fn end(&self, how: impl FnOnce(&mut State)) {
        let wakers = {
            let mut state = self.state();
            how(&mut state);
            [state.waker.take(), state.writer.take()]
        };
        wakers.into_iter().flatten().for_each(Waker::wake);
    }
}

impl State {
    /// Whether what is put in now will be read, or may be.
    pub(super) fn takes(&self) -> bool {
        !self.cut && (self.is_read || self.stream.as_ref().is_some_and(|stream| stream.buffer.lasts()))
    }

    /// Whether the answer may leave in parts: nothing else has come that only a stream could carry.
    pub(super) fn may_pass(&self) -> bool {
        self.parts == Parts::May && self.takes() && self.stream.is_none() && self.queue.is_empty()
    }
}

impl Streaming {
    /// The shelf, if this stream has made it too full.
    fn crowded(&self) -> Option<Arc<dyn Shelf>> {
        let over = self.buffer.budget().is_some_and(|budget| budget.is_over());
        if over { self.shelf.as_ref()?.upgrade() } else { None }
    }
}
