//! What the library, the auditor's program and another language say of the same exports.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod export;
mod python;
mod sample;
mod subject;
