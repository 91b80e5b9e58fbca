//! What an administrator writes down about an MCP server: where it is, and how its instances are kept apart.

use serde::{Deserialize, Serialize};

use crate::{Payloads, Slug, Span, Whose};

/// One registered server, as configured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerSpec {
    pub name: Slug,
    pub transport: Transport,
    pub isolation: Isolation,
    /// Start an instance as soon as a session opens, not at its first request.
    pub eager: bool,
    /// Start one instance when the server is added, to learn what it offers.
    pub discover: bool,
    /// How long a call may go without its first byte or a sign of progress; `None` for `calls.idle`.
    pub idle: Option<Span>,
    /// How long a call may take in all; `None` for `calls.total`.
    pub total: Option<Span>,
    /// Whose credential calls carry.
    #[serde(default)]
    pub credential: Whose,
    /// What of calls to it is kept beside the record; `None` for `record.payloads`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payloads: Option<Payloads>,
}

/// How to reach a server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Transport {
    /// A child process that speaks on its standard streams.
    Stdio { command: String, args: Vec<String>, env: Vec<(String, String)> },
    /// A server at a URL.
    Http { url: String, mode: HttpMode },
}

/// Which of MCP's HTTP transports a URL speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HttpMode {
    /// Streamable HTTP first, then HTTP+SSE.
    Auto,
    /// Streamable HTTP (2025-03-26 and later).
    Http,
    /// HTTP+SSE (2024-11-05).
    Sse,
}

/// Who shares an instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Isolation {
    /// Every session has an instance of its own.
    PerSession,
    /// One user's sessions share (until people exist: one agent's).
    PerUser,
    /// Everybody shares; the server is told of no client features, so it cannot ask anything back.
    Shared,
}

/// How a server does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ServerState {
    /// Learnt, with an instance running.
    Ready,
    /// Learnt, with none running.
    Idle,
    /// An instance is being opened for the first time.
    Starting,
    /// The last attempt to reach it failed.
    Degraded,
    /// Registered, but never asked what it offers.
    Unlearnt,
    /// Switched off by an administrator.
    Disabled,
}

impl ServerSpec {
    /// The place that credentials are given for: `scheme://host[:port]` of a URL, in one spelling; `stdio` of a command.
    pub fn origin(&self) -> String {
        match &self.transport {
            Transport::Stdio { .. } => "stdio".to_owned(),
            Transport::Http { url, .. } => origin_of(url),
        }
    }
}

/// Scheme and host in small letters, without the port that the scheme means anyway. Two spellings that may be two places
/// stay two: what is no URL of that form is its own origin, whole.
fn origin_of(url: &str) -> String {
    read_origin(url).unwrap_or_else(|| url.to_owned())
}

fn read_origin(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let scheme = scheme.to_ascii_lowercase();
    // A backslash is a slash to some readers of URLs and a letter to others: it ends the host here, and is in no good one.
    let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
    let place = authority.rsplit_once('@').map_or(authority, |(_, place)| place);
    // The colons inside of brackets are an address of IPv6.
    let (host, port) = match place.rfind(']') {
        Some(end) => place.split_at_checked(end + 1)?,
        None => place.split_at_checked(place.find(':').unwrap_or(place.len()))?,
    };
    let port = match port.strip_prefix(':') {
        None if port.is_empty() => None,
        Some("") => None,
        Some(digits) if digits.bytes().all(|b| b.is_ascii_digit()) => Some(digits.parse::<u16>().ok()?),
        None | Some(_) => return None,
    };
    let meant = match scheme.as_str() {
        "http" => 80,
        "https" => 443,
        _ => return None,
    };
    if host.is_empty() {
        return None;
    }
    let host = host.to_ascii_lowercase();
    Some(match port.filter(|port| *port != meant) {
        Some(port) => format!("{scheme}://{host}:{port}"),
        None => format!("{scheme}://{host}"),
    })
}

impl Transport {
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Stdio { .. } => "stdio",
            Self::Http { mode, .. } => mode.word(),
        }
    }
}

impl HttpMode {
    pub const fn word(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Http => "http",
            Self::Sse => "sse",
        }
    }
}

impl Isolation {
    pub const fn word(self) -> &'static str {
        match self {
            Self::PerSession => "per-session",
            Self::PerUser => "per-user",
            Self::Shared => "shared",
        }
    }
}

impl ServerState {
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Idle => "idle",
            Self::Starting => "starting",
            Self::Degraded => "degraded",
            Self::Unlearnt => "unlearnt",
            Self::Disabled => "disabled",
        }
    }
}

#[cfg(test)]
mod tests;
