//! How patient sinks are.

use std::time::Duration;

/// Settings of all sinks.
#[derive(Debug, Clone)]
pub struct Config {
    /// How long a receiver may take to answer.
    pub deadline: Duration,
    /// What a receiver that is away is waited for, the first time and at most.
    pub back_off: Duration,
    pub back_off_most: Duration,
    /// A sink that is further behind than this is told of, and a witness that was away so long.
    pub lag_warn: Duration,
    /// A witness by URL is given a checkpoint so often at most.
    pub witness_every: Duration,
}

/// The place of a sink in the record is saved so often at most: so much comes twice after a kill.
pub(crate) const SAVE: Duration = Duration::from_secs(1);

/// No receiver makes a sink wait longer than this.
pub(crate) const RETRY_AFTER_MOST: Duration = Duration::from_secs(3_600);

impl Default for Config {
    fn default() -> Self {
        Self {
            deadline: Duration::from_secs(30),
            back_off: Duration::from_millis(500),
            back_off_most: Duration::from_secs(60),
            lag_warn: Duration::from_secs(300),
            witness_every: Duration::from_secs(10),
        }
    }
}
