//! Which events are wanted, and what is given.

use std::{collections::BTreeSet, io};

use peta_audit::{Ending, Event, Private, is_public_name};
use peta_model::{AgentId, Code, Decision, Moment, Outcome, SubjectId};

use crate::record::Line;

/// Which events. Everything left out matches all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EventQuery {
    pub agent: Option<String>,
    /// Of agents that act for this person.
    pub user: Option<String>,
    /// What concerns this person and no agent did: acts about them, and what Core tells of their credentials.
    pub about: Option<String>,
    pub server: Option<String>,
    /// The server's own name, whole.
    pub capability: Option<String>,
    pub kind: Option<String>,
    pub decision: Option<Decision>,
    pub outcome: Option<Outcome>,
    /// The code of a refusal or failure.
    pub code: Option<String>,
    /// That occurs, in small or large letters, in what everybody may read: kind, server, capability, session, reasons,
    /// code.
    pub text: Option<String>,
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
    /// The capability's name is in private parts, and more than `OPENED_AT_MOST` of them would have to be opened.
    #[error("more than {OPENED_AT_MOST} events would have to be opened to look for that capability")]
    TooWide,
    /// A text is looked for in what was said, and more than `OPENED_AT_MOST` events fit otherwise.
    #[error("what was said in more than {OPENED_AT_MOST} events would have to be looked through for that text")]
    TooMuchSaid,
}

/// The most events of one page.
pub const PAGE_LIMIT: usize = 1000;
const PAGE_DEFAULT: usize = 100;
/// So many private parts are opened for a page, one by one, to see whether they are wanted.
pub(crate) const OPENED_AT_MOST: usize = 10_000;

impl Default for Part {
    fn default() -> Self {
        Self::Before(None)
    }
}

impl QueryError {
    pub const fn code(&self) -> Code {
        match self {
            Self::Failed(_) | Self::Closed => Code::STORE_FAILED,
            Self::TooWide | Self::TooMuchSaid => Code::SEARCH_TOO_WIDE,
        }
    }
}

impl EventQuery {
    pub(crate) fn most(&self) -> usize {
        if self.limit == 0 { PAGE_DEFAULT } else { self.limit.min(PAGE_LIMIT) }
    }
}

/// A query as the record is looked through with it: names of agents and people stand for agents' identifiers, for the
/// record's public parts know no names.
#[derive(Debug)]
pub(crate) struct Wanted {
    pub(crate) query: EventQuery,
    pub(crate) agents: Option<BTreeSet<AgentId>>,
    /// Under whose keys it is sealed.
    pub(crate) subjects: Option<BTreeSet<SubjectId>>,
    /// What is looked for in texts, in small letters.
    pub(crate) text: Option<String>,
}

/// What an event's public part says of a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fits {
    Yes,
    No,
    /// The private part says.
    Perhaps,
}

impl Wanted {
    /// `agents` and `subjects` are those that the query's names of agents and people stand for, if it has any.
    pub(crate) fn new(
        query: EventQuery,
        agents: Option<BTreeSet<AgentId>>,
        subjects: Option<BTreeSet<SubjectId>>,
    ) -> Self {
        let text = query.text.as_ref().map(|text| text.to_lowercase()).filter(|text| !text.is_empty());
        Self { query, agents, subjects, text }
    }

    /// Whether the event that ended so, or has not, is one, as far as it tells everybody.
    pub(crate) fn wants(&self, line: &Line<'_>, ending: Option<&Ending>) -> Fits {
        let query = &self.query;
        let code = ending.and_then(|ending| ending.code).map(Code::as_str);
        let agent = |agents: &BTreeSet<AgentId>| line.who.agent_id.is_some_and(|id| agents.contains(&id));
        let about = |subjects: &BTreeSet<SubjectId>| {
            line.who.agent_id.is_none() && line.sealed.is_some_and(|sealed| subjects.contains(&sealed.subject))
        };
        let fits = is(query.server.as_ref(), line.server)
            && is(query.kind.as_ref(), Some(line.kind))
            && is(query.code.as_ref(), code)
            && self.agents.as_ref().is_none_or(agent)
            && self.subjects.as_ref().is_none_or(about)
            && query.decision.is_none_or(|wanted| wanted == line.decision)
            && query.outcome.is_none_or(|wanted| ending.is_some_and(|ending| ending.outcome == wanted))
            && query.from.is_none_or(|from| line.time >= from)
            && query.to.is_none_or(|to| line.time < to)
            && self.text.as_ref().is_none_or(|text| tells(line, code, text));
        match (&query.capability, line.capability) {
            _ if !fits => Fits::No,
            (Some(name), None) if line.sealed.is_some() && !is_public_name(name) => Fits::Perhaps,
            (capability, found) if is(capability.as_ref(), found) => Fits::Yes,
            _ => Fits::No,
        }
    }

    /// What `Perhaps` left open.
    pub(crate) fn wants_private(&self, private: Option<&Private>) -> bool {
        self.query.capability.as_deref() == private.and_then(|private| private.capability.as_deref())
    }
}

fn is(wanted: Option<&String>, found: Option<&str>) -> bool {
    wanted.is_none_or(|wanted| found == Some(wanted))
}

/// Whether the text is in one of those that everybody may read.
fn tells(line: &Line<'_>, code: Option<&str>, text: &str) -> bool {
    let shown = [Some(line.kind), line.server, line.public_capability(), line.session, code];
    shown.into_iter().flatten().any(|shown| shown.to_lowercase().contains(text))
        || line.public_reasons().any(|reason| reason.to_lowercase().contains(text))
}
