//! Reading the record: pages of events by filter, and a handle that follows what ends.

mod follow;
mod read;

pub use follow::Follow;
pub(crate) use read::read;
pub use read::{EventPage, EventQuery, PAGE_LIMIT, Part, QueryError};
