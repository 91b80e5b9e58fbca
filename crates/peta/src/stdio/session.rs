//! The MCP session that the bridge keeps for its agent: the names it goes by, and the agent's own `initialize`, with
//! which it is opened again should Core have forgotten it.

use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, response};
use peta_mcp::Message;

pub(super) const SESSION_ID: HeaderName = HeaderName::from_static("mcp-session-id");
pub(super) const VERSION: HeaderName = HeaderName::from_static("mcp-protocol-version");

/// What a request names: the session and the version that was agreed on.
#[derive(Debug, Clone, Default)]
pub(super) struct Names {
    session: Option<HeaderValue>,
    version: Option<HeaderValue>,
    /// How often the session has been opened, to tell an old name from the present one.
    pub(super) opened: u64,
}

/// The session so far.
#[derive(Debug, Default)]
pub(super) struct Session(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    names: Names,
    initialize: Option<Bytes>,
    initialized: bool,
}

impl Names {
    pub(super) fn put(&self, headers: &mut HeaderMap) {
        for (name, value) in [(SESSION_ID, &self.session), (VERSION, &self.version)] {
            if let Some(value) = value {
                headers.insert(name, value.clone());
            }
        }
    }

    pub(super) const fn has_session(&self) -> bool {
        self.session.is_some()
    }
}

impl Session {
    pub(super) fn names(&self) -> Names {
        self.lock().names.clone()
    }

    /// The agent has said `initialize`; kept for when it must be said again.
    pub(super) fn begin(&self, initialize: Bytes) {
        *self.lock() = State { initialize: Some(initialize), names: Names::default(), initialized: false };
    }

    pub(super) fn initialize(&self) -> Option<Bytes> {
        self.lock().initialize.clone()
    }

    /// Core has answered it.
    pub(super) fn open(&self, head: &response::Parts, answer: &Message) {
        let version =
            answer.result().and_then(|result| result.get("protocolVersion")?.as_str().map(|it| it.into_owned()));
        let mut state = self.lock();
        state.names.session = head.headers.get(&SESSION_ID).cloned();
        state.names.version = version.and_then(|version| HeaderValue::try_from(version).ok());
        state.names.opened += 1;
    }

    /// The agent has said `initialized`.
    pub(super) fn greeted(&self) {
        self.lock().initialized = true;
    }

    pub(super) fn is_greeted(&self) -> bool {
        self.lock().initialized
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
