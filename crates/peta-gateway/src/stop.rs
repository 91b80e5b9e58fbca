//! Why a request did not come to its end: Peta or the server said no, or the agent called it off.

use peta_model::Code;

use crate::refuse::Refusal;

/// The early end of a request.
#[derive(Debug)]
pub struct Stop(pub(crate) Why);

#[derive(Debug)]
pub(crate) enum Why {
    Refused(Box<Refusal>),
    /// Called off: there is no answer.
    Cancelled,
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self(Why::Refused(Box::new(refusal)))
    }
}

impl Stop {
    pub(crate) fn is_cancelled(&self) -> bool {
        matches!(self.0, Why::Cancelled)
    }

    /// The server refused what the request carried.
    pub(crate) fn is_challenge(&self) -> bool {
        matches!(&self.0, Why::Refused(refusal) if refusal.code == Code::SERVER_CHALLENGED)
    }

    /// What is answered; nothing if it was called off.
    pub(crate) fn into_refusal(self) -> Option<Refusal> {
        match self.0 {
            Why::Refused(refusal) => Some(*refusal),
            Why::Cancelled => None,
        }
    }

    pub(crate) fn cancelled() -> Self {
        Self(Why::Cancelled)
    }
}
