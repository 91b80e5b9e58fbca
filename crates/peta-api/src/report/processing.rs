//! What data goes where: the register of processing (GDPR, article 30).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::audit::Witness;

/// Who gets what agents send.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Recipient {
    /// Its origin, or the program that runs on this machine.
    #[schema(example = "https://api.example.com")]
    pub place: String,
    /// Whether it is reached over the network.
    pub remote: bool,
}

/// A server as something that data is processed with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ServerPurpose {
    pub server: String,
    /// What it says it is: its title or name; `null` when it was never learnt.
    #[schema(required)]
    pub title: Option<String>,
    /// What it says it is for; `null` when it says nothing.
    #[schema(required)]
    pub purpose: Option<String>,
    pub recipient: Recipient,
    /// Authorization servers that grant credentials for it.
    pub granted_by: Vec<String>,
    /// The people that agents with a grant for it act for.
    pub users: Vec<String>,
    /// How many agents have a grant for it.
    pub agents: u64,
    /// Whether it is switched off.
    pub disabled: bool,
}

/// Where the record is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RecordRecipient {
    /// The sink's name.
    pub sink: String,
    #[schema(example = "syslog+tls://logs.example.com:6514")]
    pub place: String,
    /// `ocsf`, `json`, `cef` or `leef`.
    pub format: String,
    /// Whether names and free text go along, which no erasure reaches there.
    pub private: bool,
}

/// Servers, purposes, recipients.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Processing {
    pub servers: Vec<ServerPurpose>,
    /// Who gets events of the record.
    pub sinks: Vec<RecordRecipient>,
    /// Who gets checkpoints of the record: sizes and hashes, nothing about people.
    pub witnesses: Vec<Witness>,
    /// Persons that have a part of the record.
    pub persons: u64,
}
