//! The one form of every refusal and failure of the API: problem details (RFC 9457).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Why a request was refused or failed, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// Names the sort of problem; here the page of its code.
    #[serde(rename = "type")]
    #[schema(example = "docs/errors/P7003.md")]
    pub kind: String,
    /// What the code means, in a few words.
    pub title: String,
    /// The HTTP status, again.
    pub status: u16,
    /// The stable code.
    #[schema(value_type = crate::word::CodeText)]
    pub code: String,
    /// What happened in this case, and what to do.
    pub detail: String,
    /// The page that explains the code.
    pub help: String,
    /// The field of the request that is not valid, by its path (`env.KEY`); absent when it is about no single field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
}
