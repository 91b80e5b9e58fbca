//! What a reader sees: the record as it was at one instant, and the damage that was met in it.

use std::{collections::BTreeSet, fmt, path::PathBuf, sync::Arc};

use super::part::Part;

/// The record at one instant.
#[derive(Debug)]
pub(crate) struct View {
    /// The oldest first.
    pub(crate) parts: Vec<Arc<Part>>,
    /// The number of the entry that would have come next.
    pub(crate) next: u64,
    /// The events that had begun and not ended.
    pub(crate) open: BTreeSet<u64>,
}

/// Bytes in a file of the record that are no entry, though entries stand behind them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Damage {
    pub(crate) path: PathBuf,
    pub(crate) offset: u64,
    pub(crate) bytes: u64,
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, offset, bytes } = self;
        write!(f, "{} is damaged: {bytes} bytes at {offset} are no entries", path.display())
    }
}
