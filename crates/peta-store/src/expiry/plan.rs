//! Which files may go: from the oldest on, whole ones, as far as all of them are old enough and nobody needs them.

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    sync::Arc,
};

use peta_model::Moment;
use peta_verify::TILE;

use super::waits::Waits;
use crate::record::{Blocks, Item, Part, View};

/// What it depends on.
#[derive(Debug)]
pub(super) struct Terms {
    /// What is older than this may go.
    pub(super) before: Moment,
    /// Entries up to this number are signed.
    pub(super) signed: u64,
    /// What each sink has been sent: all that ended up to this number.
    pub(super) sinks: Vec<(String, u64)>,
    /// The first numbers of the files that are in the archive, if there is one.
    pub(super) archived: Option<BTreeSet<u64>>,
}

/// The files that may go, and why no more.
#[derive(Debug, Default)]
pub(super) struct Plan {
    pub(super) files: u64,
    pub(super) bytes: u64,
    /// The numbers of the first and the last entry in them.
    pub(super) from: u64,
    pub(super) to: u64,
    /// When the last entry in them is of.
    pub(super) until: i64,
    pub(super) waits: Option<Waits>,
}

/// When the last entry of a file is of, by the number of its first: full files change no more.
pub(super) type Times = BTreeMap<u64, i64>;

pub(super) fn plan(view: &View, terms: &Terms, times: &mut Times) -> io::Result<Plan> {
    let full = view.full();
    let mut plan = Plan::default();
    let mut unread = BTreeMap::new();
    for (at, part) in full.iter().enumerate() {
        let Some(next) = view.parts.get(at + 1).map(|next| next.first) else { break };
        // A file of which no entry can be read is as old as the one behind it.
        let mut found = None;
        for part in full.iter().skip(at) {
            found = time_of(part, times)?;
            if found.is_some() {
                break;
            }
        }
        let Some(until) = found.filter(|until| *until < terms.before.micros()) else { break };
        plan.waits = waits(view, terms, (part.first, next), &mut unread)?;
        if plan.waits.is_some() {
            break;
        }
        plan.files += 1;
        plan.bytes += part.to;
        plan.from = if plan.files == 1 { part.first } else { plan.from };
        (plan.to, plan.until) = (next - 1, plan.until.max(until));
    }
    Ok(plan)
}

fn time_of(part: &Arc<Part>, times: &mut Times) -> io::Result<Option<i64>> {
    if let Some(time) = times.get(&part.first) {
        return Ok(Some(*time));
    }
    let time = part.latest()?;
    times.extend(time.map(|time| (part.first, time)));
    Ok(time)
}

/// What needs entries of the file between these numbers, or before it.
fn waits(
    view: &View,
    terms: &Terms,
    (first, next): (u64, u64),
    unread: &mut BTreeMap<u64, u64>,
) -> io::Result<Option<Waits>> {
    if let Some(open) = view.open.first().filter(|open| **open < next) {
        return Ok(Some(Waits::Open(*open)));
    }
    if terms.signed + 1 < next {
        return Ok(Some(Waits::Unsigned));
    }
    // The entry that will tell of it must stand in a bundle that is whole, or no export could show that it expired.
    if (next - 1).next_multiple_of(TILE) >= view.next {
        return Ok(Some(Waits::Edge));
    }
    if terms.archived.as_ref().is_some_and(|archived| !archived.contains(&first)) {
        return Ok(Some(Waits::Unarchived));
    }
    for (name, read) in &terms.sinks {
        // An event is sent when it has ended, which may be in a later file.
        let needed = *read + 1 < next || needs(view, *read, unread)? < next;
        if needed {
            return Ok(Some(Waits::Unread(name.clone())));
        }
    }
    Ok(None)
}

/// The oldest event that ended behind this entry, of those that began before it.
fn needs(view: &View, read: u64, known: &mut BTreeMap<u64, u64>) -> io::Result<u64> {
    if let Some(oldest) = known.get(&read) {
        return Ok(*oldest);
    }
    let mut blocks = Blocks::new(view);
    let mut oldest = u64::MAX;
    let mut spot = blocks.spot(read.saturating_add(1))?;
    while let Some(here) = spot {
        let mut over = false;
        blocks.read(here, |number, item| match item {
            Item::Ending(event, _) if number > read => oldest = oldest.min(event),
            // Each file begins with what is open: of what began before there is nothing left to end.
            Item::Carried { open, .. } if number > read => over = open.iter().all(|open| open.event > read),
            _ => {}
        })?;
        spot = blocks.later(here)?.filter(|_| !over);
    }
    known.insert(read, oldest);
    Ok(oldest)
}
