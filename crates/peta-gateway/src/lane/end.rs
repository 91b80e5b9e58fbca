//! The reading end of a lane: one JSON body's worth of items, or events, by one reader at a time. A lane that became a
//! stream can be given further readers; the newest is the one that is served.

use std::{
    future::poll_fn,
    sync::{Arc, Weak},
    task::{Context, Poll},
};

use bytes::Bytes;
use peta_mcp::RequestId;
use peta_model::TokenId;
use tokio::time::Instant;

use super::{
    budget::Budget,
    buffer::Buffer,
    channel::{Channel, Parts, Shelf, Streaming},
    event_id::Namer,
    item::Item,
};
use crate::work::Work;

/// The reading end.
#[derive(Debug)]
pub(crate) struct LaneEnd {
    lane: Arc<Channel>,
    reader: u64,
    /// The number of the first event that this reader was not given.
    next: u64,
}

/// How a lane becomes a stream that is kept.
pub(crate) struct Keeping<'a> {
    /// Unlike that of any other stream of the session.
    pub(crate) number: u64,
    /// The requests that wait for their answers on it, and how many are still to come; `None` for a listener.
    pub(crate) waiting: &'a [RequestId],
    pub(crate) owed: Option<usize>,
    /// Whether it begins with an event without data, and after how long its client may come back.
    pub(crate) retry_ms: Option<u64>,
    pub(crate) budget: Arc<Budget>,
    pub(crate) shelf: Weak<dyn Shelf>,
}

/// A stream as it is kept for its client to come back to.
#[derive(Debug, Clone)]
pub(crate) struct KeptStream(Arc<Channel>);

/// What a client finds that comes back to a stream.
pub(crate) enum Found {
    /// The stream goes on for it, from where it was.
    Attached(LaneEnd),
    /// There is nothing more to read, and nothing to come.
    Drained,
    /// An answer that it has not read is not there any more.
    AnswerLost,
}

impl LaneEnd {
    pub(super) const fn first(lane: Arc<Channel>) -> Self {
        Self { lane, reader: 0, next: 0 }
    }

    /// The next item, before the lane has become a stream; meanwhile drives the work that brings it.
    pub(crate) async fn next(&mut self, work: &mut Work) -> Option<Item> {
        poll_fn(|cx| {
            // What the work puts in is looked at right below, so nobody need be woken for it.
            self.lane.state().waker = None;
            work.poll(cx);
            self.poll_item(cx)
        })
        .await
    }

    /// The next item, without driving anything.
    pub(crate) fn poll_item(&self, cx: &mut Context<'_>) -> Poll<Option<Item>> {
        let mut state = self.lane.state();
        if let Some(item) = state.queue.pop_front() {
            state.begun |= matches!(item, Item::Part(_));
            let writer = state.writer.take();
            drop(state);
            if let Some(writer) = writer {
                writer.wake();
            }
            return Poll::Ready(Some(item));
        }
        if state.cut || state.orphaned {
            return Poll::Ready(None);
        }
        state.waker = Some(cx.waker().clone());
        Poll::Pending
    }

    /// Whether the answer has begun to leave in parts: then nothing can make the lane a stream any more.
    pub(crate) fn is_passing(&self) -> bool {
        self.lane.state().parts == Parts::Come
    }

    /// Makes the lane a stream that is kept for its client; what was read of it already comes first. Gives the event
    /// that says where the stream begins, if its client is to have one.
    pub(crate) fn keep(&mut self, keeping: Keeping<'_>, came: Vec<Item>) -> (KeptStream, Option<Bytes>) {
        let namer = Namer::new(keeping.number, keeping.waiting.iter());
        let mut buffer = Buffer::lasting(self.lane.bounds, keeping.owed, namer, keeping.budget);
        let opening = keeping.retry_ms.and_then(|retry| buffer.prime(retry));
        self.next = buffer.unread();
        self.begin(Streaming { buffer, shelf: Some(keeping.shelf) }, came);
        (KeptStream(Arc::clone(&self.lane)), opening)
    }

    /// Makes the lane a stream that ends with its connection, and never by itself.
    pub(crate) fn pass(&self) {
        self.begin(Streaming { buffer: Buffer::passing(self.lane.bounds, None), shelf: None }, Vec::new());
    }

    fn begin(&self, mut streaming: Streaming, came: Vec<Item>) {
        let mut state = self.lane.state();
        let now = Instant::now();
        for item in came.into_iter().chain(std::mem::take(&mut state.queue)) {
            streaming.buffer.put(item, now);
        }
        if state.cut || state.orphaned {
            streaming.buffer.finish();
        }
        state.stream = Some(Box::new(streaming));
    }

    /// The next event as it is written; none when the stream is over for this reader.
    pub(crate) fn poll_frame(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        let mut state = self.lane.state();
        if state.reader != self.reader {
            return Poll::Ready(None);
        }
        let Some(stream) = &mut state.stream else { return Poll::Ready(None) };
        if let Some((next, frame)) = stream.buffer.read(self.next) {
            self.next = next;
            return Poll::Ready(Some(frame));
        }
        if stream.buffer.is_finished() {
            return Poll::Ready(None);
        }
        match &mut state.waker {
            Some(waker) => waker.clone_from(cx.waker()),
            none => *none = Some(cx.waker().clone()),
        }
        Poll::Pending
    }

    /// Whether its client knows how to come back, or needs to know nothing.
    pub(crate) fn may_close(&self) -> bool {
        self.lane.state().stream.as_ref().is_some_and(|stream| stream.buffer.is_named())
    }
}

impl Drop for LaneEnd {
    fn drop(&mut self) {
        let mut state = self.lane.state();
        if state.reader != self.reader {
            return;
        }
        state.is_read = false;
        state.waker = None;
        if let Some(writer) = state.writer.take() {
            writer.wake();
        }
        if state.stream.as_ref().is_some_and(|stream| stream.buffer.lasts()) {
            state.left_at = Some(Instant::now());
            return;
        }
        state.queue.clear();
        if state.stream.take().is_some() {
            drop(state);
            self.lane.left.notify_waiters();
        }
    }
}

impl KeptStream {
    pub(crate) fn stream(&self) -> Option<u64> {
        self.0.state().stream.as_ref().and_then(|stream| stream.buffer.stream())
    }

    /// Whether nothing will be put in any more.
    pub(crate) fn is_finished(&self) -> bool {
        self.0.state().stream.as_ref().is_none_or(|stream| stream.buffer.is_finished())
    }

    /// Whether nobody reads it and nothing is left to read: it can go.
    pub(crate) fn is_spent(&self) -> bool {
        let state = self.0.state();
        let spent = |stream: &Streaming| stream.buffer.is_finished() && stream.buffer.is_empty();
        !state.is_read && state.stream.as_deref().is_none_or(spent)
    }

    /// Whether it has ended and its client was given everything.
    pub(crate) fn is_done(&self) -> bool {
        let state = self.0.state();
        let done = |stream: &Streaming| stream.buffer.is_finished() && stream.buffer.is_read();
        !state.is_read && state.stream.as_deref().is_none_or(done)
    }

    /// Whether it has ended, unread, with nobody there to read it.
    pub(crate) fn is_left(&self) -> bool {
        !self.0.state().is_read && self.is_finished()
    }

    /// A new reader, from the event after this one; the one before it ends.
    pub(crate) fn resume(&self, after: u64, token: Option<TokenId>) -> Found {
        let next = after.saturating_add(1);
        let (end, waker) = {
            let mut state = self.0.state();
            let Some(stream) = &mut state.stream else { return Found::Drained };
            if stream.buffer.lost_answer(next) {
                return Found::AnswerLost;
            }
            if stream.buffer.is_finished() && !stream.buffer.has(next) {
                return Found::Drained;
            }
            state.token = token;
            state.reader += 1;
            state.is_read = true;
            let end = LaneEnd { lane: Arc::clone(&self.0), reader: state.reader, next };
            (end, state.waker.take())
        };
        if let Some(waker) = waker {
            waker.wake();
        }
        Found::Attached(end)
    }

    /// Ends it, and lets go of all that nobody has to be given.
    pub(crate) fn cut(&self) {
        self.0.cut();
    }

    /// Drops what was read.
    pub(crate) fn forget_read(&self) {
        self.with_buffer(Buffer::forget_read);
    }

    /// Drops all that can be spared of a stream that nobody reads.
    pub(crate) fn forget_unread(&self) {
        let mut state = self.0.state();
        if !state.is_read
            && let Some(stream) = &mut state.stream
        {
            stream.buffer.forget_all_but_answers();
        }
    }

    /// Drops what is older.
    pub(crate) fn forget_before(&self, then: Instant) {
        let mut state = self.0.state();
        let is_read = state.is_read;
        if let Some(stream) = &mut state.stream {
            stream.buffer.forget_before(then, is_read);
        }
    }

    fn with_buffer(&self, act: impl FnOnce(&mut Buffer)) {
        if let Some(stream) = &mut self.0.state().stream {
            act(&mut stream.buffer);
        }
    }
}
