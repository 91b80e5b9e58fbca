//! What goes wrong with servers. Each carries a code and a text that an agent may see: no secret, no value of the
//! environment, nothing a server wrote.

use peta_dial::BodyError;
use peta_model::{Code, Moment};

use crate::custody::Withheld;

/// An instance could not be opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct OpenError {
    pub code: Code,
    pub text: String,
}

/// A message could not be handed to a server; it was not executed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct SendError {
    pub code: Code,
    pub text: String,
}

/// Why an exchange ended without an answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct LostWhy {
    pub code: Code,
    pub executed: Executed,
    pub text: String,
}

/// Whether a server may have done what it was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Executed {
    No,
    Maybe,
}

/// The last thing that went wrong with a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    pub at: Moment,
    pub code: Code,
    pub text: String,
}

impl OpenError {
    pub fn new(code: Code, text: impl Into<String>) -> Self {
        Self { code, text: text.into() }
    }
}

impl SendError {
    pub fn new(code: Code, text: impl Into<String>) -> Self {
        Self { code, text: text.into() }
    }
}

impl LostWhy {
    pub fn new(code: Code, executed: Executed, text: impl Into<String>) -> Self {
        Self { code, executed, text: text.into() }
    }
}

impl From<SendError> for LostWhy {
    fn from(error: SendError) -> Self {
        Self { code: error.code, executed: Executed::No, text: error.text }
    }
}

impl From<LostWhy> for OpenError {
    fn from(why: LostWhy) -> Self {
        Self { code: why.code, text: why.text }
    }
}

impl From<SendError> for OpenError {
    fn from(error: SendError) -> Self {
        Self { code: error.code, text: error.text }
    }
}

impl From<OpenError> for LostWhy {
    fn from(error: OpenError) -> Self {
        Self { code: error.code, executed: Executed::No, text: error.text }
    }
}

impl From<Withheld> for LostWhy {
    fn from(why: Withheld) -> Self {
        Self { code: why.code, executed: Executed::No, text: why.text }
    }
}

impl From<BodyError> for LostWhy {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::TooLarge { .. } => {
                Self::new(Code::SERVER_GARBAGE, Executed::Maybe, "the server's answer was larger than allowed")
            }
            BodyError::Broken => Self::new(Code::SERVER_LOST, Executed::Maybe, "the server's answer broke off"),
        }
    }
}
