//! A stretch of a file that does not change any more, with an index into it: a place to begin reading every 64 KiB.

use std::{
    fs::{self, File},
    io,
    path::PathBuf,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use super::{
    book::Book,
    columns::{Builder, ColumnFile, Columns, Of},
    decode::Item,
    walk::walk,
};

/// A stretch of a file.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) path: PathBuf,
    pub(crate) from: u64,
    pub(crate) to: u64,
    /// The number of the first entry in it.
    pub(crate) first: u64,
    blocks: OnceLock<Arc<[Block]>>,
    columns: Mutex<Option<Arc<ColumnFile>>>,
}

/// Some entries that are read together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Block {
    pub(crate) offset: u64,
    /// The number of the first entry in it.
    pub(crate) first: u64,
}

/// An index while it grows.
#[derive(Debug, Clone)]
pub(crate) struct Index(Vec<Block>);

const EVERY: u64 = 64 * 1024;

impl Part {
    /// A part whose index is made when somebody reads it.
    pub(crate) const fn new(path: PathBuf, (from, to): (u64, u64), first: u64) -> Self {
        Self { path, from, to, first, blocks: OnceLock::new(), columns: Mutex::new(None) }
    }

    pub(crate) fn indexed(self, index: Index) -> Self {
        Self { blocks: OnceLock::from(Arc::from(index.0)), ..self }
    }

    /// Both as one: they are of the same file, one behind the other.
    pub(crate) fn and(&self, later: &Self) -> Self {
        let whole = Self::new(self.path.clone(), (self.from, later.to), self.first);
        match self.blocks.get().zip(later.blocks.get()) {
            Some((blocks, more)) => whole.indexed(Index(blocks.iter().chain(more.iter()).copied().collect())),
            None => whole,
        }
    }

    /// The columns of a part that is a whole file: those that are kept beside it, or made now. Others who want them wait.
    pub(crate) fn columns(&self) -> io::Result<Arc<dyn Columns>> {
        let mut kept = self.columns.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(columns) = kept.as_ref() {
            return Ok(Arc::clone(columns) as Arc<dyn Columns>);
        }
        if self.from == self.to {
            return Ok(Arc::new(Builder::new(self.from)));
        }
        let log = File::open(&self.path)?;
        let (of, path) = (Of::entries(&log, self.to)?, ColumnFile::path(&self.path));
        let opened = path.as_ref().map(|path| ColumnFile::open(path, of));
        if let Some(Ok(columns)) = opened {
            let columns = Arc::new(columns);
            *kept = Some(Arc::clone(&columns));
            return Ok(columns);
        }
        let mut made = Builder::new(self.from);
        made.read(&log, self.to)?;
        let written = path.map(|path| {
            ColumnFile::keep(&path, of, &made)?;
            ColumnFile::open(&path, of)
        });
        match written {
            Some(Ok(columns)) => {
                let columns = Arc::new(columns);
                *kept = Some(Arc::clone(&columns));
                Ok(columns)
            }
            Some(Err(error)) => {
                tracing::warn!(file = %self.path.display(), %error, "what a file is searched by cannot be kept beside it");
                Ok(Arc::new(made))
            }
            None => Ok(Arc::new(made)),
        }
    }

    /// Takes columns away that proved to be unfit; the next who wants some makes them anew.
    pub(crate) fn forget_columns(&self) {
        let mut kept = self.columns.lock().unwrap_or_else(PoisonError::into_inner);
        *kept = None;
        if let Some(path) = ColumnFile::path(&self.path) {
            fs::remove_file(path).ok();
        }
    }

    /// Whether columns are at hand or being made.
    pub(crate) fn has_columns(&self) -> bool {
        self.from == self.to || self.columns.try_lock().map_or(true, |kept| kept.is_some())
    }

    /// Where one may begin to read to meet the entry of this number.
    pub(crate) fn offset_before(&self, number: u64) -> io::Result<u64> {
        let blocks = self.blocks()?;
        let at = blocks.partition_point(|block| block.first <= number);
        Ok(blocks.get(at.saturating_sub(1)).map_or(self.from, |block| block.offset))
    }

    /// The latest moment of which an entry in it tells, by reading it; none if none does.
    pub(crate) fn latest(&self) -> io::Result<Option<i64>> {
        let mut book = Book::new(self.first);
        walk(&File::open(&self.path)?, (self.from, self.to), |_, number, item| {
            book.read(number, &item);
            // What was open when the file began is needed for when it ended; what was told before is not told here.
            if matches!(item, Item::Carried { .. }) {
                book.sign = i64::MIN;
            }
        })?;
        Ok(Some(book.sign).filter(|sign| *sign != i64::MIN))
    }

    /// The index; reads the whole part at the first time.
    pub(crate) fn blocks(&self) -> io::Result<&[Block]> {
        if let Some(blocks) = self.blocks.get() {
            return Ok(blocks);
        }
        let mut index = Index::new(self.from, self.first);
        let file = File::open(&self.path)?;
        // Whoever reads a block sees the gaps in it.
        walk(&file, (self.from, self.to), |offset, number, _| index.note(offset, number))?;
        Ok(self.blocks.get_or_init(|| index.0.into()))
    }
}

impl Index {
    pub(crate) fn new(from: u64, first: u64) -> Self {
        Self(vec![Block { offset: from, first }])
    }

    /// Notes where an entry is.
    pub(crate) fn note(&mut self, offset: u64, number: u64) {
        if self.0.last().is_none_or(|last| offset - last.offset >= EVERY) {
            self.0.push(Block { offset, first: number });
        }
    }
}
