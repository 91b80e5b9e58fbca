//! The archive: each full file of the record is sealed and put elsewhere, once, behind the road of calls. `sealed` is the form
//! of what is put, `place` a folder or a bucket, `keeper` the task that puts, `handle` all that others see.

mod handle;
mod keeper;
mod place;
mod sealed;

pub use handle::{Archive, Keys, NotFetched, Sealing};
