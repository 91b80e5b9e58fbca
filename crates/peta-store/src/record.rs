//! The record: entries in files that are only appended to. Its format is told in `docs/formats/record.md`.
//!
//! From the ground up: `frame` cuts bytes into checked pieces; `entry`, `encode` and `decode` say what a piece holds,
//! `leaves` what of it stands in the tree;
//! `book` keeps what is open and where the record ends; `segment` and `walk` know files; `part` is a stretch of one
//! with an index; `columns` is what files are searched by, `recent` those of the file that is written to; `disk` brings what is written to the
//! disk; `log` writes, `start` opens, `view` is what a reader sees.

mod blocks;
mod book;
mod columns;
mod decode;
mod disk;
mod encode;
mod entry;
mod frame;
mod leaves;
mod log;
mod part;
mod recent;
mod segment;
mod start;
mod tail;
mod view;
mod walk;

pub(crate) use blocks::{Blocks, Spot};
pub(crate) use columns::{
    Column, Columns, Dictionary, Group, NONE, OTHER, Words, is_unfit, moment, tail as id_tail, unfit,
};
pub(crate) use decode::{Item, Line, SealedLine, item};
pub(crate) use disk::{Ahead, Disk};
pub(crate) use entry::{DECISIONS, Entry, Kept, OUTCOMES, Open, Privy, Sealed, Told, place};
pub(crate) use frame::{Frame, HEAD, LARGEST, first as first_frame, put as put_frame};
pub(crate) use leaves::leaves;
pub(crate) use log::{Log, Unwritten};
pub(crate) use part::Part;
pub(crate) use recent::Recent;
pub(crate) use segment::{HEAD as FILE_HEAD, Owner, head as file_head};
pub(crate) use start::{StartError, Started, start};
pub(crate) use tail::Place;
pub(crate) use view::{Damage, View};
pub(crate) use walk::{Gap, entry_at, walk};
