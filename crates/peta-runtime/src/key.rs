//! Whose instance it is, and what the server is told about who asks.

use peta_model::ServerId;

/// An instance's name: equal keys share one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct InstanceKey {
    pub server: ServerId,
    pub holder: Holder,
}

/// Who holds an instance.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Holder {
    /// One session; `caller` is whom its instances are counted for.
    Session { number: u128, caller: String },
    /// All sessions of one caller that tell the server the same about themselves.
    Caller { caller: String, profile: u64 },
    /// Everybody.
    Everyone,
}

/// What a server is told in `initialize`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// The raw `params` object, the agent's own; `protocolVersion` is replaced by what the runtime speaks.
    pub params: String,
}

impl Holder {
    /// Whom the limit of instances per caller counts this for.
    pub fn caller(&self) -> Option<&str> {
        match self {
            Self::Session { caller, .. } | Self::Caller { caller, .. } => Some(caller),
            Self::Everyone => None,
        }
    }
}

impl Profile {
    /// No client features: what shared instances and the learning of a server say.
    pub fn of_nobody() -> Self {
        let version = peta_mcp::Version::LATEST;
        let peta = env!("CARGO_PKG_VERSION");
        Self {
            params: format!(
                r#"{{"protocolVersion":"{version}","capabilities":{{}},"clientInfo":{{"name":"peta","version":"{peta}"}}}}"#
            ),
        }
    }
}
