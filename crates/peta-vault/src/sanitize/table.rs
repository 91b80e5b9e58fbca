//! Forms by their hashes: what a search asks when the filter let something through.

use std::ops::Range;

use super::{
    digester::DIGEST,
    forms::{Class, FormKind},
};

/// A version of a credential that a server was handed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Handed {
    pub credential: [u8; 16],
    pub version: u64,
}

#[derive(Clone)]
pub(super) struct Entry {
    pub(super) hash: u32,
    pub(super) length: u16,
    pub(super) quoted: bool,
    pub(super) kind: FormKind,
    pub(super) handed: Handed,
    pub(super) digest: [u8; DIGEST],
}

/// Forms with one window.
pub(super) struct Table {
    /// Sorted by hash, then by length.
    entries: Vec<Entry>,
    /// Where the entries begin whose hash has these upper bits; one more at the end.
    starts: Vec<u32>,
    bits: u32,
}

/// One for each class.
pub(super) struct Tables {
    long: Table,
    short: Table,
    whole: Table,
}

impl Table {
    fn new(mut entries: Vec<Entry>) -> Self {
        entries.sort_by_key(|entry| (entry.hash, entry.length));
        let bits = (usize::BITS - entries.len().leading_zeros()).clamp(1, 20);
        let mut starts = Vec::with_capacity((1 << bits) + 1);
        let mut first = 0;
        for bucket in 0..=(1_u64 << bits) {
            let before = |entry: &&Entry| u64::from(entry.hash) >> (32 - bits) < bucket;
            first += entries.get(first..).unwrap_or_default().iter().take_while(before).count();
            starts.push(u32::try_from(first).unwrap_or(u32::MAX));
        }
        Self { entries, starts, bits }
    }

    /// The entries with this hash.
    pub(super) fn with_hash(&self, hash: u32) -> Range<usize> {
        let bucket = (hash >> (32 - self.bits)) as usize;
        let start = |bucket: usize| self.starts.get(bucket).map_or(0, |at| *at as usize);
        let (from, to) = (start(bucket), start(bucket + 1));
        let bucket = self.entries.get(from..to).unwrap_or_default();
        let before = bucket.iter().take_while(|entry| entry.hash < hash).count();
        let same = bucket.iter().skip(before).take_while(|entry| entry.hash == hash).count();
        from + before..from + before + same
    }

    pub(super) fn entries(&self, range: Range<usize>) -> &[Entry] {
        self.entries.get(range).unwrap_or_default()
    }

    pub(super) fn all(&self) -> &[Entry] {
        &self.entries
    }
}

impl Tables {
    /// Of lists in the order of classes.
    pub(super) fn new(lists: [Vec<Entry>; 3]) -> Self {
        let [long, short, whole] = lists.map(Table::new);
        Self { long, short, whole }
    }

    pub(super) fn of(&self, class: Class) -> &Table {
        match class {
            Class::Long => &self.long,
            Class::Short => &self.short,
            Class::Whole => &self.whole,
        }
    }

    pub(super) fn count(&self) -> usize {
        self.long.entries.len() + self.short.entries.len() + self.whole.entries.len()
    }

    pub(super) fn and(&self, other: &Self) -> Self {
        let both = |class| [self.of(class).all(), other.of(class).all()].concat();
        Self::new([Class::Long, Class::Short, Class::Whole].map(both))
    }

    /// The length of the shortest form.
    pub(super) fn shortest(&self) -> Option<usize> {
        let all = [&self.long, &self.short, &self.whole].into_iter().flat_map(Table::all);
        all.map(|entry| usize::from(entry.length)).min()
    }

    /// The length of the longest form that is a whole string.
    pub(super) fn longest_whole(&self) -> usize {
        self.whole.entries.iter().map(|entry| usize::from(entry.length)).max().unwrap_or(0)
    }
}
