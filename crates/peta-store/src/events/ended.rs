//! The events that ended in a stretch of the record.

use std::{collections::BTreeMap, io};

use peta_audit::{Ending, Event};

use super::{
    query::{QueryError, Wanted},
    search::{Search, wanted_event},
};
use crate::{
    privacy::Opener,
    record::{Blocks, Item, Spot},
};

/// Events that ended, each with the number of its ending.
pub(crate) type Endings = Vec<(u64, Event)>;

/// Matching events that ended behind a number, each with the number of its ending, in that order; and the number up to
/// which was looked.
pub(crate) fn ended(
    search: &mut Search<'_>,
    above: u64,
    last: u64,
    wanted: &Wanted,
) -> Result<(Endings, u64), QueryError> {
    let mut scan = Scan { blocks: Blocks::new(search.view), search };
    let mut spot = scan.blocks.spot(above.saturating_add(1))?;
    while let Some(here) = spot {
        let mut found = ended_in(&mut scan, here, above, wanted)?;
        spot = scan.blocks.later(here)?;
        if !found.is_empty() {
            found.sort_by_key(|(number, _)| *number);
            let looked = match spot {
                Some(next) => scan.blocks.first(next)?.saturating_sub(1),
                None => last,
            };
            return Ok((found, looked));
        }
    }
    Ok((Vec::new(), last))
}

/// The view of a search, block by block.
struct Scan<'s, 'v> {
    blocks: Blocks<'v>,
    search: &'s mut Search<'v>,
}

impl Scan<'_, '_> {
    /// Gives every entry of a block.
    fn read(&mut self, spot: Spot, mut each: impl FnMut(&mut Opener, u64, Item<'_>)) -> io::Result<()> {
        let opener = &mut self.search.opener;
        let gaps = self.blocks.read(spot, |number, item| each(opener, number, item))?;
        self.search.damage.extend(gaps);
        Ok(())
    }
}

/// The events that ended in a block, with the numbers of their endings.
fn ended_in(scan: &mut Scan<'_, '_>, spot: Spot, above: u64, wanted: &Wanted) -> io::Result<Endings> {
    let mut found = Endings::new();
    // By event: the number of its ending, and how it ended.
    let mut endings: BTreeMap<u64, (u64, Ending)> = BTreeMap::new();
    let outcome = wanted.query.outcome;
    scan.read(spot, |opener, number, item| match item {
        Item::Ending(event, end) if number > above && outcome.is_none_or(|wanted| wanted == end.ending.outcome) => {
            endings.insert(event, (number, end.ending));
        }
        Item::Whole(line, end) if number >= above => {
            let event = wanted_event(opener, &line, number, Some(end.ending), wanted);
            found.extend(event.map(|(event, _)| (number + 1, event)));
        }
        _ => {}
    })?;
    // Their intents, a block at a time.
    while let Some((event, _)) = endings.last_key_value() {
        let Some(begun) = scan.blocks.spot(*event)? else { break };
        let here = endings.split_off(&scan.blocks.first(begun)?.min(*event));
        scan.read(begun, |opener, number, item| {
            let Some((ended, ending)) = here.get(&number) else { return };
            if let Item::Intent(line) = item {
                let event = wanted_event(opener, &line, number, Some(*ending), wanted);
                found.extend(event.map(|(event, _)| (*ended, event)));
            }
        })?;
    }
    // Which run it was is looked up when all is read: most often all are of this one.
    found.into_iter().map(|(number, event)| Ok((number, scan.search.placed(event)?))).collect()
}
