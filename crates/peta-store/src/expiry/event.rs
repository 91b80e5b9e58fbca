//! The event that tells that entries expired. It stands in the tree with all it says, so an auditor who misses entries finds
//! there that they were let go, and when.

use std::io;

use peta_audit::Ending;
use peta_model::Outcome;
use serde_json::json;

use super::rounds::{Own, Round};
use crate::{
    own,
    record::{Blocks, Item, Line, Log, Unwritten, View},
};

pub(super) const KIND: &str = "record.expired";
const HELD: &str = "record.expiry_held";

/// Writes it and brings it to the disk; gives its number.
pub(super) fn tell(log: &Log, round: &Round) -> Result<u64, Unwritten> {
    let Round { from, to, before, until, log: name, size, root, own: _ } = round;
    let detail = json!({
        "from": from, "to": to, "before": before, "until": until, "log": name, "size": size, "root": root,
    });
    let number = write(log, (KIND, detail.to_string()), Outcome::Ok)?;
    log.bring_to_disk()?;
    Ok(number)
}

/// That legal holds keep what would have expired.
pub(super) fn tell_held(log: &Log, round: &Round, holds: usize) -> Result<(), Unwritten> {
    let Round { from, to, before, .. } = round;
    // Not their names: who chose them may have named somebody.
    let detail = json!({ "from": from, "to": to, "before": before, "holds": holds });
    write(log, (HELD, detail.to_string()), Outcome::Refused).map(drop)
}

fn write(log: &Log, (kind, detail): (&'static str, String), outcome: Outcome) -> Result<u64, Unwritten> {
    own::tell(log, &own::event(log, kind, detail), Ending::of(outcome))
}

/// What the event of this number tells, if it is such a one.
pub(super) fn at(view: &View, number: u64) -> io::Result<Option<Round>> {
    let mut blocks = Blocks::new(view);
    let Some(spot) = blocks.spot(number)? else { return Ok(None) };
    let mut found = None;
    blocks.read(spot, |other, item| {
        if other == number {
            found = round(number, &item);
        }
    })?;
    Ok(found)
}

/// What all such events from this number on tell, in their order.
pub(super) fn from(view: &View, number: u64) -> io::Result<Vec<Round>> {
    let mut blocks = Blocks::new(view);
    let mut found = Vec::new();
    let mut spot = blocks.spot(number)?;
    while let Some(here) = spot {
        blocks.read(here, |other, item| found.extend(round(other, &item).filter(|_| other >= number)))?;
        spot = blocks.later(here)?;
    }
    Ok(found)
}

fn round(number: u64, item: &Item<'_>) -> Option<Round> {
    let Item::Whole(line, _) = item else { return None };
    let round: Round = serde_json::from_str(detail(line)?).ok()?;
    let own = Own { event: Some(number), behind: number, at: Some(line.time) };
    Some(Round { own, ..round })
}

/// Only Core itself tells of such a thing with a detail that everybody may read.
fn detail<'a>(line: &Line<'a>) -> Option<&'a str> {
    line.public().detail.filter(|_| line.kind == KIND)
}
