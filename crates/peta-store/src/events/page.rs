//! A page of events.

use super::{
    query::{Part, QueryError, Wanted},
    search::{Found, Search, Stint},
};

/// Some of what was found, newest last, and where to go on in the same direction.
pub(crate) type FoundPage = (Vec<Found>, Option<u64>);

/// A page.
pub(crate) fn page(search: &mut Search<'_>, next: u64, wanted: &Wanted) -> Result<FoundPage, QueryError> {
    let limit = wanted.query.most();
    let (range, back) = match wanted.query.part {
        Part::Before(cursor) => (0..cursor.unwrap_or(next).min(next), true),
        Part::After(cursor) => (cursor.map_or(0, |cursor| cursor.saturating_add(1))..next, false),
    };
    // One more than asked tells whether there is more.
    let mut stint = Stint { wanted, range, back, most: limit + 1 };
    let mut found: Vec<Found> = Vec::new();
    for step in 0..search.files() {
        let file = if back { search.files() - 1 - step } else { step };
        let (first, next) = (search.first(file), search.first(file + 1));
        if first >= stint.range.end || next <= stint.range.start {
            continue;
        }
        found.extend(search.matching(file, &stint)?);
        stint.most = (limit + 1).saturating_sub(found.len());
        if stint.most == 0 {
            break;
        }
    }
    let more = found.len() > limit;
    found.truncate(limit);
    let cursor = found.last().filter(|_| more).map(|found| found.event.sequence);
    if back {
        found.reverse();
    }
    Ok((found, cursor))
}
