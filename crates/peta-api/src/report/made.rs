//! That a report was made is itself an event.

use peta_model::{EventId, LogName};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::query::ReportFilters;
use crate::word::LogWord;

/// Which report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReportKind {
    /// Who can reach what.
    Access,
    /// What agents and people did.
    Activity,
    /// What each credential touched.
    Credentials,
    /// What administrators changed.
    Changes,
    /// What is kept how long.
    Retention,
    /// What data goes where.
    Processing,
    /// The signed record itself, as `peta audit export` takes it.
    Export,
}

/// A report that somebody made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewReport {
    pub report: ReportKind,
    #[serde(default)]
    pub filters: ReportFilters,
    /// SHA-256, in hexadecimal, of the manifest that names the digests of its files: the record then vouches for them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manifest: Option<String>,
    /// Of an export: of which log; the record when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<LogWord>)]
    pub log: Option<LogName>,
}

/// The event that says so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReportMade {
    #[schema(value_type = String)]
    pub event: EventId,
}

impl ReportKind {
    pub const fn word(self) -> &'static str {
        match self {
            Self::Access => "access",
            Self::Activity => "activity",
            Self::Credentials => "credentials",
            Self::Changes => "changes",
            Self::Retention => "retention",
            Self::Processing => "processing",
            Self::Export => "export",
        }
    }
}
