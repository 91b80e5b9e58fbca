//! Planning a rotation. Each plan is a function of what the store says now: a step that was carried out is not planned
//! again, one that was cut off by a kill is, and doing a step twice changes nothing.

mod kek;
mod root;

pub use kek::{At, How, KekRotation, KekStep, Stage, Treatment, treat};
pub use root::{RootRotation, RootStep};
