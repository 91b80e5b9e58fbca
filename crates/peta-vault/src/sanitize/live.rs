//! The live set of a server: the fingerprints of every version of every credential that it was ever handed, for
//! whomever. Whoever keeps it says which those are; retired ones stay for a day.

use super::{
    digester::{DIGEST, Digester, LONG, SHORT},
    filter::{Filter, Hit},
    fingerprints::{self, Fingerprints, lower, upper},
    forms::{Class, FormKind},
};
use std::{ops::Range, sync::Arc};

/// Bytes of the longest form, and so what a search holds back at most.
pub const LONGEST_FORM: usize = fingerprints::LONGEST as usize;

/// A version of a credential that a server was handed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Handed {
    pub credential: [u8; 16],
    pub version: u64,
}

/// What is searched for in all that one server says.
pub struct LiveSet {
    digester: Arc<Digester>,
    filter: Filter,
    long: Table,
    short: Table,
    whole: Table,
    shortest: usize,
    longest_whole: usize,
    digits: bool,
    quiet_run: Option<u32>,
    left_out: Vec<Handed>,
}

/// Forms with one window, by their hashes.
pub(super) struct Table {
    /// Sorted by hash, then by length.
    entries: Vec<Entry>,
    /// Where the entries begin whose hash has these upper bits; one more at the end.
    starts: Vec<u32>,
    bits: u32,
}

pub(super) struct Entry {
    hash: u32,
    pub(super) length: u16,
    pub(super) quoted: bool,
    pub(super) kind: FormKind,
    pub(super) handed: Handed,
    pub(super) digest: [u8; DIGEST],
}

impl LiveSet {
    /// Of these versions. Fingerprints of another key cannot be searched for; [`LiveSet::left_out`] names them.
    pub fn new<'a>(digester: Arc<Digester>, handed: impl IntoIterator<Item = (Handed, &'a Fingerprints)>) -> Self {
        let mut lists: [Vec<Entry>; 3] = Default::default();
        let (mut left_out, mut digits, mut plain) = (Vec::new(), false, true);
        let [long, short, whole] = &mut lists;
        for (handed, prints) in handed {
            if !prints.are_of(&digester) {
                left_out.push(handed);
                continue;
            }
            for print in prints.iter() {
                digits |= print.digits;
                plain &= print.plain;
                let list = match print.class {
                    Class::Long => &mut *long,
                    Class::Short => &mut *short,
                    Class::Whole => &mut *whole,
                };
                let fingerprints::Fingerprint { hash, length, quoted, kind, digest, .. } = *print;
                list.push(Entry { hash, length, quoted, kind, handed, digest });
            }
        }
        let all = lists.iter().flatten().map(|entry| usize::from(entry.length));
        let shortest = all.min().unwrap_or(0);
        let [long, short, whole] = lists;
        let longest_whole = whole.iter().map(|entry| usize::from(entry.length)).max().unwrap_or(0);
        let hashes = |list: &[Entry]| list.iter().map(|entry| entry.hash).collect::<Vec<_>>();
        let filter = Filter::new(&hashes(&long), &hashes(&short));
        let least = if short.is_empty() { LONG } else { SHORT };
        let quiet_run = (plain && whole.is_empty()).then_some(least as u32);
        let [long, short, whole] = [long, short, whole].map(Table::new);
        Self { digester, filter, long, short, whole, shortest, longest_whole, digits, quiet_run, left_out }
    }

    /// For a server that was handed nothing.
    pub fn nothing() -> Self {
        Self::new(Arc::new(Digester::new(&[0; 32])), [])
    }

    /// Nothing was handed: all passes.
    pub fn is_empty(&self) -> bool {
        self.shortest == 0
    }

    /// How many forms are searched for.
    pub fn forms(&self) -> usize {
        self.long.entries.len() + self.short.entries.len() + self.whole.entries.len()
    }

    /// What cannot be searched for, as its fingerprints are of another key.
    pub fn left_out(&self) -> &[Handed] {
        &self.left_out
    }

    pub(super) fn digester(&self) -> &Digester {
        &self.digester
    }

    /// A shorter text holds nothing.
    pub(super) fn shortest(&self) -> usize {
        self.shortest
    }

    /// The longest that is searched for as a whole string; 0 if none is.
    pub(super) fn longest_whole(&self) -> usize {
        self.longest_whole
    }

    /// Whether something can stand as a number.
    pub(super) fn has_digits(&self) -> bool {
        self.digits
    }

    /// The shortest row of characters that can hold a form, if all forms are such that [`super::skim`] may step over
    /// what has none.
    pub(super) fn quiet_run(&self) -> Option<u32> {
        self.quiet_run
    }

    /// Whether one may begin and end in these bytes.
    pub(super) fn may_be_in(&self, bytes: &[u8]) -> bool {
        let mut hits = Vec::new();
        self.search(0, bytes, &mut hits);
        let known = |class: Class, hash: u32| !self.table(class).with_hash(hash).is_empty();
        hits.iter().any(|hit| known(Class::Long, upper(hit.hash)) || known(Class::Short, lower(hit.hash)))
    }

    /// As if some form were none of those.
    #[cfg(test)]
    pub(super) fn read_closely(mut self) -> Self {
        self.quiet_run = None;
        self
    }

    pub(super) fn table(&self, class: Class) -> &Table {
        match class {
            Class::Long => &self.long,
            Class::Short => &self.short,
            Class::Whole => &self.whole,
        }
    }

    pub(super) fn search(&self, hash: u64, bytes: &[u8], hits: &mut Vec<Hit>) -> u64 {
        self.filter.search(self.digester.gear(), hash, bytes, hits)
    }
}

impl Table {
    fn new(mut entries: Vec<Entry>) -> Self {
        entries.sort_by_key(|entry| (entry.hash, entry.length));
        let bits = (usize::BITS - entries.len().leading_zeros()).clamp(1, 20);
        let mut starts = Vec::with_capacity((1 << bits) + 1);
        for bucket in 0..=(1_u64 << bits) {
            let first = entries.partition_point(|entry| u64::from(entry.hash) >> (32 - bits) < bucket);
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
}
