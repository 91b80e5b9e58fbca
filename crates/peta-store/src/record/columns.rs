//! Columns: what is searched of a file of the record, as small numbers in the order of its events, so that a search reads
//! a few bytes of each event and the entries of those only that match. They are never the truth: what is missing, damaged
//! or of another version is made anew from the entries. The format is told in `docs/formats/record.md`.
//!
//! `shape` says what they are; `words` holds the texts that the numbers stand for, `lexicon` collects them; `build` makes them from
//! entries, in memory; `file` keeps them beside the record.

mod build;
mod bytes;
mod file;
mod lexicon;
mod shape;
mod words;

pub(crate) use build::Builder;
pub(crate) use file::{ColumnFile, Of, is_unfit, unfit};
pub(crate) use shape::{Column, Columns, Dictionary, Group, NONE, OTHER, moment, tail};
pub(crate) use words::Words;

#[cfg(test)]
mod tests;
