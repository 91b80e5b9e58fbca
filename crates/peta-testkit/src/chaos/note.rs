//! What the load wrote down of each call.

use std::time::Duration;

/// One call of the load.
#[derive(Debug, Clone)]
pub struct Note {
    pub agent: String,
    /// No other call of the run has it; the server finds it in what it is sent.
    pub id: String,
    /// How its event is known: kind, capability and, where those are not its own, the size of the request.
    pub kind: &'static str,
    pub capability: String,
    pub bytes: Option<u64>,
    pub became: Became,
    pub took: Duration,
}

/// What became of it, as the agent saw it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Became {
    /// Answered with a result.
    Ok,
    /// Answered with an error: a code of Peta's, or what the server said.
    Refused(String),
    /// It was on its way, and no whole answer came.
    Cut(String),
    /// It never was on its way: no session could be had.
    NotSent(String),
}

impl Note {
    pub(super) fn new(agent: &str, id: &str, kind: &'static str, capability: &str, bytes: Option<u64>) -> Self {
        Self {
            agent: agent.to_owned(),
            id: id.to_owned(),
            kind,
            capability: capability.to_owned(),
            bytes,
            became: Became::NotSent(String::new()),
            took: Duration::ZERO,
        }
    }
}
