//! What was read of the record and is not acknowledged yet: never more than a batch, for the record itself is the queue.

use std::collections::BTreeSet;

use peta_model::Moment;
use peta_store::Ended;

#[derive(Debug, Default)]
pub(crate) struct Queue {
    events: Vec<Ended>,
    /// Up to this entry the record was looked at.
    looked: u64,
    /// So many are sent at once: fewer while something among them is looked for that the receiver refuses.
    most: usize,
}

/// What an event takes in most forms, beside its own texts.
const USUAL: usize = 700;

impl Queue {
    pub(crate) const fn new(read: u64) -> Self {
        Self { events: Vec::new(), looked: read, most: usize::MAX }
    }

    /// What was found, and how far was looked.
    pub(crate) fn put(&mut self, found: Vec<Ended>, looked: u64) {
        self.events.extend(found);
        self.looked = looked;
    }

    pub(crate) const fn len(&self) -> usize {
        self.events.len()
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    /// About how many bytes they take.
    pub(crate) fn bytes(&self) -> usize {
        self.events.iter().map(weight).sum()
    }

    /// What is sent next: so many events, and about so many bytes, but one at least.
    pub(crate) fn next(&self, most: usize, bytes: usize) -> &[Ended] {
        let mut room = bytes;
        let fits = self.events.iter().take_while(|ended| {
            let fits = room > 0;
            room = room.saturating_sub(weight(ended));
            fits
        });
        let count = fits.count().min(most).min(self.most).max(1);
        self.events.get(..count.min(self.events.len())).unwrap_or_default()
    }

    /// The first so many are done with.
    pub(crate) fn done(&mut self, count: usize) {
        self.events.drain(..count.min(self.events.len()));
        self.most = self.most.saturating_mul(2);
    }

    /// Of the first so many, those at these places are kept.
    pub(crate) fn done_but(&mut self, count: usize, kept: &[usize]) {
        let kept: BTreeSet<usize> = kept.iter().copied().collect();
        let mut at = 0;
        self.events.retain(|_| {
            at += 1;
            at > count || kept.contains(&(at - 1))
        });
    }

    /// Something among these is refused, or they are too many: half of them are tried next.
    pub(crate) fn halve(&mut self, count: usize) {
        self.most = (count / 2).max(1);
    }

    /// Up to this entry everything is done with.
    pub(crate) fn read(&self) -> u64 {
        self.events.first().map_or(self.looked, |first| first.number.saturating_sub(1))
    }

    /// When the oldest of them ended.
    pub(crate) fn oldest(&self) -> Option<Moment> {
        let first = &self.events.first()?.event;
        let lasted = first.ending.map_or(0, |ending| i64::try_from(ending.duration_us).unwrap_or(0));
        Some(Moment::from_micros(first.time.micros().saturating_add(lasted)))
    }
}

fn weight(ended: &Ended) -> usize {
    let texts = [&ended.event.detail, &ended.event.subject.capability];
    USUAL + texts.into_iter().flatten().map(String::len).sum::<usize>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::marked::marked;

    fn ended(number: u64) -> Ended {
        Ended { number, ..marked([0; 16], Moment::from_micros(0)) }
    }

    fn numbers(events: &[Ended]) -> Vec<u64> {
        events.iter().map(|ended| ended.number).collect()
    }

    #[test]
    fn what_is_acknowledged_is_what_stands_before_the_first_that_is_not() {
        let mut queue = Queue::new(3);
        assert_eq!(queue.read(), 3);
        queue.put(vec![ended(5), ended(7), ended(8), ended(11)], 12);
        assert_eq!(queue.read(), 4);
        queue.done_but(3, &[1]);
        assert_eq!((queue.read(), numbers(queue.next(9, 99_999))), (6, vec![7, 11]));
        queue.done(1);
        assert_eq!(queue.read(), 10);
        queue.done(1);
        assert_eq!((queue.read(), queue.is_empty()), (12, true));
    }

    #[test]
    fn batches_are_bounded_in_number_and_size_and_halved_to_find_what_is_refused() {
        let mut queue = Queue::new(0);
        queue.put((1..=8).map(ended).collect(), 8);
        assert_eq!((queue.next(3, 99_999).len(), queue.bytes()), (3, USUAL * 8));
        assert_eq!(queue.next(9, USUAL * 2).len(), 2);
        assert_eq!(queue.next(9, 1).len(), 1);
        queue.halve(8);
        assert_eq!(queue.next(9, 99_999).len(), 4);
        queue.halve(1);
        assert_eq!(queue.next(9, 99_999).len(), 1);
        queue.done(1);
        assert_eq!(queue.next(9, 99_999).len(), 2, "more again, bit by bit");
    }
}
