//! Arguments and results of calls that are kept: sealed, in files of their own beside the record, which go when their time is
//! over. The record's entries hold commitments to them, and where they lie. `docs/formats/record.md` tells the form.

mod expiry;
mod files;
mod reading;

pub(crate) use expiry::{Retention, expire};
pub(crate) use files::Files;
pub(crate) use reading::Reading;
pub use reading::{Opened, Said, SaidPage};

#[cfg(test)]
mod tests;
