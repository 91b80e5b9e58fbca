//! Why a text is no message. Every fault is found before anything acts on the text.

use crate::{fault::Fault, id::RequestId};

/// A text that is refused, with the id to answer to if one could be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{fault}")]
pub struct Malformed {
    pub fault: Fault,
    pub id: Option<RequestId>,
}

impl From<Fault> for Malformed {
    fn from(fault: Fault) -> Self {
        Self { fault, id: None }
    }
}
