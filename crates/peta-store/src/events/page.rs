//! A page of events, and the events that ended in a stretch of the record.

use std::{collections::BTreeMap, io};

use peta_audit::{Ending, Event};

use super::{
    query::{EventPage, EventQuery, Part},
    scan::{Scan, Spot},
};
use crate::record::Item;

/// Events that ended, each with the number of its ending.
pub(crate) type Found = Vec<(u64, Event)>;

/// A page, newest last.
pub(crate) fn page(scan: &mut Scan<'_>, next: u64, query: &EventQuery) -> io::Result<EventPage> {
    let limit = query.most();
    // One more than asked tells whether there is more.
    let mut events = match query.part {
        Part::Before(cursor) => newest(scan, cursor.unwrap_or(next).min(next), limit + 1, query)?,
        Part::After(cursor) => oldest(scan, cursor.map_or(0, |cursor| cursor.saturating_add(1)), limit + 1, query)?,
    };
    let more = events.len() > limit;
    let cursor = match query.part {
        Part::Before(_) => {
            let events_left_out = events.len().saturating_sub(limit);
            events.drain(..events_left_out);
            events.first()
        }
        Part::After(_) => {
            events.truncate(limit);
            events.last()
        }
    };
    let cursor = cursor.filter(|_| more).map(|event| event.sequence);
    Ok(EventPage { events, cursor })
}

/// The newest events with numbers below the cursor, newest last.
fn newest(scan: &mut Scan<'_>, below: u64, limit: usize, query: &EventQuery) -> io::Result<Vec<Event>> {
    scan.wanted = 0..below;
    let mut blocks = Vec::new();
    let mut count = 0;
    let mut spot = scan.spot(below.saturating_sub(1))?;
    while let Some(here) = spot.filter(|_| count < limit) {
        if scan.in_time(here, query)? {
            let events = scan.events(here, 0..below, query)?;
            count += events.len();
            blocks.push(events);
        }
        spot = scan.earlier(here)?;
    }
    let mut events: Vec<Event> = blocks.into_iter().rev().flatten().collect();
    events.drain(..events.len().saturating_sub(limit));
    Ok(events)
}

/// The oldest events with numbers from this one on.
fn oldest(scan: &mut Scan<'_>, from: u64, limit: usize, query: &EventQuery) -> io::Result<Vec<Event>> {
    let mut events = Vec::new();
    let mut spot = scan.spot(from)?;
    scan.wanted = from..u64::MAX;
    while let Some(here) = spot.filter(|_| events.len() < limit) {
        if scan.in_time(here, query)? {
            events.extend(scan.events(here, from..u64::MAX, query)?);
        }
        spot = scan.later(here)?;
    }
    events.truncate(limit);
    Ok(events)
}

/// Matching events that ended behind a number, each with the number of its ending, in that order; and the number up to
/// which was looked.
pub(crate) fn ended(scan: &mut Scan<'_>, above: u64, last: u64, query: &EventQuery) -> io::Result<(Found, u64)> {
    let mut spot = scan.spot(above.saturating_add(1))?;
    while let Some(here) = spot {
        let mut found = ended_in(scan, here, above, query)?;
        spot = scan.later(here)?;
        if !found.is_empty() {
            found.sort_by_key(|(number, _)| *number);
            let looked = match spot {
                Some(next) => scan.first(next)?.saturating_sub(1),
                None => last,
            };
            return Ok((found, looked));
        }
    }
    Ok((Vec::new(), last))
}

/// The events that ended in a block, with the numbers of their endings.
fn ended_in(scan: &mut Scan<'_>, spot: Spot, above: u64, query: &EventQuery) -> io::Result<Found> {
    let mut found = Found::new();
    // By event: the number of its ending, and how it ended.
    let mut endings: BTreeMap<u64, (u64, Ending)> = BTreeMap::new();
    scan.read(spot, |number, item| match item {
        Item::Ending(event, ending) if number > above && query.wants_end(Some(&ending)) => {
            endings.insert(event, (number, ending));
        }
        Item::Whole(line, ending) if number >= above && query.wants(&line) && query.wants_end(Some(&ending)) => {
            found.extend(line.event(number, Some(ending)).map(|event| (number + 1, event)));
        }
        _ => {}
    })?;
    // Their intents, a block at a time.
    while let Some((event, _)) = endings.last_key_value() {
        let Some(begun) = scan.spot(*event)? else { break };
        let here = endings.split_off(&scan.first(begun)?.min(*event));
        scan.read(begun, |number, item| {
            let Some((ended, ending)) = here.get(&number) else { return };
            if let Item::Intent(line) = item
                && query.wants(&line)
            {
                found.extend(line.event(number, Some(*ending)).map(|event| (*ended, event)));
            }
        })?;
    }
    Ok(found)
}
