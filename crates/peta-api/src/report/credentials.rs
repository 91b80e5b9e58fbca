//! What each credential touched.

use peta_model::{Moment, Outcome, Slug};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::tally::Seen;
use crate::{
    event::Event,
    word::{MomentText, OutcomeWord},
};

/// Which calls are counted together.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
pub struct UseKey {
    /// The credential's name at that time.
    pub name: String,
    /// Its identifier, for life.
    pub credential: String,
    /// Which secret of it: the version grows with each new one.
    pub version: u64,
    /// Whose it was: `shared`, or a user or group.
    pub owner: String,
    /// The server that got it.
    #[schema(required, value_type = Option<String>)]
    pub server: Option<Slug>,
    /// Who called with it.
    #[schema(required)]
    pub agent: Option<String>,
    /// Its identifier, which no other agent ever has.
    #[schema(required)]
    pub agent_id: Option<String>,
    /// For whom.
    #[schema(required)]
    pub user: Option<String>,
    /// What kind of call.
    pub kind: String,
    /// What was called, by the server's own name; `null` for none.
    #[schema(required)]
    pub capability: Option<String>,
    /// How it ended; `null` while it goes on.
    #[schema(required, value_type = Option<OutcomeWord>)]
    pub outcome: Option<Outcome>,
}

/// Calls that carried a credential, and how many.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UseRow {
    #[serde(flatten)]
    pub what: UseKey,
    #[serde(flatten)]
    pub seen: Seen,
}

/// A part of the report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CredentialUsePart {
    pub rows: Vec<UseRow>,
    /// How many events were read for this part.
    pub events: u64,
    /// Of these, how many have a private part that does not open, so that nobody can say what they carried: the person was
    /// erased, or the vault is locked.
    pub sealed: u64,
    /// How far back this part goes; `null` when it holds nothing.
    #[schema(required, value_type = Option<MomentText>)]
    pub back_to: Option<Moment>,
    /// Pass it as `cursor` to get the next part; `null` when this one is the last.
    #[schema(required)]
    pub next: Option<String>,
}

/// What an event says of a credential that it carried.
#[derive(Deserialize)]
struct Carried {
    credential: String,
    name: String,
    owner: String,
    version: u64,
}

impl UseKey {
    /// One for each credential that the event's call carried.
    pub fn of(event: &Event) -> Vec<Self> {
        let carried = event.detail.as_ref().and_then(|detail| detail.get("credentials")?.as_array());
        let read = |carried: &serde_json::Value| Carried::deserialize(carried).ok();
        let key = |Carried { credential, name, owner, version }| Self {
            name,
            credential,
            version,
            owner,
            server: event.server.clone(),
            agent: event.caller.agent.clone(),
            agent_id: event.caller.agent_id.clone(),
            user: event.caller.user.clone(),
            kind: event.kind.clone(),
            capability: event.capability.clone(),
            outcome: event.end.outcome,
        };
        carried.into_iter().flatten().filter_map(read).map(key).collect()
    }
}
