//! Goes through a view of the record block by block.

use std::{
    collections::{BTreeMap, btree_map::Entry},
    fs::File,
    io,
};

use super::{
    decode::Item,
    view::{Damage, View},
    walk::{Gap, walk},
};

/// One block: which part, and which block of it.
pub(crate) type Spot = (usize, usize);

/// A view while it is read.
pub(crate) struct Blocks<'v> {
    view: &'v View,
    files: BTreeMap<usize, File>,
}

impl<'v> Blocks<'v> {
    pub(crate) const fn new(view: &'v View) -> Self {
        Self { view, files: BTreeMap::new() }
    }

    /// The block that holds the entry with this number, or would.
    pub(crate) fn spot(&self, number: u64) -> io::Result<Option<Spot>> {
        let Some(part) = self.view.parts.partition_point(|part| part.first <= number).checked_sub(1) else {
            return Ok(self.view.parts.first().map(|_| (0, 0)));
        };
        let Some(found) = self.view.parts.get(part) else { return Ok(None) };
        let block = found.blocks()?.partition_point(|block| block.first <= number).saturating_sub(1);
        Ok(Some((part, block)))
    }

    /// The number of the first entry of a block.
    pub(crate) fn first(&self, (part, block): Spot) -> io::Result<u64> {
        let Some(part) = self.view.parts.get(part) else { return Ok(u64::MAX) };
        Ok(part.blocks()?.get(block).map_or(part.first, |block| block.first))
    }

    pub(crate) fn later(&self, (part, block): Spot) -> io::Result<Option<Spot>> {
        let Some(found) = self.view.parts.get(part) else { return Ok(None) };
        if block + 1 < found.blocks()?.len() {
            return Ok(Some((part, block + 1)));
        }
        Ok((part + 1 < self.view.parts.len()).then_some((part + 1, 0)))
    }

    /// Gives every entry of a block; tells what in it is no entry.
    pub(crate) fn read(&mut self, (part, block): Spot, mut each: impl FnMut(u64, Item<'_>)) -> io::Result<Vec<Damage>> {
        let Some(found) = self.view.parts.get(part) else { return Ok(Vec::new()) };
        let blocks = found.blocks()?;
        let Some(from) = blocks.get(block) else { return Ok(Vec::new()) };
        let to = blocks.get(block + 1).map_or(found.to, |next| next.offset);
        let file = match self.files.entry(part) {
            Entry::Occupied(file) => file.into_mut(),
            Entry::Vacant(place) => place.insert(File::open(&found.path)?),
        };
        let gaps = walk(file, (from.offset, to), |_, number, item| each(number, item))?;
        let damage = |gap: Gap| Damage { path: found.path.clone(), offset: gap.offset, bytes: gap.bytes };
        Ok(gaps.into_iter().map(damage).collect())
    }
}
