//! A lane: the way back of one request, or of a session's own stream. Whoever works on the request puts messages in;
//! the listener decides, as late as it can, whether they leave as one JSON body or as a stream of events.

use std::{
    convert::Infallible,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
};

use bytes::Bytes;
use http_body::Frame;
use peta_mcp::sse;
use peta_model::TokenId;
use tokio::{
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    time::{Interval, MissedTickBehavior, interval},
};

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

    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Item>> {
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

/// A body: nothing, one text, or a lane as a stream of events.
#[derive(Debug)]
pub struct Body(Form);

#[derive(Debug)]
enum Form {
    Text(Option<Bytes>),
    Events(Box<Events>),
}

#[derive(Debug)]
struct Events {
    first: Vec<Bytes>,
    lane: LaneEnd,
    keep_alive: Interval,
    /// How many answers the lane still owes; `None` for a listener, which never ends by itself.
    owed: Option<usize>,
    ids: Option<EventIds>,
}

/// Ids of a stream's events: `{stream}.{number}`.
#[derive(Debug)]
pub(crate) struct EventIds {
    stream: String,
    next: u64,
}

impl EventIds {
    pub(crate) fn of(stream: u64) -> Self {
        Self { stream: format!("{stream:x}"), next: 0 }
    }

    pub(crate) fn take(&mut self) -> String {
        self.next += 1;
        format!("{}.{}", self.stream, self.next - 1)
    }
}

impl Body {
    pub fn empty() -> Self {
        Self(Form::Text(None))
    }

    pub fn text(text: impl Into<Bytes>) -> Self {
        Self(Form::Text(Some(text.into())))
    }

    /// A stream of events: what already came, then what follows.
    pub(crate) fn events(
        settings: &Streams,
        lane: LaneEnd,
        owed: Option<usize>,
        mut ids: Option<EventIds>,
        prime: bool,
        came: Vec<Item>,
    ) -> Self {
        let mut keep_alive = interval(settings.keep_alive.duration());
        keep_alive.set_missed_tick_behavior(MissedTickBehavior::Delay);
        keep_alive.reset();
        let mut first = Vec::new();
        if let Some(ids) = ids.as_mut().filter(|_| prime) {
            first.push(sse::priming(&ids.take(), settings.retry.as_millis()));
        }
        let mut events = Events { first, lane, keep_alive, owed, ids };
        for item in came {
            if let Some(frame) = events.frame(item) {
                events.first.push(frame);
            }
        }
        events.first.reverse();
        Self(Form::Events(Box::new(events)))
    }

    /// A stream whose first event was written by the caller (HTTP+SSE's `endpoint`).
    pub(crate) fn events_after(settings: &Streams, lane: LaneEnd, opening: Bytes) -> Self {
        let Self(form) = Self::events(settings, lane, None, None, false, Vec::new());
        match form {
            Form::Events(mut events) => {
                events.first.push(opening);
                Self(Form::Events(events))
            }
            text @ Form::Text(_) => Self(text),
        }
    }
}

impl Events {
    fn frame(&mut self, item: Item) -> Option<Bytes> {
        let message = match item {
            Item::Related(message) => message,
            Item::Answer(message) => {
                self.settle();
                message
            }
            Item::NoAnswer => {
                self.settle();
                return None;
            }
            Item::Cut => {
                self.owed = Some(0);
                return None;
            }
        };
        let id = self.ids.as_mut().map(EventIds::take);
        Some(sse::encode(Some("message"), id.as_deref(), &peta_mcp::compact(message)))
    }

    fn settle(&mut self) {
        self.owed = self.owed.map(|owed| owed.saturating_sub(1));
    }
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let events = match &mut self.0 {
            Form::Text(text) => return Poll::Ready(text.take().map(|text| Ok(Frame::data(text)))),
            Form::Events(events) => events,
        };
        loop {
            if let Some(frame) = events.first.pop() {
                return Poll::Ready(Some(Ok(Frame::data(frame))));
            }
            if events.owed == Some(0) {
                return Poll::Ready(None);
            }
            match events.lane.poll_next(cx) {
                Poll::Ready(Some(item)) => {
                    events.keep_alive.reset();
                    let frame = events.frame(item);
                    events.first.extend(frame);
                }
                Poll::Ready(None) => return Poll::Ready(None),
                Poll::Pending => {
                    std::task::ready!(events.keep_alive.poll_tick(cx));
                    return Poll::Ready(Some(Ok(Frame::data(sse::comment()))));
                }
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(self.0, Form::Text(None))
    }

    fn size_hint(&self) -> http_body::SizeHint {
        match &self.0 {
            Form::Text(text) => http_body::SizeHint::with_exact(text.as_ref().map_or(0, |text| text.len() as u64)),
            Form::Events(_) => http_body::SizeHint::default(),
        }
    }
}

impl Drop for LaneEnd {
    fn drop(&mut self) {
        self.from.close();
    }
}
