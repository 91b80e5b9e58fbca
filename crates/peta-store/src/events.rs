//! Reading the record: pages of events by filter, and a handle that follows what ends. Files are read on threads for
//! that, never on the road of a call.

mod follow;
mod page;
mod query;
mod reader;
mod scan;

pub use follow::{Ended, Follow};
pub use query::{EventPage, EventQuery, PAGE_LIMIT, Part, QueryError};
pub(crate) use reader::Reader;
