//! What a report is asked for.

use peta_model::{AgentName, Moment};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::word::MomentText;

/// Which page of the access review.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct AccessQuery {
    /// How many agents at most on this page: 1 to 500; 100 when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// `next` of the page before.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[param(value_type = Option<String>)]
    pub cursor: Option<AgentName>,
}

/// Which part of the record a report is of. Filters are joined by "and".
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct ReportQuery {
    /// Only this agent's. Refused if there never was one of that name, and in the report of changes, which agents do not make.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[param(value_type = Option<String>)]
    pub agent: Option<AgentName>,
    /// Only of agents that act for this person. Refused in the report of changes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// Only with this credential, by its name or its id. Only in the report of credentials.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credential: Option<String>,
    /// Only what began at this time or later (RFC 3339).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[param(value_type = Option<MomentText>)]
    pub since: Option<Moment>,
    /// Only what began before this time (RFC 3339).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[param(value_type = Option<MomentText>)]
    pub until: Option<Moment>,
    /// `next` of the part before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

/// What a report was limited to, as it stands in the report and in its event; `null` is no limit.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ReportFilters {
    #[schema(value_type = Option<String>)]
    pub agent: Option<AgentName>,
    pub user: Option<String>,
    pub credential: Option<String>,
    #[schema(value_type = Option<MomentText>)]
    pub since: Option<Moment>,
    #[schema(value_type = Option<MomentText>)]
    pub until: Option<Moment>,
}

impl ReportFilters {
    /// The query of the first part.
    pub fn query(&self) -> ReportQuery {
        let Self { agent, user, credential, since, until } = self.clone();
        ReportQuery { agent, user, credential, since, until, cursor: None }
    }
}
