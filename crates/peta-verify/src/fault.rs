//! What does not fit, and where.

use std::fmt;

/// The first fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The file that does not fit.
    pub file: String,
    /// The entry, where one can be named.
    pub index: Option<u64>,
    /// The level of a tile.
    pub level: Option<u8>,
    pub what: String,
}

impl std::error::Error for Fault {}

impl fmt::Display for Fault {
    /// One line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file)?;
        if let Some(level) = self.level {
            write!(f, ", level {level}")?;
        }
        if let Some(index) = self.index {
            write!(f, ", entry {index}")?;
        }
        write!(f, ": {}", self.what)
    }
}

impl Fault {
    pub(crate) fn of(file: &str, what: impl fmt::Display) -> Self {
        Self { file: file.to_owned(), index: None, level: None, what: what.to_string() }
    }

    pub(crate) fn at(self, index: u64) -> Self {
        Self { index: Some(index), ..self }
    }

    pub(crate) fn on(self, level: u8) -> Self {
        Self { level: Some(level), ..self }
    }
}
