//! Why a receiver has not taken what it was sent.

use std::time::Duration;

use peta_audit::escaped;
use peta_dial::{DialError, HttpError};
use peta_model::Code;

use crate::standing::State;

/// What is to be done about it. The texts are for people; what receivers said stands in them escaped and cut.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// It may be taken later, as it is.
    Later { why: String, after: Option<Duration> },
    /// It is refused whatever is sent.
    Refused(String),
    /// Something in it is refused, or it is too large.
    Content(String),
    /// Some was taken. What stands at these places never is, and what stands at those may be later.
    Partly { never: Vec<(usize, String)>, later: Vec<usize>, why: String },
    /// The secret that is shown cannot be opened: the vault is locked, or it is damaged.
    NoSecret,
}

/// So much of what a receiver says is shown.
const SHOWN: usize = 300;

impl Trouble {
    pub(crate) fn later(why: impl Into<String>) -> Self {
        Self::Later { why: why.into(), after: None }
    }

    pub(crate) fn of_dial(error: &DialError) -> Self {
        match error {
            DialError::Refused => Self::Refused(error.to_string()),
            _ => Self::later(error.to_string()),
        }
    }

    pub(crate) fn of_http(error: &HttpError) -> Self {
        match error {
            HttpError::Dial(error) => Self::of_dial(error),
            HttpError::Broken => Self::later(error.to_string()),
            HttpError::Redirected | HttpError::Request => Self::Refused(error.to_string()),
        }
    }

    /// What a sink is that has it, and the code that explains it.
    pub(crate) const fn state(&self, is_locked: bool) -> (State, Code) {
        match self {
            Self::Later { .. } | Self::Partly { .. } => (State::Retrying, Code::SINK_AWAY),
            Self::NoSecret if is_locked => (State::Locked, Code::VAULT_LOCKED),
            Self::NoSecret | Self::Refused(_) | Self::Content(_) => (State::Failing, Code::SINK_REFUSES),
        }
    }

    pub(crate) fn why(&self) -> &str {
        match self {
            Self::Later { why, .. } | Self::Refused(why) | Self::Content(why) | Self::Partly { why, .. } => why,
            Self::NoSecret => "the secret that it needs cannot be opened: is the vault locked? (`peta vault status`)",
        }
    }
}

/// What a receiver said, as it may be shown.
pub(crate) fn said(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let shown: String = escaped(text.trim()).to_string().chars().take(SHOWN).collect();
    if shown.is_empty() { "nothing".to_owned() } else { shown }
}
