//! Entries of files of the record, held against the tree one after the other, and written in bundles as an export has them.

use std::{fs, path::Path};

use peta_model::Code;
use peta_verify::{Hash, TILE, TilePath, tile_path};

use crate::{
    cli::audit::{
        export::{Folder, failed},
        head::unreadable,
    },
    fault::Fault,
};

pub(super) struct Bundles {
    pub(super) folder: Folder,
    /// Of the tree, whose hashes are in the folder.
    size: u64,
    /// The place of the next entry.
    next: u64,
    /// What comes before it in its bundle, as far as it is at hand without a gap.
    bundle: Vec<String>,
    /// The tile of hashes that was read last, by its number.
    tile: Option<(u64, Vec<Hash>)>,
    /// The bundles that were written.
    pub(super) whole: Vec<u64>,
}

impl Bundles {
    pub(super) fn new(folder: Folder, size: u64) -> Self {
        Self { folder, size, next: 0, bundle: Vec::new(), tile: None, whole: Vec::new() }
    }

    /// Takes a file, whose first and last entry have these numbers. It blocks.
    pub(super) fn read(&mut self, log: &Path, (from, to): (u64, u64)) -> Result<(), Fault> {
        let first = from.saturating_sub(1);
        if self.next != first {
            self.bundle.clear();
            self.next = first;
        }
        let mut done = Ok(());
        let read = peta_store::each_leaf(log, |place, leaf| {
            if done.is_ok() && place < to {
                done = self.up_to(place).and_then(|()| self.take(leaf));
            }
        });
        read.map_err(|error| unreadable(&error))?;
        done?;
        self.up_to(to)
    }

    /// A number under which nothing stands has an entry in the tree that says so.
    fn up_to(&mut self, place: u64) -> Result<(), Fault> {
        while self.next < place {
            self.take(peta_audit::Leaf::Missing.to_bytes())?;
        }
        Ok(())
    }

    fn take(&mut self, leaf: Vec<u8>) -> Result<(), Fault> {
        let place = self.next;
        if self.hash(place)? != Some(Hash::of_leaf(&leaf)) {
            let text = format!("entry {} of the file is not the one whose hash is in the tree", place + 1);
            return Err(Fault::new(Code::ARCHIVE_DAMAGED, text, "keep the folder: it shows what was found"));
        }
        if place.is_multiple_of(TILE) {
            self.bundle.clear();
        }
        // It is JSON, which is text.
        self.bundle.push(String::from_utf8_lossy(&leaf).into_owned());
        self.next = place + 1;
        let number = place / TILE;
        let end = self.size.min((number + 1) * TILE);
        if self.next == end && self.bundle.len() as u64 == end - number * TILE {
            self.folder.bundle(number, &self.bundle)?;
            self.whole.push(number);
        }
        Ok(())
    }

    /// What the tree says of an entry; nothing if it is not as large.
    fn hash(&mut self, place: u64) -> Result<Option<Hash>, Fault> {
        let number = place / TILE;
        let known = self.tile.as_ref().is_some_and(|(known, _)| *known == number);
        if !known {
            let width = u16::try_from(TILE.min(self.size.saturating_sub(number * TILE))).unwrap_or(0);
            let path = self.folder.0.join(tile_path(&TilePath { level: 0, number, width }));
            let bytes = fs::read(&path).map_err(|error| failed(&path, &error))?;
            self.tile = Some((number, bytes.as_chunks::<32>().0.iter().map(|hash| Hash(*hash)).collect()));
        }
        let at = usize::try_from(place % TILE).unwrap_or(usize::MAX);
        Ok(self.tile.as_ref().and_then(|(_, hashes)| hashes.get(at)).copied())
    }
}
