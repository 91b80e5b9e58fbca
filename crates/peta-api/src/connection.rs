//! A person's connection to an authorization server, as it is asked about while it is made.

use peta_model::Moment;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{credential::Credential, word::MomentText};

/// How a connection does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Connection {
    /// How far it is.
    pub stage: ConnectionStage,
    /// Where the person goes, once and for ten minutes; only in the answer that began the connection.
    #[schema(required)]
    pub link: Option<String>,
    /// Until when the link is good.
    #[schema(required, value_type = Option<MomentText>)]
    pub until: Option<Moment>,
    /// Why it failed, as a code.
    #[schema(required)]
    pub code: Option<String>,
    /// The same in words.
    #[schema(required)]
    pub told: Option<String>,
    /// The credential as it is now.
    pub credential: Credential,
}

/// How far a connection is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConnectionStage {
    /// An administrator began none in the last day.
    None,
    /// Nobody has opened the link yet.
    Waiting,
    /// Somebody was sent to the authorization server and has not come back.
    Opened,
    /// Connected.
    Done,
    /// It came to nothing.
    Failed,
    /// Nobody came back in time.
    Over,
}
