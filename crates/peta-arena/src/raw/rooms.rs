//! Who has which part of the pages: plain numbers. Parts are whole units, so that no two share a cache line; the first
//! gap that is large enough is taken, and gaps that meet become one.

use std::{collections::BTreeMap, ops::Range};

/// Slots measure a multiple of so many bytes.
pub const UNIT: usize = 64;

/// The parts that nobody has.
pub(super) struct Rooms {
    /// Where a gap begins, and how long it is.
    gaps: BTreeMap<usize, usize>,
}

impl Rooms {
    /// All of it is free.
    pub(super) fn new(bytes: usize) -> Self {
        Self { gaps: BTreeMap::from([(0, bytes - bytes % UNIT)]) }
    }

    /// A part of at least so many bytes that nobody else has, none if there is no such gap.
    pub(super) fn take(&mut self, bytes: usize) -> Option<Range<usize>> {
        let size = whole_units(bytes)?;
        let (start, length) =
            self.gaps.iter().find(|(_, length)| **length >= size).map(|(at, length)| (*at, *length))?;
        self.gaps.remove(&start);
        if length > size {
            self.gaps.insert(start + size, length - size);
        }
        Some(start..start + size)
    }

    /// Takes a part back that was given out, or the end of one.
    pub(super) fn give_back(&mut self, part: Range<usize>) {
        let Range { mut start, mut end } = part;
        if start == end {
            return;
        }
        if let Some((before, length)) = self.gaps.range(..start).next_back().map(|(at, length)| (*at, *length))
            && before + length == start
        {
            self.gaps.remove(&before);
            start = before;
        }
        if let Some(length) = self.gaps.remove(&end) {
            end += length;
        }
        self.gaps.insert(start, end - start);
    }

    /// How many bytes nobody has, in however many gaps.
    pub(super) fn free(&self) -> usize {
        self.gaps.values().sum()
    }
}

/// So many bytes in whole units, at least one; none if there is no such number.
pub(super) fn whole_units(bytes: usize) -> Option<usize> {
    bytes.max(1).checked_next_multiple_of(UNIT)
}

#[cfg(test)]
mod tests;
