//! A lane: the way back of one request, or of a session's own stream. Whoever works on the request puts messages in;
//! the listener decides, as late as it can, whether they leave as one JSON body or as a stream of events. A stream
//! outlives the connection that carries it: what is said meanwhile waits, within bounds, for the next reader.

pub(crate) mod budget;
mod buffer;
mod channel;
pub(crate) mod end;
pub(crate) mod event_id;
mod item;

use std::{
    future::poll_fn,
    sync::{Arc, atomic::Ordering},
    task::Poll,
};

use bytes::Bytes;
use peta_model::TokenId;
use tokio::time::Instant;

pub(crate) use buffer::Bounds;
pub(crate) use channel::Shelf;
use channel::{Channel, Parts};
use end::LaneEnd;
pub(crate) use item::Item;

/// The writing end; cheap to clone. When the last one goes, nothing more will come.
#[derive(Debug)]
pub(crate) struct Lane(Arc<Channel>);

/// Opens a lane; `streams` says whether it can carry more than the answer.
pub(crate) fn open(bounds: Bounds, streams: bool, token: Option<TokenId>) -> (Lane, LaneEnd) {
    let channel = Channel::new(bounds, streams, token);
    (Lane(Arc::clone(&channel)), LaneEnd::first(channel))
}

impl Lane {
    /// The answer of whoever works on the request, or what is left of one that leaves in parts.
    pub(crate) fn answer(&self, message: Bytes) {
        self.0.put(Item::Answer(message));
    }

    /// An answer that somebody else gives for a request that is to end. Of an answer that leaves in parts already, nothing
    /// more leaves, and this does not.
    pub(crate) fn answer_instead(&self, message: Bytes) {
        self.0.answer_instead(message);
    }

    /// Its one answer may leave in parts, as the body of one JSON answer.
    pub(crate) fn takes_parts(&self) {
        self.0.state().parts = Parts::May;
    }

    /// Whether its answer may leave in parts, as things stand.
    pub(crate) fn may_pass(&self) -> bool {
        self.0.state().may_pass()
    }

    /// From now on the answer leaves in parts, and nothing else does; false if it is too late for that.
    pub(crate) fn pass(&self) -> bool {
        let mut state = self.0.state();
        let may = state.may_pass();
        if may {
            state.parts = Parts::Come;
        }
        may
    }

    /// A part of the answer; returns when it was taken, or at once if nobody takes parts any more.
    pub(crate) async fn part(&self, part: Bytes) {
        self.0.put(Item::Part(part));
        poll_fn(|cx| {
            let mut state = self.0.state();
            if state.queue.is_empty() || !state.takes() {
                return Poll::Ready(());
            }
            state.writer = Some(cx.waker().clone());
            Poll::Pending
        })
        .await;
    }

    pub(crate) fn no_answer(&self) {
        self.0.put(Item::NoAnswer);
    }

    /// Ends the lane, whatever it owes: its token was revoked, or a newer stream took its place. Answers that are there
    /// are still read.
    pub(crate) fn cut(&self) {
        self.0.cut();
    }

    /// A request towards the agent; false if nobody will read it.
    pub(crate) fn ask(&self, message: Bytes) -> bool {
        self.can_stream() && self.0.put(Item::Asked(message))
    }

    /// A notification. A slow reader must not cost memory without bound: the oldest ones go when there are too many.
    pub(crate) fn tell(&self, message: Bytes) -> bool {
        self.can_stream() && self.0.put(Item::Told(message))
    }

    /// Whether a message that is no answer would be read, now or when its client comes back.
    pub(crate) fn can_stream(&self) -> bool {
        let state = self.0.state();
        self.0.streams && state.takes() && state.parts != Parts::Come
    }

    /// Whether somebody reads now.
    pub(crate) fn is_read(&self) -> bool {
        let state = self.0.state();
        self.0.streams && state.is_read && !state.cut
    }

    /// Since when nobody reads the stream.
    pub(crate) fn left_at(&self) -> Option<Instant> {
        let state = self.0.state();
        state.left_at.filter(|_| !state.is_read)
    }

    /// Whether its agent takes nothing but one JSON body.
    pub(crate) fn only_json(&self) -> bool {
        !self.0.streams
    }

    /// The token that opened the lane, or came back to it last: when it is revoked, the lane ends.
    pub(crate) fn token(&self) -> Option<TokenId> {
        self.0.state().token
    }

    /// Resolves when nobody reads any more.
    pub(crate) async fn closed(&self) {
        loop {
            let left = self.0.left.notified();
            if !self.0.state().is_read {
                return;
            }
            left.await;
        }
    }

    /// Moves what nobody was given to a newer lane, and ends this one.
    pub(crate) fn hand_over(&self, newer: &Self) {
        let unread = {
            let mut state = self.0.state();
            state.stream.as_mut().map(|stream| stream.buffer.take_unread()).unwrap_or_default()
        };
        self.cut();
        for item in unread {
            newer.0.put(item);
        }
    }
}

impl Clone for Lane {
    fn clone(&self) -> Self {
        self.0.writers.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(&self.0))
    }
}

impl Drop for Lane {
    fn drop(&mut self) {
        if self.0.writers.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.0.orphan();
        }
    }
}

#[cfg(test)]
mod tests;
