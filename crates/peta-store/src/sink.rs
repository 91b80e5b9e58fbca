//! Sinks as they stand in a snapshot.

use std::sync::Arc;

use peta_audit::format::Format;
use peta_model::{Decision, Moment, Outcome, SinkId, SinkName, SinkUrl};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::events::EventQuery;

/// One sink. What it shows to prove itself is sealed, and kept beside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SinkEntry {
    pub id: SinkId,
    pub name: SinkName,
    pub spec: Arc<SinkSpec>,
    /// Whether something is sealed for it.
    pub secret: bool,
    pub added: Moment,
}

/// What an administrator wrote down about a sink.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SinkSpec {
    pub to: SinkUrl,
    #[serde(serialize_with = "write_format", deserialize_with = "read_format")]
    pub format: Format,
    /// Whether names, arguments and free text go along, which no erasure reaches there.
    #[serde(default)]
    pub private: bool,
    #[serde(default)]
    pub filter: SinkFilter,
    /// Of each request. `{}` in a value is the secret.
    #[serde(default)]
    pub headers: Vec<(String, String)>,
    #[serde(default)]
    pub user: Option<String>,
    #[serde(default)]
    pub region: Option<String>,
    /// Whether the receiver's own acknowledgement is waited for, where it has one of its own.
    #[serde(default)]
    pub ack: bool,
    /// Certificate authorities in PEM, which are trusted in the place of the system's.
    #[serde(default)]
    pub ca: Option<String>,
}

/// Which events. Everything left out matches all.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SinkFilter {
    pub kind: Option<String>,
    pub decision: Option<Decision>,
    pub outcome: Option<Outcome>,
    pub server: Option<String>,
    pub agent: Option<String>,
}

/// What is known of a new one.
#[derive(Debug, Clone)]
pub struct NewSink {
    pub id: SinkId,
    pub name: SinkName,
    pub spec: SinkSpec,
    pub sealed: Option<Vec<u8>>,
    /// It is sent what ended behind the entry of this number.
    pub read: u64,
}

impl From<&SinkFilter> for EventQuery {
    fn from(filter: &SinkFilter) -> Self {
        let SinkFilter { kind, decision, outcome, server, agent } = filter.clone();
        Self { kind, decision, outcome, server, agent, ..Self::default() }
    }
}

/// Where a sink's secret stands among sealed things.
pub(crate) fn secret_key(sink: SinkId) -> [u8; 32] {
    let mut key = [0; 32];
    key.iter_mut().zip(sink.as_bytes()).for_each(|(to, from)| *to = *from);
    key
}

fn write_format<S: Serializer>(format: &Format, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(format.word())
}

fn read_format<'de, D: Deserializer<'de>>(from: D) -> Result<Format, D::Error> {
    String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
}
