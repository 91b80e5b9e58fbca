//! Who keeps the keys that subject keys are sealed under. They stand in no table, so that destroying one destroys what it
//! sealed in every copy of the database; where they stand instead is not known here.

use peta_model::{Code, Moment, SubjectId};
use peta_vault::keys::{Block, KekId};

/// The keeper of the payload keys. All of it may wait for the disk, and is durable when it returns.
pub trait PayloadKeys: Send + Sync + 'static {
    /// Reserves wraps of a key.
    fn reserve(&self, kek: KekId) -> Result<Block, KeysFault>;
    /// Notes that a subject is erased whose key lies sealed under this one: it is not to come back with an old database,
    /// and the key is to be exchanged. Says when the last one that opens an old database is destroyed.
    fn erase(&self, subject: SubjectId, kek: KekId, now: Moment) -> Result<Moment, KeysFault>;
    fn now(&self) -> Moment;
}

/// Why the keeper did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct KeysFault {
    pub code: Code,
    pub text: String,
}
