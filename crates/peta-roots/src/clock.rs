//! The clock that signatures and tokens go by; whoever opens a provider brings it.

use std::sync::Arc;

use peta_model::Moment;

pub type Clock = Arc<dyn Fn() -> Moment + Send + Sync>;
