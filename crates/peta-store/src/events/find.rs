//! One event, and the number of its ending.

use peta_model::EventId;

use super::{
    picks::Picks,
    query::{QueryError, Wanted},
    search::{Found, Search, Stint},
};

/// Which event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    Id(EventId),
    /// Its place in the record.
    Number(u64),
}

/// Looks for it: by its number where that leads, by its id from the newest back.
pub(crate) fn find(
    search: &mut Search<'_>,
    next: u64,
    which: Which,
    all: &Wanted,
) -> Result<Option<Found>, QueryError> {
    let range = match which {
        Which::Id(_) => 0..next,
        Which::Number(number) => number..number.saturating_add(1).min(next),
    };
    let stint = Stint { wanted: all, range, back: true, most: usize::MAX };
    for file in (0..search.files()).rev() {
        if search.first(file) >= stint.range.end || search.first(file + 1) <= stint.range.start {
            continue;
        }
        let found = match which {
            // Some other ids end as this one does.
            Which::Id(id) => search.picked_in(file, &Picks::of_id(id), &stint)?,
            Which::Number(_) => search.matching(file, &stint)?,
        };
        let found = found.into_iter().find(|found| match which {
            Which::Id(id) => found.event.id == id,
            Which::Number(_) => true,
        });
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}
