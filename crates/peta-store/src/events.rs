//! Reading the record: pages of events by filter, single events, and a handle that follows what ends. Files are read on
//! threads for that, never on the road of a call.
//!
//! A search goes through columns (`picks` says which rows of them), and reads the entries of the rows that it found.

mod ended;
mod find;
mod follow;
mod page;
mod picks;
mod query;
mod reader;
mod search;

pub use find::Which;
pub use follow::{Ended, Follow};
pub(crate) use query::OPENED_AT_MOST;
pub use query::{EventPage, EventQuery, PAGE_LIMIT, Part, QueryError};
pub(crate) use reader::Reader;
pub use search::Found;
