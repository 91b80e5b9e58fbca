//! Settings: what they are, and how they come together from defaults, file, environment and flags.
//!
//! The defaults are in `default.toml`, which is also the manual. Each crate has its own `Config`; the modules of
//! `serve` fill them from here. Every refusal names the setting, where it was said, and what is allowed.

mod layers;
mod network;
mod value;

use std::path::PathBuf;

use peta_model::{Payloads, Span};
use serde::{Deserialize, Serialize};

pub(crate) use layers::{Flag, Sources, load};
pub(crate) use network::Network;
pub(crate) use value::{DocumentUrl, Listen, Maybe, PublicUrl, Size};

/// The defaults as text, with all their comments.
pub(crate) const DEFAULTS: &str = include_str!("default.toml");

/// All settings. The comments on them are in `default.toml`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    pub(crate) gateway: Gateway,
    pub(crate) admin: Admin,
    pub(crate) tls: Tls,
    pub(crate) limits: Limits,
    pub(crate) sessions: Sessions,
    pub(crate) calls: Calls,
    pub(crate) streams: Streams,
    pub(crate) tasks: Tasks,
    pub(crate) replay: Replay,
    pub(crate) instances: Instances,
    pub(crate) dial: Dial,
    pub(crate) record: Record,
    pub(crate) audit: Audit,
    pub(crate) vault: peta_roots::Config,
    pub(crate) memory: Memory,
    pub(crate) telemetry: Telemetry,
    pub(crate) drain: Drain,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Gateway {
    pub(crate) listen: Listen,
    pub(crate) public_urls: Vec<PublicUrl>,
    pub(crate) origins: Vec<PublicUrl>,
    pub(crate) client_document: Maybe<DocumentUrl>,
    pub(crate) legacy_sse: bool,
    pub(crate) prefix: Prefix,
    pub(crate) behind_proxy: bool,
    pub(crate) trusted_proxies: Vec<Network>,
    pub(crate) anonymous: Anonymous,
}

/// When names on the aggregate carry their server's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Prefix {
    Always,
    OnCollision,
    Never,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Anonymous {
    pub(crate) agent: Maybe<peta_model::AgentName>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Admin {
    pub(crate) listen: Maybe<Listen>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Tls {
    pub(crate) cert: PathBuf,
    pub(crate) key: PathBuf,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Limits {
    pub(crate) message: Size,
    pub(crate) depth: u32,
    pub(crate) id_bytes: usize,
    pub(crate) token_bytes: usize,
    pub(crate) headers: usize,
    pub(crate) header_bytes: Size,
    pub(crate) head_read: Span,
    pub(crate) body_read: Span,
    pub(crate) keep_alive: Span,
    pub(crate) answer_unread: Span,
    pub(crate) connections: u32,
    pub(crate) connections_loopback: u32,
    pub(crate) wrong_tokens: u32,
    pub(crate) wrong_tokens_loopback: u32,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sessions {
    pub(crate) per_agent: usize,
    pub(crate) streams: usize,
    pub(crate) in_flight: usize,
    pub(crate) idle: Span,
    pub(crate) kept: Span,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Calls {
    pub(crate) idle: Span,
    pub(crate) total: Span,
    pub(crate) list_wait: Span,
    pub(crate) dead_server: Span,
    pub(crate) reverse: Span,
    pub(crate) withdrawn: Span,
    pub(crate) page: usize,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Streams {
    pub(crate) hold: Span,
    pub(crate) keep_alive: Span,
    pub(crate) retry: Span,
    pub(crate) close_after: Maybe<Span>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Audit {
    pub(crate) sink_deadline: Span,
    pub(crate) sink_backoff: Span,
    pub(crate) sink_backoff_most: Span,
    pub(crate) sink_lag_warn: Span,
    pub(crate) witness_every: Span,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Replay {
    pub(crate) stream: Size,
    pub(crate) events: usize,
    pub(crate) session: Size,
    pub(crate) total: Size,
    pub(crate) age: Span,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Tasks {
    pub(crate) per_agent: usize,
    pub(crate) ttl_most: Span,
    pub(crate) outlive: Span,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Instances {
    pub(crate) per_agent: usize,
    pub(crate) per_server: usize,
    pub(crate) total: usize,
    pub(crate) wait: Span,
    pub(crate) idle: Span,
    pub(crate) stop: Span,
    pub(crate) term: Span,
    pub(crate) backoff: Span,
    pub(crate) backoff_most: Span,
    pub(crate) healthy: Span,
    pub(crate) garbage: usize,
    pub(crate) garbage_within: Span,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Dial {
    pub(crate) within: Span,
    pub(crate) extra_ca: PathBuf,
    pub(crate) private_names: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Record {
    pub(crate) sync: Sync,
    pub(crate) segment: Size,
    pub(crate) keep: Maybe<Span>,
    pub(crate) payloads: Payloads,
    pub(crate) payload_limit: Size,
    pub(crate) keep_payloads: Maybe<Span>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Memory {
    pub(crate) arena: Size,
    pub(crate) must_lock: bool,
}

/// When an event counts as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Sync {
    Written,
    Ordered,
    Full,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Telemetry {
    pub(crate) log: String,
    pub(crate) format: Format,
    pub(crate) otlp_endpoint: Maybe<http::Uri>,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Format {
    Text,
    Json,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Drain {
    pub(crate) within: Span,
}

impl Tls {
    /// Both files, if TLS is configured at all.
    pub(crate) fn files(&self) -> Option<(&PathBuf, &PathBuf)> {
        let set = !self.cert.as_os_str().is_empty() || !self.key.as_os_str().is_empty();
        set.then_some((&self.cert, &self.key))
    }
}

#[cfg(test)]
mod tests;
