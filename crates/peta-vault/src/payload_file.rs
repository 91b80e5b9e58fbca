//! The keys that the record's private parts hang on. They stand in a file beside the root and in no table: destroying one
//! destroys what it sealed in every copy of the database. Beside them stands who was erased, for as long as an old database
//! could bring them back, and which keys were destroyed. The form: `docs/formats/subjects.md`.

mod plan;
mod text;

use peta_model::{InstallId, Moment, SubjectId};

use crate::keys::{KekId, KekRow};

pub use plan::{KEEP, night_after};
pub use text::PayloadFileError;

/// A longer file is refused unread.
pub const LIMIT: usize = 1 << 20;

/// What the file holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PayloadFile {
    pub install: InstallId,
    pub keks: Vec<PayloadKek>,
    pub erased: Vec<ErasedSubject>,
    /// Keys that were destroyed: what names one of them is lost on purpose.
    pub destroyed: Vec<KekId>,
}

/// A key, wrapped under the vault's key of purpose `beside`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PayloadKek {
    pub row: KekRow,
    /// When it is destroyed, once it is retiring.
    pub until: Option<Moment>,
}

/// Somebody who is not to come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ErasedSubject {
    pub subject: SubjectId,
    /// What their key was sealed under: when that is destroyed, nothing can bring them back.
    pub kek: KekId,
    pub at: Moment,
}

#[cfg(test)]
mod tests;
