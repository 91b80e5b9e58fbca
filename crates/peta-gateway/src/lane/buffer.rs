//! The events of one stream: those that nobody read yet, and, if the stream can be resumed, those that were read and
//! may have been lost on the way. Bounded: what must go first is the oldest notification, then the oldest question of a
//! server's; an answer never goes to make room for something else of its stream.

use std::{collections::VecDeque, sync::Arc};

use bytes::Bytes;
use peta_mcp::sse;
use tokio::time::Instant;

use super::{budget::Budget, event_id::Namer, item::Item};

/// How much one stream may keep besides its answers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    pub(crate) bytes: usize,
    pub(crate) events: usize,
}

/// About what an event and a stream take besides the text.
const PER_EVENT: usize = 96;
const PER_STREAM: usize = 512;

#[derive(Debug)]
pub(super) struct Buffer {
    /// `None` on a stream that cannot be resumed: nothing that was read is kept.
    naming: Option<Naming>,
    bounds: Bounds,
    events: VecDeque<Event>,
    /// The number of the next event, and the first that no reader was given.
    next: u64,
    unread: u64,
    /// How many answers are still to come; `None` for a listener, which never ends by itself.
    owed: Option<usize>,
    /// Bytes of all events but answers.
    loose: usize,
    last_answer: Option<u64>,
}

#[derive(Debug)]
struct Naming {
    namer: Namer,
    budget: Arc<Budget>,
}

#[derive(Debug)]
struct Event {
    number: u64,
    weight: Weight,
    /// How long its message is, which stands at the end of the frame.
    message: usize,
    frame: Bytes,
    at: Instant,
}

/// What goes first when room is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Weight {
    Told,
    Asked,
    Answer,
}

impl Buffer {
    pub(super) fn lasting(bounds: Bounds, owed: Option<usize>, namer: Namer, budget: Arc<Budget>) -> Self {
        budget.take(PER_STREAM);
        let mut this = Self::passing(bounds, owed);
        this.naming = Some(Naming { namer, budget });
        this
    }

    pub(super) fn passing(bounds: Bounds, owed: Option<usize>) -> Self {
        Self { naming: None, bounds, events: VecDeque::new(), next: 0, unread: 0, owed, loose: 0, last_answer: None }
    }

    /// The first event, which says nothing but where the stream begins; it is not kept.
    pub(super) fn prime(&mut self, retry_ms: u64) -> Option<Bytes> {
        let id = self.naming.as_ref()?.namer.name(self.next, self.owes());
        self.next += 1;
        self.unread = self.next;
        Some(sse::priming(&id, retry_ms))
    }

    pub(super) const fn lasts(&self) -> bool {
        self.naming.is_some()
    }

    /// Whether a reader has learnt an id to come back with.
    pub(super) const fn is_named(&self) -> bool {
        self.naming.is_some() && self.unread > 0
    }

    pub(super) fn stream(&self) -> Option<u64> {
        self.naming.as_ref().map(|naming| naming.namer.stream())
    }

    pub(super) fn budget(&self) -> Option<&Arc<Budget>> {
        self.naming.as_ref().map(|naming| &naming.budget)
    }

    /// Whether all answers came, or never will.
    pub(super) fn is_finished(&self) -> bool {
        self.owed == Some(0)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    /// Whether a reader was given everything.
    pub(super) const fn is_read(&self) -> bool {
        self.unread >= self.next
    }

    pub(super) const fn unread(&self) -> u64 {
        self.unread
    }

    pub(super) fn put(&mut self, item: Item, now: Instant) {
        let (weight, message) = match item {
            Item::Told(message) => (Weight::Told, message),
            Item::Asked(message) => (Weight::Asked, message),
            Item::Answer(message) => (Weight::Answer, message),
            // A lane whose answer leaves in parts is never a stream.
            Item::Part(_) => return,
            Item::NoAnswer => return self.settle(),
        };
        let number = self.next;
        self.next += 1;
        if weight == Weight::Answer {
            self.settle();
            self.last_answer = Some(number);
        }
        let owes = self.owes();
        let id = self.naming.as_ref().map(|naming| naming.namer.name(number, owes));
        let message = peta_mcp::compact(message);
        let frame = sse::encode(Some("message"), id.as_deref(), &message);
        let event = Event { number, weight, message: message.len(), frame, at: now };
        self.count(&event);
        self.events.push_back(event);
        self.shorten();
    }

    /// The next event at or after a number, and the number after it.
    pub(super) fn read(&mut self, from: u64) -> Option<(u64, Bytes)> {
        let at = self.events.partition_point(|event| event.number < from);
        let event = self.events.get(at)?;
        let (next, frame) = (event.number + 1, event.frame.clone());
        self.unread = self.unread.max(next);
        if !self.lasts() {
            self.drop_at(at);
        }
        Some((next, frame))
    }

    pub(super) fn has(&self, from: u64) -> bool {
        self.events.back().is_some_and(|event| event.number >= from)
    }

    /// Whether an answer at or after this number is not there any more.
    pub(super) fn lost_answer(&self, from: u64) -> bool {
        self.last_answer.is_some_and(|answer| answer >= from) && !self.has(from)
    }

    /// Takes out the messages that no reader was given, for another stream to carry.
    pub(super) fn take_unread(&mut self) -> Vec<Item> {
        let at = self.events.partition_point(|event| event.number < self.unread);
        let mut all = Vec::new();
        while let Some(event) = self.drop_at(at) {
            let end = event.frame.len().saturating_sub(2);
            let message = event.frame.slice(end.saturating_sub(event.message)..end);
            all.push(match event.weight {
                Weight::Told => Item::Told(message),
                Weight::Asked => Item::Asked(message),
                Weight::Answer => Item::Answer(message),
            });
        }
        all
    }

    /// Drops what was read.
    pub(super) fn forget_read(&mut self) {
        while self.events.front().is_some_and(|event| event.number < self.unread) {
            self.drop_at(0);
        }
    }

    /// Drops all but answers that nobody read.
    pub(super) fn forget_all_but_answers(&mut self) {
        self.forget_read();
        self.forget(|event| event.weight < Weight::Answer);
    }

    /// Drops what is older; while somebody reads, not what still has to be given to them, but for notifications.
    pub(super) fn forget_before(&mut self, then: Instant, is_being_read: bool) {
        let unread = self.unread;
        self.forget(|event| {
            event.at < then && (!is_being_read || event.number < unread || event.weight == Weight::Told)
        });
    }

    /// Nothing more will come.
    pub(super) const fn finish(&mut self) {
        self.owed = Some(0);
    }

    fn owes(&self) -> bool {
        self.owed.is_some_and(|owed| owed > 0)
    }

    fn settle(&mut self) {
        self.owed = self.owed.map(|owed| owed.saturating_sub(1));
    }

    fn shorten(&mut self) {
        let mut lost = 0;
        while self.loose > self.bounds.bytes || self.events.len() > self.bounds.events.max(1) {
            let of = |weight| self.events.iter().position(|event| event.weight == weight);
            let Some(at) = of(Weight::Told).or_else(|| of(Weight::Asked)) else { break };
            let gone = self.drop_at(at);
            lost += u64::from(gone.is_some_and(|gone| gone.number >= self.unread));
        }
        self.note_lost(lost);
    }

    fn forget(&mut self, goes: impl Fn(&Event) -> bool) {
        let (mut at, mut lost) = (0, 0);
        while let Some(event) = self.events.get(at) {
            if goes(event) {
                lost += u64::from(event.number >= self.unread);
                self.drop_at(at);
            } else {
                at += 1;
            }
        }
        self.note_lost(lost);
    }

    fn note_lost(&self, messages: u64) {
        if let Some(budget) = self.budget().filter(|_| messages > 0) {
            budget.note_lost(messages);
        }
    }

    fn count(&mut self, event: &Event) {
        if event.weight < Weight::Answer {
            self.loose += event.frame.len();
        }
        if let Some(budget) = self.budget() {
            budget.take(event.frame.len() + PER_EVENT);
        }
    }

    fn drop_at(&mut self, at: usize) -> Option<Event> {
        let event = self.events.remove(at)?;
        if event.weight < Weight::Answer {
            self.loose -= event.frame.len();
        }
        if let Some(budget) = self.budget() {
            budget.give_back(event.frame.len() + PER_EVENT);
        }
        Some(event)
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        if let Some(budget) = self.budget() {
            let events: usize = self.events.iter().map(|event| event.frame.len() + PER_EVENT).sum();
            budget.give_back(events + PER_STREAM);
        }
    }
}

#[cfg(test)]
mod tests;
