//! Goes through a view of the record block by block, and joins endings to intents. An ending stands behind its intent,
//! mostly close: it is looked for there, and no block is looked through twice for it.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    fs::File,
    io,
    ops::Range,
};

use peta_audit::{Ending, Event};

use super::query::EventQuery;
use crate::record::{Damage, Gap, Item, Line, View, walk};

/// One block: which part, and which block of it.
pub(crate) type Spot = (usize, usize);

/// A view while it is read.
pub(crate) struct Scan<'v> {
    view: &'v View,
    files: BTreeMap<usize, File>,
    /// Endings that were met and not asked for yet.
    endings: HashMap<u64, Ending>,
    /// Blocks whose endings were taken.
    searched: BTreeSet<Spot>,
    /// Events whose endings may still be asked for.
    pub(crate) wanted: Range<u64>,
    pub(crate) damage: BTreeSet<Damage>,
}

impl<'v> Scan<'v> {
    pub(crate) fn new(view: &'v View) -> Self {
        Self {
            view,
            files: BTreeMap::new(),
            endings: HashMap::new(),
            searched: BTreeSet::new(),
            wanted: 0..u64::MAX,
            damage: BTreeSet::new(),
        }
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

    pub(crate) fn earlier(&self, (part, block): Spot) -> io::Result<Option<Spot>> {
        if block > 0 {
            return Ok(Some((part, block - 1)));
        }
        let Some(before) = part.checked_sub(1) else { return Ok(None) };
        let Some(found) = self.view.parts.get(before) else { return Ok(None) };
        Ok(Some((before, found.blocks()?.len().saturating_sub(1))))
    }

    /// Whether the block can hold intents that are wanted, by their times.
    pub(crate) fn in_time(&self, (part, block): Spot, query: &EventQuery) -> io::Result<bool> {
        let Some(part) = self.view.parts.get(part) else { return Ok(false) };
        Ok(part.blocks()?.get(block).is_some_and(|block| query.wants_times(block.earliest, block.latest)))
    }

    /// The matching events of a block in their order. Those that have not ended match if no outcome is asked for.
    pub(crate) fn events(&mut self, spot: Spot, range: Range<u64>, query: &EventQuery) -> io::Result<Vec<Event>> {
        let mut found: Vec<Event> = Vec::new();
        let mut passed = Vec::new();
        let take_endings = self.searched.insert(spot);
        let (endings, wanted) = (&mut self.endings, &self.wanted);
        let gaps = read(self.view, &mut self.files, spot, |number, item| match item {
            Item::Ending(event, ending) if take_endings && wanted.contains(&event) => {
                endings.insert(event, ending);
            }
            Item::Intent(line) if range.contains(&number) => match wanted_event(&line, number, None, query) {
                Some(event) => found.push(event),
                None => passed.push(number),
            },
            Item::Whole(line, ending) if range.contains(&number) && query.wants_end(Some(&ending)) => {
                found.extend(wanted_event(&line, number, Some(ending), query));
            }
            _ => {}
        })?;
        self.damage.extend(gaps);
        for number in passed {
            self.endings.remove(&number);
        }
        let mut whole = Vec::with_capacity(found.len());
        for mut event in found {
            if event.ending.is_none() {
                event.ending = self.ending(event.sequence, spot)?;
            }
            if query.wants_end(event.ending.as_ref()) {
                whole.push(event);
            }
        }
        Ok(whole)
    }

    /// The ending of an event that begins in this block; none if it is still open.
    fn ending(&mut self, event: u64, spot: Spot) -> io::Result<Option<Ending>> {
        if self.view.open.contains(&event) {
            return Ok(None);
        }
        let mut next = Some(spot);
        loop {
            if let Some(ending) = self.endings.remove(&event) {
                return Ok(Some(ending));
            }
            let Some(spot) = next else { return Ok(None) };
            self.search(spot)?;
            next = self.later(spot)?;
        }
    }

    /// Takes the endings of a block, once.
    fn search(&mut self, spot: Spot) -> io::Result<()> {
        if !self.searched.insert(spot) {
            return Ok(());
        }
        let (endings, wanted) = (&mut self.endings, &self.wanted);
        let gaps = read(self.view, &mut self.files, spot, |_, item| match item {
            Item::Ending(event, ending) if wanted.contains(&event) => {
                endings.insert(event, ending);
            }
            _ => {}
        })?;
        self.damage.extend(gaps);
        Ok(())
    }

    /// Gives every entry of a block.
    pub(crate) fn read(&mut self, spot: Spot, each: impl FnMut(u64, Item<'_>)) -> io::Result<()> {
        let gaps = read(self.view, &mut self.files, spot, each)?;
        self.damage.extend(gaps);
        Ok(())
    }
}

fn wanted_event(line: &Line<'_>, number: u64, ending: Option<Ending>, query: &EventQuery) -> Option<Event> {
    if query.wants(line) { line.event(number, ending) } else { None }
}

fn read(
    view: &View,
    files: &mut BTreeMap<usize, File>,
    (part, block): Spot,
    mut each: impl FnMut(u64, Item<'_>),
) -> io::Result<Vec<Damage>> {
    let Some(found) = view.parts.get(part) else { return Ok(Vec::new()) };
    let blocks = found.blocks()?;
    let Some(from) = blocks.get(block) else { return Ok(Vec::new()) };
    let to = blocks.get(block + 1).map_or(found.to, |next| next.offset);
    let file = match files.entry(part) {
        std::collections::btree_map::Entry::Occupied(file) => file.into_mut(),
        std::collections::btree_map::Entry::Vacant(place) => place.insert(File::open(&found.path)?),
    };
    let gaps = walk(file, (from.offset, to), |_, number, item| each(number, item))?;
    let damage = |gap: Gap| Damage { path: found.path.clone(), offset: gap.offset, bytes: gap.bytes };
    Ok(gaps.into_iter().map(damage).collect())
}
