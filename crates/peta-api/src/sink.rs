//! Sinks: where the record is sent as it grows. What a sink proves itself with goes in with a request and is in no answer.

use peta_model::{Decision, Moment, Outcome, SinkId, SinkName, SinkUrl};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    secret::Secret,
    word::{CodeText, DecisionWord, MomentText, OutcomeWord},
};

/// A sink, and how it does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Sink {
    /// Its name, unique.
    #[schema(value_type = String, example = "siem")]
    pub name: SinkName,
    /// Names it in the record, for life.
    #[schema(value_type = String)]
    pub id: SinkId,
    #[serde(flatten)]
    pub setup: SinkSetup,
    /// Whether a secret is sealed for it.
    pub secret: bool,
    #[serde(flatten)]
    pub health: SinkHealth,
    /// When it was added.
    #[schema(value_type = MomentText)]
    pub added: Moment,
}

/// Where events are sent, which, and in what form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SinkSetup {
    /// Where to, as a URL whose scheme names the kind of receiver: `file:/PATH`, `stdout:`, `syslog://HOST:PORT`,
    /// `syslog+tls://HOST:PORT`, `otlp+https://HOST/v1/logs`, `splunk+https://HOST:PORT`, `elastic+https://HOST/INDEX`,
    /// `webhook+https://…` or `s3+https://ENDPOINT/BUCKET/PREFIX`.
    #[schema(value_type = String, example = "syslog+tls://logs.example.com:6514")]
    pub to: SinkUrl,
    /// `ocsf`, `json`, `cef` or `leef`.
    #[schema(example = "ocsf")]
    pub format: String,
    /// Whether names, arguments and free text go along. No erasure reaches them there.
    pub private: bool,
    #[serde(flatten)]
    pub filter: SinkFilter,
    /// Headers of each request, as `NAME: VALUE`; `{}` in a value is the secret.
    pub headers: Vec<String>,
    /// The user, or the identifier of an access key, that goes with the secret.
    #[schema(required)]
    pub user: Option<String>,
    /// The region of an S3 bucket; `us-east-1` when absent.
    #[schema(required)]
    pub region: Option<String>,
    /// Whether Splunk's indexers are waited for.
    pub ack: bool,
    /// Whether only certificate authorities of its own are trusted.
    pub ca: bool,
}

/// Which events are sent. Filters are joined by "and"; `null` matches all.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SinkFilter {
    /// Only this kind, such as `tool_call` or `server.add`.
    #[schema(required)]
    pub kind: Option<String>,
    /// Only with this decision.
    #[schema(required, value_type = Option<DecisionWord>)]
    pub decision: Option<Decision>,
    /// Only with this outcome.
    #[schema(required, value_type = Option<OutcomeWord>)]
    pub outcome: Option<Outcome>,
    /// Only about this server.
    #[schema(required)]
    pub server: Option<String>,
    /// Only this agent's.
    #[schema(required)]
    pub agent: Option<String>,
}

/// How a sink does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SinkHealth {
    pub state: SinkState,
    /// Of one that is not well: why.
    #[schema(required)]
    pub why: Option<String>,
    /// The code that explains it.
    #[schema(required, value_type = Option<CodeText>)]
    pub code: Option<String>,
    /// Since when.
    #[schema(required, value_type = Option<MomentText>)]
    pub since: Option<Moment>,
    /// How many entries of the record it is behind.
    pub lag_entries: u64,
    /// For how long the oldest event waits that it was not sent yet, in microseconds.
    pub lag_us: u64,
    /// How many events were taken since Core started.
    pub sent: u64,
    /// How many were left out since Core started, because the receiver cannot take them.
    pub skipped: u64,
    /// When something was last taken; `null` when nothing was since Core started.
    #[schema(required, value_type = Option<MomentText>)]
    pub last_sent: Option<Moment>,
}

/// Whether what is recorded arrives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SinkState {
    /// What was sent was taken, or nothing was sent yet.
    Ok,
    /// The receiver is away, busy or broken. It is tried again; nothing is lost.
    Retrying,
    /// The receiver refuses everything. It is tried again; nothing is lost.
    Failing,
    /// It waits until the vault is unlocked.
    Locked,
}

/// A sink to be added.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSink {
    /// 1 to 64 letters, digits, `.`, `_` or `-`, starting with a letter or digit.
    #[schema(value_type = String, example = "siem", pattern = "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
    pub name: SinkName,
    /// Where to; see `Sink`.
    #[schema(value_type = String, example = "syslog+tls://logs.example.com:6514")]
    pub to: SinkUrl,
    /// `ocsf`, `json`, `cef` or `leef`; `json` for files and standard output, else `ocsf` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
    /// Send names, arguments and free text too. No erasure reaches them there.
    #[serde(default)]
    pub private: bool,
    /// Only this kind, such as `tool_call` or `server.add`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Only with this decision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<DecisionWord>)]
    pub decision: Option<Decision>,
    /// Only with this outcome.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<OutcomeWord>)]
    pub outcome: Option<Outcome>,
    /// Only about this server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server: Option<String>,
    /// Only this agent's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// Headers of each request, as `NAME: VALUE`; `{}` in one value is the secret.
    #[serde(default)]
    pub headers: Vec<String>,
    /// The user of HTTP Basic, or the identifier of an S3 access key; the secret goes with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The region of an S3 bucket.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Wait for the acknowledgement of Splunk's indexers.
    #[serde(default)]
    pub ack: bool,
    /// Certificate authorities in PEM, to be trusted in the place of the system's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca: Option<String>,
    /// Send everything that was ever recorded, and not only what is from now on.
    #[serde(default)]
    pub from_beginning: bool,
    /// What it proves itself with.
    #[serde(default, skip_serializing_if = "Option::is_none", serialize_with = "Secret::send_if")]
    pub secret: Option<Secret>,
}

/// What came of a try.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SinkTested {
    /// Whether the receiver took the event.
    pub taken: bool,
    /// What it answered, or why nothing was sent.
    pub answer: String,
    /// Of one that was not taken: the code that explains it.
    #[schema(required, value_type = Option<CodeText>)]
    pub code: Option<String>,
    /// How long it took, in microseconds.
    pub took_us: u64,
}

impl SinkState {
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Retrying => "retrying",
            Self::Failing => "failing",
            Self::Locked => "locked",
        }
    }
}
