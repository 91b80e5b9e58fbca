//! Where the record ends, what has begun and not ended, and the last sign of life. Kept while it is written, and built
//! again at a start from what is read.

use std::collections::BTreeMap;

use peta_audit::Ending;
use peta_model::BootId;

use super::{
    decode::Item,
    entry::{Entry, Open},
};

/// What is known of the record as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Book {
    /// The number of the entry that comes next.
    pub(crate) next: u64,
    /// The latest moment of which an entry tells.
    pub(crate) sign: i64,
    open: BTreeMap<u64, Open>,
    /// The run that writes, and from which number on.
    pub(crate) boot: Option<(u64, BootId)>,
}

impl Book {
    pub(crate) const fn new(next: u64) -> Self {
        Self { next, sign: i64::MIN, open: BTreeMap::new(), boot: None }
    }

    pub(crate) fn open(&self) -> impl Iterator<Item = &Open> {
        self.open.values()
    }

    pub(crate) fn wrote(&mut self, number: u64, entry: &Entry<'_>) {
        match entry {
            Entry::Carried { .. } => {}
            Entry::Boot(boot, at) => {
                self.boot = Some((number, *boot));
                self.alive(at.micros());
            }
            Entry::Closed(at) | Entry::Mark(at) => self.alive(at.micros()),
            Entry::Intent(told) => self.begun(number, told.intent.time.micros(), told.act),
            Entry::Ending(event, ending) | Entry::Answered(event, ending, _) => self.ended(*event, ending),
            Entry::Whole(told, ending) => self.alive(after(told.intent.time.micros(), ending)),
        }
        self.next = number + entry.numbers();
    }

    pub(crate) fn read(&mut self, number: u64, item: &Item<'_>) {
        let numbers = match item {
            Item::Carried { sign, open, boot } => {
                self.alive(*sign);
                self.boot = boot.map(|boot| (number, boot)).or(self.boot);
                self.open = open.iter().map(|open| (open.event, *open)).collect();
                0
            }
            Item::Boot(boot, at) => {
                self.boot = Some((number, *boot));
                self.alive(at.micros());
                1
            }
            Item::Closed(at) | Item::Mark(at) => {
                self.alive(at.micros());
                1
            }
            Item::Intent(line) => {
                self.begun(number, line.time.micros(), line.act);
                1
            }
            Item::Ending(event, end) => {
                self.ended(*event, &end.ending);
                1
            }
            Item::Whole(line, end) => {
                self.alive(after(line.time.micros(), &end.ending));
                2
            }
        };
        self.next = number + numbers;
    }

    fn begun(&mut self, event: u64, time: i64, act: bool) {
        self.alive(time);
        self.open.insert(event, Open { event, time, act });
    }

    fn ended(&mut self, event: u64, ending: &Ending) {
        if let Some(open) = self.open.remove(&event) {
            self.alive(after(open.time, ending));
        }
    }

    fn alive(&mut self, at: i64) {
        self.sign = self.sign.max(at);
    }
}

fn after(time: i64, ending: &Ending) -> i64 {
    time.saturating_add(i64::try_from(ending.duration_us).unwrap_or(i64::MAX))
}
