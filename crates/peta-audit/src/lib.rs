#![doc = include_str!("../README.md")]

mod clip;
mod detail;
mod escape;
mod event;
pub mod format;
mod intent;
mod public;

pub use clip::{TEXT_LIMIT, clip};
pub use escape::{Escaped, escaped};
pub use event::{Event, Subject};
pub use intent::{Admin, Caller, Door, Ending, Intent};
