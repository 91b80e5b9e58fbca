//! What administrators changed, or tried to.

use peta_model::Moment;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{event::Event, word::MomentText};

/// A part of the report: administrative acts, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ChangesPart {
    pub acts: Vec<Event>,
    /// How many events were read for this part.
    pub events: u64,
    /// How far back this part goes; `null` when it holds nothing.
    #[schema(required, value_type = Option<MomentText>)]
    pub back_to: Option<Moment>,
    /// Pass it as `cursor` to get the next part; `null` when this one is the last.
    #[schema(required)]
    pub next: Option<String>,
}
