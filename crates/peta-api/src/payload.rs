//! What was said in calls, where it is kept: arguments and results. For the role `payloads` only, and each reading is an event.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{audit::EventPlaces, word::CodeText};

/// An event with what was said in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EventPayloads {
    #[serde(flatten)]
    pub event: EventPlaces,
    /// What the agent sent: of a tool its arguments, of all else the parameters. `null`: they were not kept.
    #[schema(required)]
    pub arguments: Option<KeptPayload>,
    /// The result or error as the agent got it. `null`: it was not kept, or the call goes on.
    #[schema(required)]
    pub result: Option<KeptPayload>,
}

/// What was kept of one of them.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct KeptPayload {
    /// JSON, unless it was cut. `null` if it is lost.
    #[schema(required)]
    pub text: Option<String>,
    /// `redacted`: of each text its length; `full`.
    #[schema(required, example = "full")]
    pub form: Option<String>,
    /// How long it was, in bytes.
    #[schema(required)]
    pub length: Option<u64>,
    /// Whether it was longer than is kept: the text is its beginning.
    pub cut: bool,
    /// The 32 random bytes that stand before it where the record commits to it, in hexadecimal digits: docs/formats/record.md.
    #[schema(required)]
    pub salt: Option<String>,
    /// Why there is no text: `P6040`, it is not there any more, or its key is not; `P6041`, it is not what was recorded.
    #[schema(required, value_type = Option<CodeText>)]
    pub lost: Option<String>,
    /// The same in words.
    #[schema(required)]
    pub why: Option<String>,
}

/// What to look for.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PayloadSearch {
    /// Only those in whose arguments or result this text occurs, in small or large letters, as it stands in JSON. Each that fits
    /// otherwise is opened for that, 10,000 at most; with more the answer is P7010.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

// What was said is in no log.
impl std::fmt::Debug for KeptPayload {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeptPayload").field("length", &self.length).field("lost", &self.lost).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for PayloadSearch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PayloadSearch").finish_non_exhaustive()
    }
}
