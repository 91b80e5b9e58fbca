//! The record as people read it: one event for each call, list and administrative act. Never argument values.

use std::collections::BTreeMap;

use peta_model::{Decision, DeliveryClass, EventId, LogName, Moment, Operation, Outcome, Slug};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::word::{CodeText, DecisionWord, DeliveryClassWord, LogWord, MomentText, OperationWord, OutcomeWord};

/// One thing that happened, or was asked for and refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Event {
    /// When it began.
    #[schema(value_type = MomentText)]
    pub time: Moment,
    /// What happened: `tool_call`, `list`, `initialize` and so on; for acts of administrators noun and verb, as `server.add`.
    #[schema(example = "tool_call")]
    pub kind: String,
    #[serde(flatten)]
    pub caller: EventCaller,
    /// The server it was about; `null` for none.
    #[schema(required, value_type = Option<String>)]
    pub server: Option<Slug>,
    /// The capability, by the server's own name for it; `null` for none.
    #[schema(required)]
    pub capability: Option<String>,
    /// What the judge said.
    #[schema(value_type = DecisionWord)]
    pub decision: Decision,
    /// Why, such as the grants that allowed it.
    pub reasons: Vec<String>,
    #[serde(flatten)]
    pub facts: EventFacts,
    #[serde(flatten)]
    pub end: EventEnd,
    /// Names this event.
    #[schema(value_type = String)]
    pub id: EventId,
    /// Its place in the record; later ones are greater.
    pub sequence: u64,
    /// Of an administrative act, what it was about and what it changed; `null` otherwise.
    #[serde(default)]
    #[schema(required, value_type = Option<Object>)]
    pub detail: Option<serde_json::Value>,
    /// What the entry's commitment is to. Only with `openings`, and only if there is a private part and it opens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<EventOpening>)]
    pub opening: Option<EventOpening>,
}

/// By which an event's private part is held against the commitment in its entry: SHA-256 of `peta:commit:v1`, the random
/// bytes, and the text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EventOpening {
    /// 32 random bytes, in hex.
    pub salt: String,
    /// The private part as it was sealed: JSON.
    pub text: String,
}

/// Who did it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EventCaller {
    /// The agent that called; `null` for an administrator's act.
    #[schema(required)]
    pub agent: Option<String>,
    /// The agent's identifier, which no other agent ever has.
    #[schema(required)]
    pub agent_id: Option<String>,
    /// Whom the agent acted for.
    #[schema(required)]
    pub user: Option<String>,
    /// The MCP session, by its number.
    #[schema(required)]
    pub session: Option<String>,
    /// The token that was shown, by its id; `null` for the owner at the Unix socket.
    #[schema(required)]
    pub token: Option<String>,
    /// Of an administrator: the role. `null` for an agent.
    #[schema(required)]
    pub role: Option<String>,
    /// Of an administrator: the door. `socket`, `http`, or `core` for Core itself; `null` for an agent.
    #[schema(required)]
    pub door: Option<String>,
}

/// What else is known of a call, and where it was written. All of it is `null` for acts of administrators, but for tenant
/// and boot.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EventFacts {
    /// Whose record it is of.
    #[schema(required)]
    pub tenant: Option<String>,
    /// The run of Core that wrote it.
    #[schema(required)]
    pub boot: Option<String>,
    /// What the agent's client called itself: name and version, at most 128 bytes.
    #[schema(required)]
    pub client: Option<String>,
    /// The id that the request had in its session.
    #[schema(required)]
    pub request: Option<String>,
    /// SHA-256 of the capability's definition in canonical form, in hex.
    #[schema(required)]
    pub pin: Option<String>,
    /// What kind of effect the tool says that it has.
    #[schema(required, value_type = Option<OperationWord>)]
    pub operation: Option<Operation>,
    /// Which state of the configuration was judged by: it grows with each change.
    #[schema(required)]
    pub policy_version: Option<u64>,
    /// What the call carried.
    #[schema(required)]
    pub credentials: Option<Vec<EventCredential>>,
}

/// A version of a credential that a call carried; never a name, never a secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EventCredential {
    /// Names the credential.
    pub id: String,
    pub version: u64,
    /// How long what was delivered is out of Peta's hands.
    #[schema(value_type = DeliveryClassWord)]
    pub delivery: DeliveryClass,
}

/// How it ended, and how much passed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EventEnd {
    /// How it ended; `null` while it goes on.
    #[schema(required, value_type = Option<OutcomeWord>)]
    pub outcome: Option<Outcome>,
    /// The code of a refusal or failure.
    #[schema(required, value_type = Option<CodeText>)]
    pub code: Option<String>,
    /// How long it took, in microseconds; `null` while it goes on.
    #[schema(required)]
    pub duration_us: Option<u64>,
    /// How long each stage of the call took, in microseconds; stages that took less than one are not there.
    #[schema(required)]
    pub stages: Option<BTreeMap<String, u64>>,
    /// Size of what was asked, in bytes.
    pub request_bytes: u64,
    /// Size of what was answered, in bytes; `null` while it goes on.
    #[schema(required)]
    pub response_bytes: Option<u64>,
}

/// Which events to read. Filters are joined by "and".
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct EventQuery {
    /// Only this kind, such as `tool_call` or `server.add`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Only this agent's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// Only of agents that act for this person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// Only what concerns this person and no agent did: acts of administrators about them, and what Core tells of their
    /// credentials.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub about: Option<String>,
    /// Only about this server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server: Option<String>,
    /// Only about this capability, by the server's own name for it. One that is sealed, such as the address of a resource, is
    /// looked for in at most 10,000 events that fit otherwise; with more the answer is P7010.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub capability: Option<String>,
    /// Only with this decision.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[param(value_type = Option<DecisionWord>)]
    pub decision: Option<Decision>,
    /// Only with this outcome.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[param(value_type = Option<OutcomeWord>)]
    pub outcome: Option<Outcome>,
    /// Only with this code of a refusal or failure, such as `P5005`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Only those in which this text occurs, in small or large letters: in kind, server, capability, session, reasons or
    /// code. What is about people (names of agents, whom they act for, addresses of resources) is sealed and is not
    /// searched for text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Only those that began at this time or later (RFC 3339).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[param(value_type = Option<MomentText>)]
    pub since: Option<Moment>,
    /// Only those that began before this time (RFC 3339).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[param(value_type = Option<MomentText>)]
    pub until: Option<Moment>,
    /// How many at most on this page: 1 to 1,000; 100 when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// `next` of the page before. Pages go from the newest event to the oldest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// Which log; the record when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[param(inline, value_type = Option<LogWord>)]
    pub log: Option<LogName>,
    /// Answer with a stream (SSE) of the newest `limit` events, oldest of them first, and of what comes after.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub follow: bool,
    /// With the random bytes and the text of each private part, so that it can be held against its entry. Not in a stream.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub openings: bool,
}
