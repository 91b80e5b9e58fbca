//! What the runtime is given instead of reading it for itself: the time of day, and chance.

use std::{fmt, sync::Arc};

use peta_model::Moment;

/// The clock on the wall and a source of random numbers (for the jitter of back-off; nothing secret).
#[derive(Clone)]
pub struct Senses {
    pub now: Arc<dyn Fn() -> Moment + Send + Sync>,
    pub random: Arc<dyn Fn() -> u64 + Send + Sync>,
}

impl fmt::Debug for Senses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Senses")
    }
}
