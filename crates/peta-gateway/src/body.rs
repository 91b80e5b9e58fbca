//! Bodies of answers: nothing, one text, one that comes in parts, or a lane as a stream of server-sent events, kept awake
//! by comments.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use http_body::Frame;
use peta_mcp::sse;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval};

use crate::{
    config::Streams,
    lane::{Item, end::LaneEnd},
};

/// A body: nothing, one text, one that comes in parts, or a lane as a stream of events.
#[derive(Debug)]
pub struct Body(Form);

#[derive(Debug)]
enum Form {
    Text(Option<Bytes>),
    Parts(Box<Parts>),
    Events(Box<Events>),
}

/// An answer that ends before it is whole: its connection breaks off, so that nobody takes it for all.
#[derive(Debug, thiserror::Error)]
#[error("the answer broke off")]
pub struct BrokenOff;

/// An answer as it comes.
#[derive(Debug)]
struct Parts {
    first: Option<Bytes>,
    end: LaneEnd,
    whole: bool,
}

#[derive(Debug)]
struct Events {
    /// What is written before anything of the lane.
    opening: Option<Bytes>,
    lane: LaneEnd,
    keep_alive: Interval,
    closing: Option<Closing>,
    /// Counts among the streams of its session.
    _reader: Option<Arc<()>>,
}

/// When a stream is closed for its client to come back, and what it is told then.
#[derive(Debug)]
struct Closing {
    at: Instant,
    retry: u64,
    told: bool,
}

impl Body {
    pub fn empty() -> Self {
        Self(Form::Text(None))
    }

    pub fn text(text: impl Into<Bytes>) -> Self {
        Self(Form::Text(Some(text.into())))
    }

    /// An answer of which the first part has come.
    pub(crate) fn parts(first: Bytes, end: LaneEnd) -> Self {
        Self(Form::Parts(Box::new(Parts { first: Some(first), end, whole: false })))
    }

    /// A stream of events: an opening, then what is on the lane and what follows.
    pub(crate) fn events(settings: &Streams, lane: LaneEnd, opening: Option<Bytes>, reader: Option<Arc<()>>) -> Self {
        let closing = settings.close_after.map(|age| Closing {
            at: Instant::now() + age.duration(),
            retry: settings.retry.as_millis(),
            told: false,
        });
        let wake = match settings.close_after {
            Some(age) => age.duration().min(settings.keep_alive.duration()),
            None => settings.keep_alive.duration(),
        };
        let mut keep_alive = interval(wake.max(std::time::Duration::from_millis(1)));
        keep_alive.set_missed_tick_behavior(MissedTickBehavior::Delay);
        keep_alive.reset();
        Self(Form::Events(Box::new(Events { opening, lane, keep_alive, closing, _reader: reader })))
    }
}

impl Parts {
    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, BrokenOff>>> {
        if let Some(first) = self.first.take() {
            return Poll::Ready(Some(Ok(first)));
        }
        if self.whole {
            return Poll::Ready(None);
        }
        self.end.poll_item(cx).map(|item| match item {
            Some(Item::Part(part)) => Some(Ok(part)),
            Some(Item::Answer(last)) => {
                self.whole = true;
                Some(Ok(last))
            }
            Some(Item::NoAnswer | Item::Told(_) | Item::Asked(_)) | None => Some(Err(BrokenOff)),
        })
    }
}

impl Events {
    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        if let Some(opening) = self.opening.take() {
            return Poll::Ready(Some(opening));
        }
        if self.closing.as_ref().is_some_and(|closing| closing.told) {
            return Poll::Ready(None);
        }
        if let Some(last) = self.close() {
            return Poll::Ready(Some(last));
        }
        match self.lane.poll_frame(cx) {
            Poll::Ready(frame) => {
                self.keep_alive.reset();
                Poll::Ready(frame)
            }
            Poll::Pending => {
                std::task::ready!(self.keep_alive.poll_tick(cx));
                Poll::Ready(Some(self.close().unwrap_or_else(sse::comment)))
            }
        }
    }

    /// The last words of a stream that is old enough to be closed, once its client knows how to come back.
    fn close(&mut self) -> Option<Bytes> {
        let closing = self.closing.as_mut().filter(|closing| closing.at <= Instant::now())?;
        if !self.lane.may_close() {
            return None;
        }
        closing.told = true;
        Some(sse::retry(closing.retry))
    }
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = BrokenOff;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BrokenOff>>> {
        match &mut self.0 {
            Form::Text(text) => Poll::Ready(text.take().map(|text| Ok(Frame::data(text)))),
            Form::Parts(parts) => parts.poll_next(cx).map(|part| part.map(|part| part.map(Frame::data))),
            Form::Events(events) => events.poll_next(cx).map(|frame| frame.map(|frame| Ok(Frame::data(frame)))),
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.0 {
            Form::Text(text) => text.is_none(),
            Form::Parts(parts) => parts.whole && parts.first.is_none(),
            Form::Events(_) => false,
        }
    }

    fn size_hint(&self) -> http_body::SizeHint {
        match &self.0 {
            Form::Text(text) => http_body::SizeHint::with_exact(text.as_ref().map_or(0, |text| text.len() as u64)),
            Form::Parts(_) | Form::Events(_) => http_body::SizeHint::default(),
        }
    }
}
