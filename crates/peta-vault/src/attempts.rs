//! How often a passphrase may be tried: five times, then after a delay that doubles. An attempt counts before it is made, so
//! that killing Core in the middle of it gains nothing; the store keeps the count over restarts.

use peta_model::{Moment, Span};

/// Wrong attempts so far. Begin with none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Attempts {
    pub wrong: u32,
    /// When the newest of them began.
    pub last: Option<Moment>,
}

/// No attempt may be made before then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many wrong attempts; the next one may be made at {until}")]
pub struct Wait {
    pub until: Moment,
}

const FREE: u32 = 5;
const FIRST: u64 = 30;
const LONGEST: u64 = 86_400;

impl Attempts {
    /// What to store, durably, before an attempt is made now; or how long to wait. If the attempt succeeds, store none.
    pub fn begin(self, now: Moment) -> Result<Self, Wait> {
        match self.until() {
            Some(until) if now < until => Err(Wait { until }),
            _ => Ok(Self { wrong: self.wrong.saturating_add(1), last: Some(now) }),
        }
    }

    /// What was stored, as it counts at a start: a clock that was set back while Core was away locks nobody out for longer
    /// than the delay. (While Core runs, its clock is one that nobody can turn back.)
    pub fn by_clock(self, now: Moment) -> Self {
        Self { last: self.last.map(|last| last.min(now)), ..self }
    }

    /// When the next attempt may be made, if not at once.
    pub fn until(self) -> Option<Moment> {
        let over = self.wrong.checked_sub(FREE)?;
        let delay = FIRST.checked_shl(over).filter(|delay| over < 32 && *delay < LONGEST).unwrap_or(LONGEST);
        self.last.map(|last| last.after(Span::from_secs(delay)))
    }
}

#[cfg(test)]
mod tests;
