//! What is kept, and for how long.

use peta_model::Moment;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{audit::Hold, word::MomentText};

/// Something that Core keeps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Kept {
    #[schema(example = "sessions")]
    pub what: String,
    /// In words.
    pub kept: String,
    /// In seconds, where it ends by itself; `null` where it does not.
    #[schema(required)]
    pub seconds: Option<u64>,
    /// What ends it before.
    pub ends_by: String,
}

/// What is kept, and what must be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Retention {
    pub kept: Vec<Kept>,
    /// Legal holds that stand.
    pub holds: Vec<Hold>,
    /// How many entries of the record are bound into its tree by now.
    pub entries: u64,
    /// When its oldest event began; `null` when there is none.
    #[schema(required, value_type = Option<MomentText>)]
    pub oldest: Option<Moment>,
}
