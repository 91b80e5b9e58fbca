//! What agents and the people behind them did.

use peta_model::{Decision, Moment, Outcome, Slug};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::tally::Seen;
use crate::{
    event::Event,
    word::{CodeText, DecisionWord, MomentText, OutcomeWord},
};

/// What is counted together.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
pub struct ActivityKey {
    /// The agent; `null` when its name opens for nobody any more, or the vault is locked.
    #[schema(required)]
    pub agent: Option<String>,
    /// Its identifier, which no other agent ever has.
    #[schema(required)]
    pub agent_id: Option<String>,
    /// Whom it acted for.
    #[schema(required)]
    pub user: Option<String>,
    /// The server; `null` for none.
    #[schema(required, value_type = Option<String>)]
    pub server: Option<Slug>,
    /// What was done: `tool_call`, `list` and so on.
    pub kind: String,
    /// What was used, by the server's own name; `null` for none.
    #[schema(required)]
    pub capability: Option<String>,
    #[schema(value_type = DecisionWord)]
    pub decision: Decision,
    /// `null` while it goes on.
    #[schema(required, value_type = Option<OutcomeWord>)]
    pub outcome: Option<Outcome>,
    /// The code of a refusal or failure.
    #[schema(required, value_type = Option<CodeText>)]
    pub code: Option<String>,
}

/// What was done, and how often.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ActivityRow {
    #[serde(flatten)]
    pub what: ActivityKey,
    #[serde(flatten)]
    pub seen: Seen,
}

/// A part of the report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ActivityPart {
    pub rows: Vec<ActivityRow>,
    /// How many events were read for this part.
    pub events: u64,
    /// Of these, how many have a private part that does not open: the person was erased, or the vault is locked.
    pub sealed: u64,
    /// How far back this part goes; `null` when it holds nothing.
    #[schema(required, value_type = Option<MomentText>)]
    pub back_to: Option<Moment>,
    /// Pass it as `cursor` to get the next part; `null` when this one is the last.
    #[schema(required)]
    pub next: Option<String>,
}

impl ActivityKey {
    /// Of an agent's event; none of an administrator's.
    pub fn of(event: Event) -> Option<Self> {
        let Event { caller, server, kind, capability, decision, end, .. } = event;
        if caller.role.is_some() {
            return None;
        }
        let (agent, agent_id, user) = (caller.agent, caller.agent_id, caller.user);
        Some(Self { agent, agent_id, user, server, kind, capability, decision, outcome: end.outcome, code: end.code })
    }
}
