//! Servers as administrators see them: what they wrote down, how it does, what it offers, and what they may send.
//! Values of environment variables go in and never come out: a server shows their names only.

use std::collections::BTreeMap;

use peta_model::{HttpMode, Isolation, Moment, Payloads, ServerState, Slug, Span, Whose};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::word::{
    CodeText, HttpModeWord, IsolationWord, MomentText, PayloadsWord, SpanText, StateWord, TransportWord, WhoseWord,
};

/// A registered server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Server {
    #[serde(flatten)]
    pub setup: ServerSetup,
    /// How it does now.
    #[schema(value_type = StateWord)]
    pub state: ServerState,
    /// How many capabilities of each kind it was last seen to have.
    pub capabilities: CapabilityCounts,
    /// What it says of itself; `null` when it was never learnt.
    #[schema(required)]
    pub about: Option<About>,
    /// How many instances are running.
    pub instances: u64,
    /// Why it is degraded; `null` when nothing is known to be wrong.
    #[schema(required)]
    pub failure: Option<ServerFailure>,
    /// When it was registered.
    #[schema(value_type = MomentText)]
    pub added: Moment,
    /// When its capabilities were last learnt; `null` when they never were.
    #[schema(required, value_type = Option<MomentText>)]
    pub learnt_at: Option<Moment>,
    /// What was odd when it was last learnt, such as a cursor that repeats.
    pub warnings: Vec<String>,
}

/// What an administrator wrote down about a server, without what is secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ServerSetup {
    /// Its name, unique, part of every tool's name on the aggregate.
    #[schema(value_type = String, example = "files")]
    pub name: Slug,
    /// `stdio`, or which HTTP transport its URL speaks.
    #[schema(value_type = TransportWord)]
    pub transport: String,
    /// Where it is; `null` for a stdio server.
    #[schema(required)]
    pub url: Option<String>,
    /// The program that is started; `null` for a server at a URL.
    #[schema(required)]
    pub command: Option<String>,
    /// The program's arguments.
    pub args: Vec<String>,
    /// The names of the environment variables it is given. Values are never shown.
    pub env: Vec<String>,
    /// Who shares an instance.
    #[schema(value_type = IsolationWord)]
    pub isolation: Isolation,
    /// Whose credential calls carry.
    #[schema(value_type = WhoseWord)]
    pub credential: Whose,
    /// Whether an instance starts as soon as a session opens.
    pub eager: bool,
    /// How long a call may go without its first byte or progress; `null` for the setting `calls.idle`.
    #[schema(required, value_type = Option<SpanText>)]
    pub idle: Option<Span>,
    /// How long a call may take in all; `null` for the setting `calls.total`.
    #[schema(required, value_type = Option<SpanText>)]
    pub total: Option<Span>,
    /// What of arguments and results is kept beside the record; `null` for the setting `record.payloads`.
    #[schema(required, value_type = Option<PayloadsWord>)]
    pub payloads: Option<Payloads>,
}

/// How many capabilities of each kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CapabilityCounts {
    pub tools: u64,
    pub resources: u64,
    pub templates: u64,
    pub prompts: u64,
}

/// What a server says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct About {
    /// Its own name for itself.
    #[schema(required)]
    pub name: Option<String>,
    /// Its title for people.
    #[schema(required)]
    pub title: Option<String>,
    /// The version of the program.
    #[schema(required)]
    pub version: Option<String>,
    /// The revision of MCP it was learnt with.
    #[schema(required, example = "2025-11-25")]
    pub protocol_version: Option<String>,
}

/// Why a server could not be reached or understood.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ServerFailure {
    /// The stable code.
    #[schema(value_type = CodeText)]
    pub code: String,
    /// What happened, in words.
    pub detail: String,
    /// When.
    #[schema(value_type = MomentText)]
    pub at: Moment,
}

/// A registered server and the names of all it offers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ServerDetail {
    #[serde(flatten)]
    pub server: Server,
    /// What the server tells models about its use; `null` when it says nothing.
    #[schema(required)]
    pub instructions: Option<String>,
    /// Names of its tools.
    pub tools: Vec<String>,
    /// URIs of its resources.
    pub resources: Vec<String>,
    /// URI templates of its resources.
    pub templates: Vec<String>,
    /// Names of its prompts.
    pub prompts: Vec<String>,
}

/// A server to be registered: either `url`, or `command`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewServer {
    /// A lower-case letter, then up to 15 lower-case letters, digits or `-`.
    #[schema(value_type = String, example = "files", pattern = "^[a-z][a-z0-9-]{0,15}$")]
    pub name: Slug,
    /// Where it is, `http` or `https`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Which transport the URL speaks; `auto` when absent. Only with `url`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<HttpModeWord>)]
    pub transport: Option<HttpMode>,
    /// The program to start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
    /// Its arguments. Only with `command`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub args: Vec<String>,
    /// Environment variables it is given, by name. Values are never shown again. Only with `command`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub env: BTreeMap<String, String>,
    /// Who shares an instance; `per-session` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<IsolationWord>)]
    pub isolation: Option<Isolation>,
    /// Whose credential calls carry; `user-then-shared` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<WhoseWord>)]
    pub credential: Option<Whose>,
    /// Start an instance as soon as a session opens.
    #[serde(default)]
    pub eager: bool,
    /// Learn now what it offers, within 30 s; a server that cannot be learnt is registered all the same.
    #[serde(default = "yes")]
    pub discover: bool,
    /// How long a call may go without its first byte or progress; the setting `calls.idle` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<SpanText>)]
    pub idle: Option<Span>,
    /// How long a call may take in all; the setting `calls.total` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<SpanText>)]
    pub total: Option<Span>,
    /// What of arguments and results is kept beside the record; the setting `record.payloads` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<PayloadsWord>)]
    pub payloads: Option<Payloads>,
}

/// What to change of a server; what is absent stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ServerChange {
    /// A new place. Only for a server that has a URL; needs the action `server:launch`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Which transport the URL speaks. Only for a server that has a URL; needs the action `server:launch`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<HttpModeWord>)]
    pub transport: Option<HttpMode>,
    /// Who shares an instance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<IsolationWord>)]
    pub isolation: Option<Isolation>,
    /// Whose credential calls carry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<WhoseWord>)]
    pub credential: Option<Whose>,
    /// Start an instance as soon as a session opens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub eager: Option<bool>,
    /// How long a call may go without its first byte or progress; `null` for the setting `calls.idle`.
    #[serde(default, deserialize_with = "named", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<SpanText>)]
    pub idle: Option<Option<Span>>,
    /// How long a call may take in all; `null` for the setting `calls.total`.
    #[serde(default, deserialize_with = "named", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<SpanText>)]
    pub total: Option<Option<Span>>,
    /// What of arguments and results is kept beside the record; `null` for the setting `record.payloads`.
    #[serde(default, deserialize_with = "named", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<PayloadsWord>)]
    pub payloads: Option<Option<Payloads>>,
}

/// How hard to end what is running.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Ending {
    /// Cut running calls at once, instead of giving them 5 s.
    #[serde(default)]
    pub now: bool,
}

/// What a try to reach a server found. Nothing is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ServerTest {
    /// Whether it could be reached and learnt.
    pub ok: bool,
    /// How long it took, in microseconds.
    pub duration_us: u64,
    /// How many capabilities of each kind it has.
    pub capabilities: CapabilityCounts,
    /// What it says of itself; `null` when it could not be reached.
    #[schema(required)]
    pub about: Option<About>,
    /// Why it could not be learnt; `null` when it could.
    #[schema(required)]
    pub failure: Option<ServerFailure>,
    /// What was odd, such as a cursor that repeats.
    pub warnings: Vec<String>,
}

/// A line that is kept of a server: what its instances wrote beside their messages, and what became of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LogLine {
    /// When it was read.
    #[schema(value_type = MomentText)]
    pub at: Moment,
    /// Where it came from: `stderr`; `stdout` for a line there that is no message; `peta` for what Peta did.
    #[schema(example = "stderr")]
    pub source: String,
    /// The line, without its end.
    pub text: String,
}

const fn yes() -> bool {
    true
}

/// Tells a field that is `null` from one that is absent.
fn named<'de, T: Deserialize<'de>, D: Deserializer<'de>>(from: D) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(from).map(Some)
}

#[cfg(test)]
mod tests;
