//! The words of the record: what kind of thing happened, what was decided, how it ended, and an administrator's role.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// The text is none of the words it could be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("unknown word")]
pub struct UnknownWord;

/// What the judge said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    Allow,
    Deny,
}

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The server answered.
    Ok,
    /// The server answered with an error, or a tool with `isError`.
    Error,
    /// Peta said no.
    Refused,
    /// Something broke.
    Failed,
    /// A deadline passed.
    Timeout,
    /// The agent (or its session's end) called it off.
    Cancelled,
    /// Core was killed before the end was known.
    Unknown,
}

/// The kind of effect that a tool says it has. What a server says of its own tools is a hint: nothing is allowed for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    Read,
    Write,
    Destructive,
    /// It does not say.
    Unknown,
}

/// What happened: what agents do has a word of its own, what administrators do is the noun and verb of the command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EventKind {
    Initialize,
    ToolCall,
    ResourceRead,
    PromptGet,
    Completion,
    List,
    Subscription,
    Reverse,
    Task,
    /// A method that Peta does not know, passed on to a server's own endpoint.
    Request,
    /// `server.add`, `agent.revoke`, `core.start` …
    Admin(&'static str),
}

/// What an administrator's token may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Everything, including what runs code (`server:launch`).
    Owner,
    /// Reads lists and the record's metadata, changes nothing.
    Auditor,
    /// Reads payloads of the record, which nobody else does, owners included; changes nothing.
    Payloads,
}

/// What of arguments and results is kept beside the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Payloads {
    /// Nothing.
    #[default]
    None,
    /// Their structure, names, numbers and truth values; of each text its length.
    Redacted,
    Full,
}

/// Which log of an installation: that of its tenant, or the one about the installation itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogName {
    /// What agents and administrators do, and what Core tells of it.
    #[default]
    Default,
    /// What Core did and met as a whole.
    System,
}

macro_rules! worded {
    ($($name:ident { $($variant:ident = $word:literal),* })*) => {$(
        impl $name {
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),* }
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.word())
            }
        }
        impl FromStr for $name {
            type Err = UnknownWord;
            fn from_str(text: &str) -> Result<Self, UnknownWord> {
                match text { $($word => Ok(Self::$variant),)* _ => Err(UnknownWord) }
            }
        }
    )*};
}
worded! {
    Decision { Allow = "allow", Deny = "deny" }
    Outcome {
        Ok = "ok", Error = "error", Refused = "refused", Failed = "failed",
        Timeout = "timeout", Cancelled = "cancelled", Unknown = "unknown"
    }
    Operation { Read = "read", Write = "write", Destructive = "destructive", Unknown = "unknown" }
    Role { Owner = "owner", Auditor = "auditor", Payloads = "payloads" }
    Payloads { None = "none", Redacted = "redacted", Full = "full" }
    LogName { Default = "default", System = "system" }
}

impl EventKind {
    pub const fn word(self) -> &'static str {
        match self {
            Self::Initialize => "initialize",
            Self::ToolCall => "tool_call",
            Self::ResourceRead => "resource_read",
            Self::PromptGet => "prompt_get",
            Self::Completion => "completion",
            Self::List => "list",
            Self::Subscription => "subscription",
            Self::Reverse => "reverse",
            Self::Task => "task",
            Self::Request => "request",
            Self::Admin(word) => word,
        }
    }
}
