//! What columns are, wherever they stand.

use std::{borrow::Cow, io};

use peta_model::{BootId, EventId};

use super::words::Words;
use crate::record::walk::Gap;

/// What is kept of each event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Column {
    /// Its number, from that of the group's first event on.
    Number,
    /// Where its intent stands, from that of the group's first event on.
    Intent,
    /// Where its ending stands, likewise and one more; 0 if that is not in this file.
    End,
    /// When it began, see `moment`.
    Time,
    /// The last four bytes of its id.
    Id,
    /// A place in `DECISIONS`, counted from 1.
    Decision,
    /// A place in `OUTCOMES`, counted from 1; 0 if its ending is not in this file.
    Outcome,
    /// From here on: the number of a word.
    Kind,
    Agent,
    Server,
    /// `OTHER`: one that only the private part tells, or none.
    Capability,
    Session,
    /// All of an event's reasons are one word, a line each.
    Reasons,
    /// `NONE`: its ending is not in this file. `OTHER`: it ended without one.
    Code,
}

/// Texts that numbers stand for, one list for each file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dictionary {
    Kind,
    Agent,
    Server,
    Capability,
    Session,
    Reasons,
    Code,
}

/// The numbers of two words that are no texts.
pub(crate) const NONE: u32 = 0;
pub(crate) const OTHER: u32 = 1;

pub(crate) const COLUMNS: usize = 14;
pub(crate) const DICTIONARIES: usize = 7;

/// So many events stand together at most: what is read at once.
pub(crate) const GROUP: usize = 16 * 1024;

/// Some events in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Group {
    pub(crate) rows: u32,
    /// Number, place and time of its first event.
    pub(crate) number: u64,
    pub(crate) offset: u64,
    pub(crate) time: i64,
    /// The times of the earliest and the latest.
    pub(crate) earliest: i64,
    pub(crate) latest: i64,
}

/// The columns of a stretch of a file.
pub(crate) trait Columns: Send + Sync {
    fn groups(&self) -> &[Group];

    /// One column of a group.
    fn column(&self, group: usize, column: Column, into: &mut Vec<u32>) -> io::Result<()>;

    fn words(&self, dictionary: Dictionary) -> io::Result<Cow<'_, Words>>;

    /// Where the ending of an event stands that began before this stretch.
    fn late(&self, event: u64) -> Option<u64>;

    /// The runs that wrote it, each with the number of its first entry here; what stands before the first is not known.
    fn boots(&self) -> &[(u64, BootId)];

    /// Bytes in it that are no entries.
    fn gaps(&self) -> &[Gap];
}

/// How many milliseconds later than the group's first event one began, and 2^31 more; what is further away than that
/// tells has the least or the greatest number.
pub(crate) fn moment(time: i64, first: i64) -> u32 {
    let millis = time.saturating_sub(first).div_euclid(1000).saturating_add(1 << 31);
    u32::try_from(millis.clamp(0, i64::from(u32::MAX))).unwrap_or(u32::MAX)
}

/// Of an id, what a column has room for.
pub(crate) fn tail(id: EventId) -> u32 {
    id.as_bytes().last_chunk().map_or(0, |tail| u32::from_le_bytes(*tail))
}

impl Group {
    /// Where the column's number leads to.
    pub(crate) fn place(&self, column: u32) -> u64 {
        self.offset.saturating_add(u64::from(column))
    }
}
