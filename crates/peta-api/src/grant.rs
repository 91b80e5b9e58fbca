//! Grants: which agent may use what. Nothing is allowed that is not granted.

use peta_model::{AgentName, Grant};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::word::GrantText;

/// One agent may use one thing. As a query it names the grant to be removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct GrantEntry {
    /// Who.
    #[schema(value_type = String, example = "build-bot")]
    #[param(value_type = String, example = "build-bot")]
    pub agent: AgentName,
    /// What.
    #[schema(value_type = GrantText)]
    #[param(value_type = String, example = "files/tool:read_*")]
    pub grant: Grant,
}

/// Which grants to list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct GrantQuery {
    /// Only this agent's.
    #[param(value_type = Option<String>)]
    pub agent: Option<AgentName>,
}
