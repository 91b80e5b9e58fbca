//! What an operation of the API is: its address, the action it needs, and the types that go in and come out.
//! Handlers, the OpenAPI document and clients all read the same table (`endpoint.rs`).

use std::fmt::Write as _;

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use utoipa::ToSchema;

/// One operation, as a type: the answer to "which types belong to this route".
pub trait Endpoint: Send + Sync + 'static {
    /// What stands after the `?`; `()` for nothing.
    type Query: Query;
    /// The JSON body; `()` for none.
    type Body: Body;
    /// What a success answers with; `()` for no body.
    type Answer: Body;
    const OPERATION: Operation;
}

/// One operation of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Operation {
    /// Its `operationId`.
    pub id: &'static str,
    /// Its `kind` in the record: noun and verb of the command.
    pub kind: &'static str,
    pub method: Method,
    /// The path, with names in braces: `/api/v1/servers/{name}`.
    pub path: &'static str,
    /// What a role must allow.
    pub action: Action,
    /// The status of a success.
    pub status: u16,
    /// What it does, in a sentence or two.
    pub summary: &'static str,
}

/// The HTTP methods in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Method {
    Get,
    Post,
    Patch,
    Delete,
}

/// What an administrator may be allowed to do. Each operation needs one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// Read how Core does.
    StatusRead,
    /// Read `/metrics`.
    MetricsRead,
    /// Read the OpenAPI document.
    ContractRead,
    /// Read the list of servers.
    ServerRead,
    /// Read what servers wrote to their standard error.
    ServerLogs,
    /// Change servers in ways that run and dial nothing new.
    ServerWrite,
    /// Whatever runs code or dials out: register, test, learn again, set a URL.
    ServerLaunch,
    /// Read agents and what they may use.
    AgentRead,
    /// Register agents, change and revoke their tokens.
    AgentWrite,
    /// Give and take what agents may use.
    GrantWrite,
    /// Read the record.
    EventRead,
    /// Read what was said in calls, where it is kept.
    PayloadRead,
    /// Say who keeps and gets the record.
    AuditWrite,
    /// Read where the record is sent, and how that goes.
    SinkRead,
    /// Add, try and remove sinks.
    SinkWrite,
    /// Read which administrators' tokens there are.
    TokenRead,
    /// Make and revoke administrators' tokens.
    TokenWrite,
    /// Read which credentials there are; never their secrets.
    CredentialRead,
    /// Store, confirm and remove credentials.
    CredentialWrite,
    /// Read how the vault does.
    VaultRead,
    /// Lock, unlock and try the vault, and make its keys anew.
    VaultWrite,
}

/// A query string as a type, with its documentation.
pub trait Query: Serialize + DeserializeOwned + Send + 'static {
    fn params() -> Vec<utoipa::openapi::path::Parameter>;
}

/// A JSON body as a type; `()` is none.
pub trait Body: Serialize + DeserializeOwned + ToSchema + Send + 'static {
    const NONE: bool = false;
    /// Whether it brings a secret, so that nothing of it may stay behind in a connection.
    const SECRET: bool = false;
    /// Its media type.
    const MEDIA: &'static str = "application/json";
}

impl Body for () {
    const NONE: bool = true;
}

impl Query for () {
    fn params() -> Vec<utoipa::openapi::path::Parameter> {
        Vec::new()
    }
}

impl Operation {
    /// The request target: the path with `names` put in the place of its braces, in order, then the query.
    pub fn target<Q: Query>(&self, names: &[&str], query: &Q) -> String {
        let mut target = String::new();
        let mut names = names.iter();
        for (at, part) in self.path.split('/').enumerate() {
            if at > 0 {
                target.push('/');
            }
            match names.as_slice().first().filter(|_| part.starts_with('{')) {
                Some(_) => encode(&mut target, names.next().copied().unwrap_or_default()),
                None => target.push_str(part),
            }
        }
        let mut mark = '?';
        for (key, value) in fields(query) {
            target.push(mark);
            mark = '&';
            encode(&mut target, &key);
            target.push('=');
            encode(&mut target, &value);
        }
        target
    }

    /// The names in braces, in order.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
    }
}

impl Method {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

impl Action {
    pub const ALL: [Self; 21] = [
        Self::StatusRead,
        Self::MetricsRead,
        Self::ContractRead,
        Self::ServerRead,
        Self::ServerLogs,
        Self::ServerWrite,
        Self::ServerLaunch,
        Self::AgentRead,
        Self::AgentWrite,
        Self::GrantWrite,
        Self::EventRead,
        Self::PayloadRead,
        Self::AuditWrite,
        Self::SinkRead,
        Self::SinkWrite,
        Self::TokenRead,
        Self::TokenWrite,
        Self::CredentialRead,
        Self::CredentialWrite,
        Self::VaultRead,
        Self::VaultWrite,
    ];

    pub const fn word(self) -> &'static str {
        match self {
            Self::StatusRead => "status:read",
            Self::MetricsRead => "metrics:read",
            Self::ContractRead => "contract:read",
            Self::ServerRead => "server:read",
            Self::ServerLogs => "server:logs",
            Self::ServerWrite => "server:write",
            Self::ServerLaunch => "server:launch",
            Self::AgentRead => "agent:read",
            Self::AgentWrite => "agent:write",
            Self::GrantWrite => "grant:write",
            Self::EventRead => "event:read",
            Self::PayloadRead => "payload:read",
            Self::AuditWrite => "audit:write",
            Self::SinkRead => "sink:read",
            Self::SinkWrite => "sink:write",
            Self::TokenRead => "token:read",
            Self::TokenWrite => "token:write",
            Self::CredentialRead => "credential:read",
            Self::CredentialWrite => "credential:write",
            Self::VaultRead => "vault:read",
            Self::VaultWrite => "vault:write",
        }
    }
}

/// The members of a query that are set.
fn fields<Q: Query>(query: &Q) -> Vec<(String, String)> {
    let Ok(Value::Object(members)) = serde_json::to_value(query) else { return Vec::new() };
    let text = |value| match value {
        Value::Null => None,
        Value::String(text) => Some(text),
        other => Some(other.to_string()),
    };
    members.into_iter().filter_map(|(key, value)| Some((key, text(value)?))).collect()
}

/// Percent-encodes all but what RFC 3986 leaves unreserved.
fn encode(target: &mut String, text: &str) {
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => target.push(char::from(byte)),
            // Writing to a String cannot fail.
            _ => _ = write!(target, "%{byte:02X}"),
        }
    }
}

#[cfg(test)]
mod tests;
