//! Which events are wanted, and what is given.

use std::io;

use peta_audit::{Ending, Event};
use peta_model::{Code, Decision, Moment, Outcome};

use crate::record::Line;

/// Which events. Everything left out matches all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EventQuery {
    pub agent: Option<String>,
    pub server: Option<String>,
    /// The server's own name, whole.
    pub capability: Option<String>,
    pub kind: Option<String>,
    pub decision: Option<Decision>,
    pub outcome: Option<Outcome>,
    /// From this moment on.
    pub from: Option<Moment>,
    /// Before this moment.
    pub to: Option<Moment>,
    pub part: Part,
    /// How many at most; 0 means the default, and more than `PAGE_LIMIT` means that.
    pub limit: usize,
}

/// Which stretch of the matching events; a cursor is `EventPage::cursor` of the page before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The newest ones that are older than the cursor (none: the newest of all).
    Before(Option<u64>),
    /// The oldest ones that are newer than the cursor (none: the oldest of all).
    After(Option<u64>),
}

/// Some events, newest last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventPage {
    pub events: Vec<Event>,
    /// Where to go on in the same direction; none if that was all there is.
    pub cursor: Option<u64>,
}

/// The record cannot be read. The cause is for the log.
#[derive(Debug, thiserror::Error)]
pub enum QueryError {
    #[error("the record cannot be read")]
    Failed(#[from] io::Error),
    #[error("the store is closed")]
    Closed,
}

/// The most events of one page.
pub const PAGE_LIMIT: usize = 1000;
const PAGE_DEFAULT: usize = 100;

impl Default for Part {
    fn default() -> Self {
        Self::Before(None)
    }
}

impl QueryError {
    pub const fn code(&self) -> Code {
        Code::STORE_FAILED
    }
}

impl EventQuery {
    pub(crate) fn most(&self) -> usize {
        if self.limit == 0 { PAGE_DEFAULT } else { self.limit.min(PAGE_LIMIT) }
    }

    /// Whether the event is one, as far as its intent tells.
    pub(crate) fn wants(&self, line: &Line<'_>) -> bool {
        let is = |wanted: &Option<String>, found| wanted.as_deref().is_none_or(|wanted| found == Some(wanted));
        is(&self.agent, line.who.agent)
            && is(&self.server, line.server)
            && is(&self.capability, line.capability)
            && is(&self.kind, Some(line.kind))
            && self.decision.is_none_or(|wanted| wanted == line.decision)
            && self.from.is_none_or(|from| line.time >= from)
            && self.to.is_none_or(|to| line.time < to)
    }

    /// Whether an event that ended so, or has not, is one.
    pub(crate) fn wants_end(&self, ending: Option<&Ending>) -> bool {
        self.outcome.is_none_or(|wanted| ending.is_some_and(|ending| ending.outcome == wanted))
    }

    /// Whether intents between these times can be among them.
    pub(crate) fn wants_times(&self, earliest: i64, latest: i64) -> bool {
        self.from.is_none_or(|from| latest >= from.micros()) && self.to.is_none_or(|to| earliest < to.micros())
    }
}
