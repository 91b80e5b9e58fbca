//! A stretch of a file that does not change any more, with an index into it: a place to begin reading every 64 KiB.

use std::{
    fs::File,
    io,
    path::PathBuf,
    sync::{Arc, OnceLock},
};

use super::{decode::Item, walk::walk};

/// A stretch of a file.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) path: PathBuf,
    pub(crate) from: u64,
    pub(crate) to: u64,
    /// The number of the first entry in it.
    pub(crate) first: u64,
    blocks: OnceLock<Arc<[Block]>>,
}

/// Some entries that are read together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Block {
    pub(crate) offset: u64,
    /// The number of the first entry in it.
    pub(crate) first: u64,
    /// The times of the earliest and the latest intent in it.
    pub(crate) earliest: i64,
    pub(crate) latest: i64,
}

/// An index while it grows.
#[derive(Debug, Clone)]
pub(crate) struct Index(Vec<Block>);

const EVERY: u64 = 64 * 1024;

impl Part {
    /// A part whose index is made when somebody reads it.
    pub(crate) const fn new(path: PathBuf, (from, to): (u64, u64), first: u64) -> Self {
        Self { path, from, to, first, blocks: OnceLock::new() }
    }

    pub(crate) fn indexed(self, index: Index) -> Self {
        Self { blocks: OnceLock::from(Arc::from(index.0)), ..self }
    }

    /// The index; reads the whole part at the first time.
    pub(crate) fn blocks(&self) -> io::Result<&[Block]> {
        if let Some(blocks) = self.blocks.get() {
            return Ok(blocks);
        }
        let mut index = Index::new(self.from, self.first);
        let file = File::open(&self.path)?;
        // Whoever reads a block sees the gaps in it.
        walk(&file, (self.from, self.to), |offset, number, item| index.note(offset, number, time(&item)))?;
        Ok(self.blocks.get_or_init(|| index.0.into()))
    }
}

impl Index {
    pub(crate) fn new(from: u64, first: u64) -> Self {
        Self(vec![Block { offset: from, first, earliest: i64::MAX, latest: i64::MIN }])
    }

    /// Notes an entry: where it is, and when, if it tells of an intent.
    pub(crate) fn note(&mut self, offset: u64, number: u64, time: Option<i64>) {
        if self.0.last().is_none_or(|last| offset - last.offset >= EVERY) {
            self.0.push(Block { offset, first: number, earliest: i64::MAX, latest: i64::MIN });
        }
        if let Some((last, time)) = self.0.last_mut().zip(time) {
            last.earliest = last.earliest.min(time);
            last.latest = last.latest.max(time);
        }
    }
}

pub(crate) fn time(item: &Item<'_>) -> Option<i64> {
    match item {
        Item::Intent(line) | Item::Whole(line, _) => Some(line.time.micros()),
        _ => None,
    }
}
