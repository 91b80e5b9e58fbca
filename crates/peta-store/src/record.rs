//! The record: entries in files that are only appended to. Its format is told in `docs/formats/record.md`.
//!
//! From the ground up: `frame` cuts bytes into checked pieces; `entry`, `encode` and `decode` say what a piece holds;
//! `book` keeps what is open and where the record ends; `segment` and `walk` know files; `part` is a stretch of one
//! with an index; `log` writes, `start` opens, `view` is what a reader sees.

mod book;
mod decode;
mod encode;
mod entry;
mod frame;
mod log;
mod part;
mod segment;
mod start;
mod tail;
mod view;
mod walk;

pub(crate) use decode::{Item, Line, item};
pub(crate) use entry::{Entry, Open, Told};
pub(crate) use log::{Log, Unwritten};
pub(crate) use segment::Owner;
pub(crate) use start::{StartError, Started, start};
pub(crate) use tail::Place;
pub(crate) use view::{Damage, View};
pub(crate) use walk::{Gap, walk};
