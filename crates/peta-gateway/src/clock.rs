//! Clocks, brought along by the binary: nothing here has one.

use std::sync::Arc;

use peta_model::Moment;

/// Reads a clock.
pub type Clock = Arc<dyn Fn() -> Moment + Send + Sync>;

/// Two clocks.
#[derive(Clone)]
pub struct Clocks {
    /// The clock on the wall: when something happened.
    pub day: Clock,
    /// One that nobody can turn back while Core runs: whether something is over.
    pub lives: Clock,
}
