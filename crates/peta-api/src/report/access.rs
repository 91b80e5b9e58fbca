//! Who can reach what, now.

use peta_model::{AgentName, Decision, Grant, ServerState, Slug};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    agent::Agent,
    server::CapabilityCounts,
    word::{DecisionWord, GrantText, StateWord},
};

/// What one agent can reach of one server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ServerReach {
    #[schema(value_type = String)]
    pub server: Slug,
    /// How it does; nothing of a `disabled` one can be used until somebody enables it.
    #[schema(value_type = StateWord)]
    pub state: ServerState,
    /// The agent's grants that name it.
    #[schema(value_type = Vec<GrantText>)]
    pub grants: Vec<Grant>,
    /// Whether all of it is granted, also what it will offer tomorrow.
    pub everything: bool,
    /// Whether it was learnt what it offers; the lists below are empty if not.
    pub learnt: bool,
    /// Names of the tools that are granted.
    pub tools: Vec<String>,
    /// URIs of the resources that are granted.
    pub resources: Vec<String>,
    /// URI templates that are granted.
    pub templates: Vec<String>,
    /// Names of the prompts that are granted.
    pub prompts: Vec<String>,
    /// How many of each kind it has that are not granted.
    pub denied: CapabilityCounts,
}

/// An agent that is not revoked, and all that it can reach.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AgentAccess {
    pub agent: Agent,
    pub servers: Vec<ServerReach>,
}

/// A page of the access review, agents in order of name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AccessPart {
    /// What holds for all that is not listed here.
    #[schema(value_type = DecisionWord)]
    pub otherwise: Decision,
    /// The number of the newest change that it is told by.
    pub sequence: u64,
    pub agents: Vec<AgentAccess>,
    /// Pass it as `cursor` to get the next page; `null` when this page is the last.
    #[schema(required, value_type = Option<String>)]
    pub next: Option<AgentName>,
}
