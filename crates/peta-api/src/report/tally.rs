//! Counting things that are alike.

use std::collections::{BTreeMap, btree_map::Entry};

use peta_model::Moment;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::word::MomentText;

/// How often, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Seen {
    /// How often.
    pub count: u64,
    /// When the first of them began.
    #[schema(value_type = MomentText)]
    pub first: Moment,
    /// When the last of them began.
    #[schema(value_type = MomentText)]
    pub last: Moment,
}

/// Counts by what they are of, in order.
#[derive(Debug, Clone)]
pub struct Tally<K>(BTreeMap<K, Seen>);

impl Seen {
    pub const fn once(at: Moment) -> Self {
        Self { count: 1, first: at, last: at }
    }

    /// Both together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let (first, last) = (self.first.min(other.first), self.last.max(other.last));
        Self { count: self.count.saturating_add(other.count), first, last }
    }
}

impl<K: Ord> Tally<K> {
    pub const fn new() -> Self {
        Self(BTreeMap::new())
    }

    pub fn add(&mut self, key: K, seen: Seen) {
        match self.0.entry(key) {
            Entry::Vacant(free) => _ = free.insert(seen),
            Entry::Occupied(mut there) => {
                let both = there.get().and(seen);
                there.insert(both);
            }
        }
    }

    /// How many different things there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn into_rows(self) -> impl Iterator<Item = (K, Seen)> {
        self.0.into_iter()
    }
}

impl<K: Ord> Default for Tally<K> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_add_up_in_any_order() {
        let at = |micros| Seen::once(Moment::from_micros(micros));
        let seen = [("a", at(5)), ("b", at(1)), ("a", at(2)), ("a", at(9))];
        let count = |order: &[usize]| {
            let mut tally = Tally::new();
            order.iter().for_each(|&which| tally.add(seen[which].0, seen[which].1));
            tally.into_rows().collect::<Vec<_>>()
        };
        let whole = count(&[0, 1, 2, 3]);
        assert_eq!(whole, count(&[3, 2, 1, 0]));
        let (first, last) = (Moment::from_micros(2), Moment::from_micros(9));
        assert_eq!(whole, [("a", Seen { count: 3, first, last }), ("b", at(1))]);
    }
}
