//! A lane: the way back of one request, or of a session's own stream. Whoever works on the request puts messages in;
//! the listener decides, as late as it can, whether they leave as one JSON body or as a stream of events.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
};

use bytes::Bytes;
use peta_model::TokenId;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::config::Streams;

/// What travels on a lane.
#[derive(Debug)]
pub(crate) enum Item {
    /// A message that is not the answer: only a stream can carry it.
    Related(Bytes),
    /// The answer to a request of this lane.
    Answer(Bytes),
    /// A request of this lane gets no answer (it was cancelled).
    NoAnswer,
    /// The lane ends here, whatever it owes: its token was revoked, or a newer stream took its place.
    Cut,
}

/// The writing end; cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Lane(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    to: UnboundedSender<Item>,
    queued: Arc<AtomicUsize>,
    limit: usize,
    streams: bool,
    token: Option<TokenId>,
}

/// The reading end.
#[derive(Debug)]
pub(crate) struct LaneEnd {
    from: UnboundedReceiver<Item>,
    queued: Arc<AtomicUsize>,
}

/// Opens a lane; `streams` says whether it can carry more than the answer.
pub(crate) fn open(settings: &Streams, streams: bool, token: Option<TokenId>) -> (Lane, LaneEnd) {
    let (to, from) = unbounded_channel();
    let queued = Arc::new(AtomicUsize::new(0));
    let inner = Inner { to, queued: Arc::clone(&queued), limit: settings.queued_bytes, streams, token };
    (Lane(Arc::new(inner)), LaneEnd { from, queued })
}

impl Lane {
    pub(crate) fn answer(&self, message: Bytes) {
        self.put(Item::Answer(message));
    }

    pub(crate) fn no_answer(&self) {
        self.put(Item::NoAnswer);
    }

    pub(crate) fn cut(&self) {
        self.put(Item::Cut);
    }

    /// A request towards the agent; false if nobody will read it.
    pub(crate) fn ask(&self, message: Bytes) -> bool {
        self.can_stream() && self.put(Item::Related(message))
    }

    /// A notification; dropped if it would not fit, for a slow reader must not cost memory without bound.
    pub(crate) fn tell(&self, message: Bytes) -> bool {
        let fits = self.0.queued.load(Ordering::Relaxed) + message.len() <= self.0.limit;
        fits && self.can_stream() && self.put(Item::Related(message))
    }

    pub(crate) fn can_stream(&self) -> bool {
        self.0.streams && !self.0.to.is_closed()
    }

    /// Whether its agent takes nothing but one JSON body.
    pub(crate) fn only_json(&self) -> bool {
        !self.0.streams
    }

    /// The token that opened the lane: when it is revoked, the lane ends.
    pub(crate) fn token(&self) -> Option<TokenId> {
        self.0.token
    }

    pub(crate) async fn closed(&self) {
        self.0.to.closed().await;
    }

    fn put(&self, item: Item) -> bool {
        let size = item.size();
        self.0.queued.fetch_add(size, Ordering::Relaxed);
        let sent = self.0.to.send(item).is_ok();
        if !sent {
            self.0.queued.fetch_sub(size, Ordering::Relaxed);
        }
        sent
    }
}

impl Item {
    fn size(&self) -> usize {
        match self {
            Self::Related(message) | Self::Answer(message) => message.len(),
            Self::NoAnswer | Self::Cut => 0,
        }
    }
}

impl LaneEnd {
    pub(crate) async fn next(&mut self) -> Option<Item> {
        let item = self.from.recv().await;
        self.note(item.as_ref());
        item
    }

    pub(crate) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Item>> {
        let item = std::task::ready!(self.from.poll_recv(cx));
        self.note(item.as_ref());
        Poll::Ready(item)
    }

    fn note(&self, item: Option<&Item>) {
        if let Some(item) = item {
            self.queued.fetch_sub(item.size(), Ordering::Relaxed);
        }
    }
}

impl Drop for LaneEnd {
    fn drop(&mut self) {
        self.from.close();
    }
}
