//! The hashes of the tree, every eighth level of it in a file of its own (`level-0`, `level-1` …), 32 bytes each, one behind
//! the other: hash `i` of `level-N` stands for the entries from `i << 8N` up to `(i + 1) << 8N`. A tile is a stretch of such
//! a file.

use std::{
    fs::OpenOptions,
    io,
    ops::Range,
    os::unix::fs::{FileExt, OpenOptionsExt},
    path::{Path, PathBuf},
    sync::Arc,
};

use peta_verify::{Edge, Hash, Nodes, TILE, root_of_row};

use crate::stable::Stable;

/// Levels of the tree from one file to the next.
const STEP: u8 = 8;
/// A tree of 2^56 entries is not reached.
const FILES: u8 = 7;

pub(super) struct Levels {
    dir: PathBuf,
    files: Vec<(Stable, u64)>,
}

/// Hashes to append, by file.
#[derive(Default)]
pub(super) struct Rows(Vec<Vec<u8>>);

impl Rows {
    /// One more complete subtree.
    pub(super) fn push(&mut self, level: u8, hash: Hash) {
        if !level.is_multiple_of(STEP) {
            return;
        }
        let at = usize::from(level / STEP);
        if self.0.len() <= at {
            self.0.resize_with(at + 1, Vec::new);
        }
        if let Some(row) = self.0.get_mut(at) {
            row.extend_from_slice(&hash.0);
        }
    }
}

impl Levels {
    /// Opens the files, and makes of what a kill left a tree again: what stands above the entries' hashes is worked out
    /// anew if it is not there.
    pub(super) fn open(dir: &Path) -> io::Result<(Self, Edge)> {
        let mut this = Self { dir: dir.to_owned(), files: Vec::new() };
        this.file(0)?;
        let there = (0..FILES).take_while(|level| this.path(*level).exists()).count();
        (0..there).try_for_each(|level| this.file(u8::try_from(level).unwrap_or(0)))?;
        let size = this.count(0);
        this.shorten(size)?;
        for level in 1..FILES {
            let wanted = size >> (STEP * level);
            if wanted == 0 {
                break;
            }
            this.file(level)?;
            let has = this.count(level);
            for index in has..wanted {
                let hash = this.over(level - 1, index * TILE..(index + 1) * TILE)?;
                this.put(level, &hash.0)?;
            }
        }
        let edge = this.edge(size)?;
        Ok((this, edge))
    }

    /// The right edge of the tree of so many entries.
    pub(super) fn edge(&self, size: u64) -> io::Result<Edge> {
        let mut roots = Vec::new();
        for level in (0..u64::BITS as u8).rev().filter(|level| size >> level & 1 == 1) {
            // The complete subtrees before this one hold the higher bits.
            let index = (size >> level) & !1;
            roots.push(self.node(level, index)?);
        }
        Edge::new(size, roots).ok_or_else(|| io::Error::other("the tree's files do not fit together"))
    }

    /// Appends; all or nothing is counted.
    pub(super) fn append(&mut self, rows: &Rows) -> io::Result<()> {
        for level in 0..rows.0.len() {
            self.file(u8::try_from(level).unwrap_or(FILES))?;
        }
        let mut counts = Vec::new();
        for ((file, count), row) in self.files.iter().zip(&rows.0) {
            file.file().write_all_at(row, count * 32)?;
            counts.push(count + row.len() as u64 / 32);
        }
        for ((_, count), new) in self.files.iter_mut().zip(counts) {
            *count = new;
        }
        Ok(())
    }

    pub(super) fn bring_to_disk(&mut self) -> io::Result<()> {
        self.files.iter_mut().try_for_each(|(file, count)| file.bring(*count * 32))
    }

    /// A stretch; none if it is not all there.
    pub(super) fn hashes(&self, level: u8, places: Range<u64>) -> io::Result<Option<Vec<Hash>>> {
        let Some((file, count)) = self.files.get(usize::from(level)) else { return Ok(None) };
        if places.end > *count || places.is_empty() {
            return Ok(None);
        }
        let mut bytes = vec![0; usize::try_from((places.end - places.start) * 32).unwrap_or(0)];
        file.file().read_exact_at(&mut bytes, places.start * 32)?;
        Ok(Some(bytes.as_chunks::<32>().0.iter().map(|hash| Hash(*hash)).collect()))
    }

    /// Over a stretch of as many hashes as a power of two.
    fn over(&self, level: u8, places: Range<u64>) -> io::Result<Hash> {
        let hashes = self.hashes(level, places)?.ok_or(io::ErrorKind::UnexpectedEof)?;
        Ok(root_of_row(&hashes))
    }

    fn file(&mut self, level: u8) -> io::Result<()> {
        while self.files.len() <= usize::from(level) {
            let path = self.path(u8::try_from(self.files.len()).unwrap_or(FILES));
            let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path)?;
            // A hash that was not written whole does not count, and is written over.
            let count = file.metadata()?.len() / 32;
            self.files.push((Stable::new(Arc::new(file), 0), count));
        }
        Ok(())
    }

    fn count(&self, level: u8) -> u64 {
        self.files.get(usize::from(level)).map_or(0, |(_, count)| *count)
    }

    /// Forgets what is behind so many entries.
    pub(super) fn shorten(&mut self, size: u64) -> io::Result<()> {
        for (level, (file, count)) in (0_u32..).zip(&mut self.files) {
            *count = (*count).min(size.checked_shr(u32::from(STEP) * level).unwrap_or(0));
            file.file().set_len(*count * 32)?;
            file.shorten(*count * 32);
        }
        Ok(())
    }

    fn path(&self, level: u8) -> PathBuf {
        self.dir.join(format!("level-{level}"))
    }

    fn put(&mut self, level: u8, hash: &[u8; 32]) -> io::Result<()> {
        let Some((file, count)) = self.files.get_mut(usize::from(level)) else { return Ok(()) };
        file.file().write_all_at(hash, *count * 32)?;
        *count += 1;
        Ok(())
    }
}

impl Nodes for Levels {
    type Error = io::Error;

    fn node(&self, level: u8, index: u64) -> io::Result<Hash> {
        let (file, above) = (level / STEP, level % STEP);
        let first = index << above;
        self.over(file, first..first + (1 << above))
    }
}
