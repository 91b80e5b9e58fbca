//! What a reader sees: the record as it was at one instant, and the damage that was met in it.

use std::{collections::BTreeSet, fmt, path::PathBuf, sync::Arc};

use peta_model::BootId;

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
    /// The run that writes, and from which number on.
    pub(crate) boot: Option<(u64, BootId)>,
}

/// Of one file, all that the view holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stretch {
    pub(crate) path: PathBuf,
    pub(crate) from: u64,
    pub(crate) to: u64,
}

impl View {
    /// The parts that are whole files and change no more.
    pub(crate) fn full(&self) -> &[Arc<Part>] {
        let writing = self.parts.last().map(|last| &last.path);
        let full = self.parts.iter().position(|part| Some(&part.path) == writing).unwrap_or(0);
        self.parts.get(..full).unwrap_or_default()
    }

    /// The file that is written to: what earlier runs wrote to it, and this one.
    pub(crate) fn end(&self) -> Option<Stretch> {
        let (first, last) = self.parts.get(self.full().len()).zip(self.parts.last())?;
        Some(Stretch { path: last.path.clone(), from: first.from, to: last.to })
    }
}

/// Bytes in a file of the record that are no entry, though entries stand behind them; no bytes, if the file is missing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Damage {
    pub(crate) path: PathBuf,
    pub(crate) offset: u64,
    pub(crate) bytes: u64,
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, offset, bytes } = self;
        if *bytes == 0 {
            return write!(f, "{} is missing, and nothing says that what stood there has expired", path.display());
        }
        write!(f, "{} is damaged: {bytes} bytes at {offset} are no entries", path.display())
    }
}
