//! What the store is told at start.

use std::path::PathBuf;

use peta_model::Span;

/// How to open a store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The data directory; made if it is missing.
    pub dir: PathBuf,
    /// What "recorded" means.
    pub sync: Sync,
    /// How large a file of the record gets before the next one begins, in bytes.
    pub segment: u64,
    /// How long arguments and results are kept, those that are; none: as long as the record.
    pub keep_payloads: Option<Span>,
}

/// When an entry of the record counts as written (`[record] sync`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sync {
    /// Handed to the operating system: it survives a killed Core, not a power cut.
    Written,
    /// On the disk, but for the intents of what only reads: those are handed to the operating system. What was answered is
    /// there after a power cut, and so is what may have been done.
    #[default]
    Ordered,
    /// On the disk, each entry.
    Full,
}

impl Config {
    /// The defaults, in this directory.
    pub fn new(dir: impl Into<PathBuf>) -> Self {
        Self { dir: dir.into(), sync: Sync::default(), segment: 64 * 1024 * 1024, keep_payloads: None }
    }
}

impl Sync {
    pub const ALL: [Self; 3] = [Self::Written, Self::Ordered, Self::Full];

    pub const fn word(self) -> &'static str {
        match self {
            Self::Written => "written",
            Self::Ordered => "ordered",
            Self::Full => "full",
        }
    }
}
