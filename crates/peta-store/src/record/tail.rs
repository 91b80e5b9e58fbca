//! The file that is written to: entries go behind each other, and when it is full the next file begins.

use std::{fs::File, io, os::unix::fs::FileExt, path::PathBuf, sync::Arc};

use super::{
    book::Book,
    encode,
    entry::{Entry, Open},
    part::{Index, Part},
    segment::{self, Owner, Segment},
};

/// Where files are made, whose they are, and how large they get.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) dir: PathBuf,
    pub(crate) owner: Owner,
    pub(crate) limit: u64,
}

/// The end of the record.
#[derive(Debug)]
pub(crate) struct Tail {
    pub(crate) file: Arc<File>,
    path: PathBuf,
    /// Where this run began to write, and the number of its first entry there.
    pub(crate) from: u64,
    first: u64,
    end: u64,
    /// When the end is beyond this, the next file begins.
    full: u64,
    index: Index,
}

/// After a next file could not be made, it is tried again so many bytes later.
const AGAIN: u64 = 1024 * 1024;

impl Tail {
    /// Behind what stands in a file already.
    pub(crate) fn behind(file: File, path: PathBuf, (end, next): (u64, u64), full: u64) -> Self {
        let index = Index::new(end, next);
        Self { file: Arc::new(file), path, from: end, first: next, end, full, index }
    }

    /// A new file, with what is carried into it.
    pub(crate) fn begin(place: &Place, book: &Book) -> io::Result<Self> {
        let open: Vec<Open> = book.open().copied().collect();
        let mut carried = Vec::new();
        let boot = book.boot.map(|(_, boot)| boot);
        encode::put(&mut carried, book.next, &Entry::Carried { sign: book.sign, open: &open, boot });
        let segment = Segment::new(&place.dir, book.next);
        let file = segment::make(&segment, &place.owner, &carried)?;
        let end = u64::try_from(segment::HEAD + carried.len()).unwrap_or(u64::MAX);
        Ok(Self::behind(file, segment.path, (end, book.next), place.limit))
    }

    /// Writes the bytes, all or none. What an unfinished write left is cut off, or written over by the next.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> io::Result<u64> {
        if let Err(error) = self.file.write_all_at(bytes, self.end) {
            self.file.set_len(self.end).ok();
            return Err(error);
        }
        let at = self.end;
        self.end += u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        Ok(at)
    }

    pub(crate) fn note(&mut self, offset: u64, number: u64) {
        self.index.note(offset, number);
    }

    pub(crate) const fn end(&self) -> u64 {
        self.end
    }

    /// Whether the part is of the file that is written to.
    pub(crate) fn is_of(&self, part: &Part) -> bool {
        part.path == self.path
    }

    /// Begins the next file if this one is full. If that cannot be made, this one goes on.
    pub(crate) fn roll(&mut self, place: &Place, book: &Book) -> Option<(Part, Arc<File>)> {
        if self.end < self.full {
            return None;
        }
        match Self::begin(place, book) {
            Ok(next) => {
                let old = std::mem::replace(self, next);
                let file = Arc::clone(&old.file);
                Some((old.part_of(old.index.clone()), file))
            }
            Err(error) => {
                tracing::warn!(%error, "the record's next file cannot be made; the last one goes on");
                self.full = self.end + AGAIN;
                None
            }
        }
    }

    /// What this run has written to the file so far.
    pub(crate) fn part(&self) -> Part {
        self.part_of(self.index.clone())
    }

    fn part_of(&self, index: Index) -> Part {
        Part::new(self.path.clone(), (self.from, self.end), self.first).indexed(index)
    }
}
