//! The archive: where full files of the record are put, sealed, and which of them are there. Who puts them there is not known
//! here. What is confirmed to be there has a row, and the row's key, in one transaction.

mod acts;
mod files;
mod rows;

pub use files::{FullFile, each_leaf};
pub use rows::{ArchiveEntry, ArchivedFile, NewArchive};
pub(crate) use rows::{firsts, read};
