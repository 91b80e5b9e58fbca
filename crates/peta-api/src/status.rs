//! How Core itself does, and what a careful administrator should look at.

use peta_model::{InstallId, Moment};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::word::MomentText;

/// Core, as it runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Status {
    /// The version of Peta.
    #[schema(example = "0.1.0")]
    pub version: String,
    /// Names this installation, for life.
    #[schema(value_type = String)]
    pub install: InstallId,
    /// The data directory.
    pub data_dir: String,
    /// The addresses it takes calls at.
    pub listen: Vec<String>,
    /// When it started.
    #[schema(value_type = MomentText)]
    pub started: Moment,
    /// How long it has run, in seconds.
    pub uptime_s: u64,
    /// The number of the newest change that calls are judged by.
    pub sequence: u64,
    pub counts: Counts,
}

/// How many there are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Counts {
    /// Registered servers.
    pub servers: u64,
    /// Of these, how many are degraded.
    pub degraded: u64,
    /// Running instances of servers.
    pub instances: u64,
    /// Agents that are not revoked.
    pub agents: u64,
}

/// Something to look at, for `peta doctor`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Finding {
    pub level: Level,
    /// What it is about: `server files`, `agent build-bot`.
    pub subject: String,
    /// What was found.
    pub text: String,
    /// What to do.
    pub advice: String,
}

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Something does not work.
    Problem,
    /// Something may surprise.
    Warning,
    /// Something worth knowing.
    Note,
}
