//! Expiry: whole files of the record that are older than they are to be kept go, and the hashes of their entries stay in the
//! tree. That they went is an event, `record.expired`, which is on the disk and signed before the first file is deleted.
//!
//! ```text
//! plan ─► intended (record/expired) ─► event ─► event known (record/expired) ─► signed ─► files are deleted
//! ```
//!
//! Whatever a kill cuts is ended at the next start. `rounds` keeps what was begun, `event` writes and finds what is told of it,
//! `plan` says which files may go, `recall` is the start, `handle` does the rest.

mod event;
mod expiring;
mod grace;
mod handle;
mod plan;
mod recall;
mod rounds;
mod waits;

pub use expiring::{Expiring, ExpiryError};
pub use grace::grace;
pub(crate) use handle::{Expiry, sweep_all};
pub(crate) use recall::{complete, recall};
pub(crate) use rounds::Round;
pub use waits::Waits;
