//! Bodies of answers: nothing, one text, or a lane as a stream of server-sent events, kept awake by comments.

use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http_body::Frame;
use peta_mcp::sse;
use tokio::time::{Interval, MissedTickBehavior, interval};

use crate::{
    config::Streams,
    lane::{Item, LaneEnd},
};

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
