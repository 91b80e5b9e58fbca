//! Finds forms in bytes that come in any chunks. A window that may be a form's first one makes a candidate; when all of
//! its bytes are there, the HMAC says whether it is one. So nothing is found that is not there.

use std::{collections::VecDeque, ops::Range, sync::Arc};

use aws_lc_rs::constant_time;

use super::{
    digester::{LONG, SHORT},
    filter::Hit,
    fingerprints::{lower, upper},
    forms::{Class, FormKind},
    live::LiveSet,
    table::{Entry, Handed},
};

/// Bytes that are searched at once, so that what is noted on the way stays small.
const BLOCK: usize = 64 << 10;

/// A form that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// What is to be cut, in bytes from the start.
    pub range: Range<u64>,
    pub handed: Handed,
    pub kind: FormKind,
}

/// Searches one text.
pub struct Scanner {
    live: Arc<LiveSet>,
    /// Whether a text may be a form as a whole.
    strings: bool,
    hash: u64,
    at: u64,
    /// What may still be needed of what was read: everything from the first candidate on, or the last window. The first
    /// bytes may be stale already.
    kept: Vec<u8>,
    stale: usize,
    candidates: Vec<Candidate>,
    /// No candidate begins before, and none is whole before.
    first: u64,
    due: u64,
    found: VecDeque<Found>,
    ended: bool,
    hits: Vec<Hit>,
}

/// Forms of one length that may stand here.
struct Candidate {
    start: u64,
    end: u64,
    class: Class,
    /// Of the live set's layers, and the entries there.
    layer: usize,
    entries: Range<usize>,
}

impl Scanner {
    /// Of bytes that are no strings: nothing is found as a whole.
    pub fn new(live: Arc<LiveSet>) -> Self {
        Self {
            live,
            strings: false,
            hash: 0,
            at: 0,
            kept: Vec::new(),
            stale: 0,
            candidates: Vec::new(),
            first: u64::MAX,
            due: u64::MAX,
            found: VecDeque::new(),
            ended: false,
            hits: Vec::new(),
        }
    }

    /// A new text, which is a whole string or is none.
    pub(super) fn begin(&mut self, strings: bool) {
        self.strings = strings;
        (self.hash, self.at, self.ended) = (0, 0, false);
        (self.first, self.due) = (u64::MAX, u64::MAX);
        self.candidates.clear();
        self.found.clear();
        self.kept.clear();
        self.stale = 0;
    }

    pub fn push(&mut self, bytes: &[u8]) {
        if self.live.is_empty() {
            self.at += length(bytes);
            return;
        }
        for block in bytes.chunks(BLOCK) {
            self.block(block);
        }
    }

    /// How far it is known what is there: no form that is still to be found begins before.
    pub fn settled(&self) -> u64 {
        if self.ended || self.live.is_empty() {
            return self.at;
        }
        self.at - length(self.kept_bytes())
    }

    /// Nothing is begun that what follows could make a form.
    pub(super) fn is_idle(&self) -> bool {
        self.candidates.is_empty() && self.found.is_empty()
    }

    /// How much was read.
    pub(super) fn at(&self) -> u64 {
        self.at
    }

    /// The bytes from [`Scanner::settled`] on.
    pub(super) fn kept_bytes(&self) -> &[u8] {
        self.kept.get(self.stale..).unwrap_or_default()
    }

    /// The next form, in the order in which they begin.
    pub fn next_found(&mut self) -> Option<Found> {
        let settled = self.settled();
        self.found.pop_front_if(|found| self.ended || found.range.start < settled)
    }

    /// The text is over: what is no form yet is none. What was found is still to be taken.
    pub fn end(&mut self) {
        let whole = self.live.longest_whole();
        if self.strings && self.at > 0 && self.at <= whole as u64 {
            self.note(Class::Whole, 0, upper(self.hash), Some(self.at));
            self.resolve(&[]);
        }
        self.candidates.clear();
        (self.first, self.due) = (u64::MAX, u64::MAX);
        self.kept.clear();
        self.stale = 0;
        self.ended = true;
    }

    fn block(&mut self, block: &[u8]) {
        let mut hits = std::mem::take(&mut self.hits);
        hits.clear();
        self.hash = self.live.search(self.hash, block, &mut hits);
        for hit in &hits {
            self.hit(hit);
        }
        self.hits = hits;
        let end = self.at + length(block);
        if self.due <= end {
            self.resolve(block);
        }
        self.keep(block);
        self.at = end;
    }

    fn hit(&mut self, hit: &Hit) {
        let behind = self.at + hit.behind as u64;
        for (class, window, hash) in [(Class::Long, LONG, upper(hit.hash)), (Class::Short, SHORT, lower(hit.hash))] {
            let Some(start) = behind.checked_sub(window as u64) else { continue };
            self.note(class, start, hash, None);
        }
    }

    /// Makes candidates of the entries with this hash, one for each length.
    fn note(&mut self, class: Class, start: u64, hash: u32, only: Option<u64>) {
        for layer in 0..self.live.layers() {
            let Some(table) = self.live.table(layer, class) else { continue };
            let entries = table.with_hash(hash);
            let mut from = entries.start;
            for same in table.entries(entries).chunk_by(|a, b| a.length == b.length) {
                let to = from + same.len();
                let long = same.first().map_or(0, |entry| u64::from(entry.length));
                if only.is_none_or(|only| only == long) {
                    (self.first, self.due) = (self.first.min(start), self.due.min(start + long));
                    self.candidates.push(Candidate { start, end: start + long, class, layer, entries: from..to });
                }
                from = to;
            }
        }
    }

    /// Confirms or drops each candidate that is whole with this block.
    fn resolve(&mut self, block: &[u8]) {
        let end = self.at + length(block);
        let live = Arc::clone(&self.live);
        let mut candidates = std::mem::take(&mut self.candidates);
        candidates.retain(|candidate| {
            if candidate.end > end {
                return true;
            }
            let table = live.table(candidate.layer, candidate.class);
            let entries = table.map_or(&[] as &[_], |table| table.entries(candidate.entries.clone()));
            self.confirm(candidate.start, candidate.end, entries, block);
            false
        });
        let least = |of: fn(&Candidate) -> u64| candidates.iter().map(of).min().unwrap_or(u64::MAX);
        (self.first, self.due) = (least(|candidate| candidate.start), least(|candidate| candidate.end));
        self.candidates = candidates;
    }

    fn confirm(&mut self, start: u64, end: u64, entries: &[Entry], block: &[u8]) {
        let kept = self.kept_bytes();
        let first = self.at - length(kept);
        let part = |bytes: &[u8], begins: u64| {
            let place = |at: u64| usize::try_from(at.saturating_sub(begins)).unwrap_or(usize::MAX).min(bytes.len());
            place(start)..place(end)
        };
        let parts =
            [kept.get(part(kept, first)).unwrap_or_default(), block.get(part(block, self.at)).unwrap_or_default()];
        let digest = self.live.digester().digest(&parts);
        for entry in entries {
            if constant_time::verify_slices_are_equal(&digest, &entry.digest).is_ok() {
                let inset = u64::from(entry.quoted);
                let range = start + inset..end - inset;
                self.insert(Found { range, handed: entry.handed, kind: entry.kind });
            }
        }
    }

    /// In the order of their starts, the longest first; the same for any chunks.
    fn insert(&mut self, found: Found) {
        let key = |found: &Found| (found.range.start, std::cmp::Reverse(found.range.end), found.kind, found.handed);
        let at = self.found.partition_point(|other| key(other) <= key(&found));
        self.found.insert(at, found);
    }

    /// Keeps what a candidate needs, or one window less a byte; and all of a string that may be a form as a whole.
    fn keep(&mut self, block: &[u8]) {
        let end = self.at + length(block);
        let first = self.first.min(end.saturating_sub(LONG as u64 - 1));
        let may_be_whole = self.strings && end <= self.live.longest_whole() as u64;
        let first = if may_be_whole { 0 } else { first };
        if let Some(skip) = first.checked_sub(self.at) {
            self.kept.clear();
            self.stale = 0;
            self.kept.extend_from_slice(block.get(usize::try_from(skip).unwrap_or(usize::MAX)..).unwrap_or_default());
            return;
        }
        let kept_from = self.at - length(self.kept_bytes());
        self.stale += usize::try_from(first.saturating_sub(kept_from)).unwrap_or(0);
        // Moved rarely, so that many small chunks cost no more than one.
        if self.stale > self.kept.len() / 2 {
            self.kept.drain(..self.stale.min(self.kept.len()));
            self.stale = 0;
        }
        self.kept.extend_from_slice(block);
    }
}

fn length(bytes: &[u8]) -> u64 {
    bytes.len() as u64
}

#[cfg(test)]
mod tests;
