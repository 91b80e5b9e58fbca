//! What the gateway can be told; the defaults are those of `default.toml` (docs/guide, configuration).

use peta_mcp::Limits;
use peta_model::{self as model, AgentName, Span};

/// Settings of the agents' wing.
#[derive(Debug, Clone)]
pub struct Config {
    /// Whether HTTP+SSE (`/sse`, `/messages`) is served.
    pub legacy_sse: bool,
    /// How names of capabilities are told apart on the aggregate endpoint.
    pub prefix: Prefix,
    /// The agent that requests without a token are taken for; only ever set on loopback.
    pub anonymous: Option<AgentName>,
    pub limits: Limits,
    pub calls: Calls,
    pub sessions: Sessions,
    pub streams: Streams,
    pub tasks: Tasks,
    pub replay: Replay,
    pub payloads: Payloads,
}

/// What of arguments and results is kept.
#[derive(Debug, Clone, Copy)]
pub struct Payloads {
    /// Of servers that do not say otherwise.
    pub kept: model::Payloads,
    /// How many bytes of each.
    pub limit: usize,
}

/// When a capability's name is prefixed with its server's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prefix {
    Always,
    OnCollision,
    Never,
}

/// How long things may take.
#[derive(Debug, Clone, Copy)]
pub struct Calls {
    /// Until the first byte of an answer or a sign of progress.
    pub idle: Span,
    /// A call in all.
    pub total: Span,
    /// A call to a server that is known to be down.
    pub dead_server: Span,
    /// A list, for servers that are not ready.
    pub list_wait: Span,
    /// A person's or model's answer to what a server asks back.
    pub reverse: Span,
    /// What running calls of a withdrawn server still get.
    pub withdrawn: Span,
}

/// How many, and how long.
#[derive(Debug, Clone, Copy)]
pub struct Sessions {
    pub per_agent: usize,
    pub streams: usize,
    pub in_flight: usize,
    /// Without a request or stream: its instances are given back.
    pub idle: Span,
    /// Without a request or stream: it is forgotten.
    pub kept: Span,
}

/// How answers are streamed.
#[derive(Debug, Clone, Copy)]
pub struct Streams {
    /// How long a JSON answer is waited for before the head of a stream is sent.
    pub hold: Span,
    pub keep_alive: Span,
    /// What clients are told to wait before they reconnect.
    pub retry: Span,
    /// A stream this old is closed, for its client to come back to; `None` if streams may last.
    pub close_after: Option<Span>,
    /// Items of a list page on the aggregate endpoint.
    pub page: usize,
    /// A body from an agent, without a byte.
    pub body_read: Span,
}

/// Tasks that servers run for agents.
#[derive(Debug, Clone, Copy)]
pub struct Tasks {
    /// How many an agent may have that are not done with.
    pub per_agent: usize,
    /// How long a task is kept at most.
    pub ttl_most: Span,
    /// How long an instance is kept for the tasks of a session that has ended.
    pub outlive: Span,
}

/// What is kept of streams, for slow readers and for clients that come back.
#[derive(Debug, Clone, Copy)]
pub struct Replay {
    /// Of one stream, besides its answers.
    pub stream_bytes: usize,
    pub stream_events: usize,
    /// Of one session, and of all.
    pub session_bytes: usize,
    pub total_bytes: usize,
    pub age: Span,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            legacy_sse: false,
            prefix: Prefix::Always,
            anonymous: None,
            limits: Limits::default(),
            calls: Calls {
                idle: Span::from_secs(60),
                total: Span::from_secs(3_600),
                dead_server: Span::from_secs(5),
                list_wait: Span::from_secs(2),
                reverse: Span::from_secs(600),
                withdrawn: Span::from_secs(5),
            },
            sessions: Sessions {
                per_agent: 10_000,
                streams: 16,
                in_flight: 256,
                idle: Span::from_secs(1_800),
                kept: Span::from_secs(86_400),
            },
            streams: Streams {
                hold: Span::from_millis(200),
                keep_alive: Span::from_secs(15),
                retry: Span::from_secs(1),
                close_after: None,
                page: 200,
                body_read: Span::from_secs(60),
            },
            tasks: Tasks { per_agent: 1_000, ttl_most: Span::from_secs(86_400), outlive: Span::from_secs(3_600) },
            replay: Replay {
                stream_bytes: 1 << 20,
                stream_events: 1_000,
                session_bytes: 8 << 20,
                total_bytes: 64 << 20,
                age: Span::from_secs(600),
            },
            payloads: Payloads { kept: model::Payloads::None, limit: 64 << 10 },
        }
    }
}
