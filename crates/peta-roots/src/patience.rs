//! How long a provider is waited for, and how often it is asked again.

use std::time::Duration;

/// The wait for one answer, head and body; then how often what may pass by itself (429, 5xx) is tried, and after which
/// pause, which doubles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    pub within: Duration,
    pub tries: u32,
    pub pause: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { within: Duration::from_secs(10), tries: 3, pause: Duration::from_millis(250) }
    }
}
