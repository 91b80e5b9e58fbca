//! What is told of an expiry: what went or would go, and why nothing could.

use std::io;

use peta_model::Moment;

use super::{plan::Plan, waits::Waits};
use crate::{record::Unwritten, recorder::NotRecorded, sheet::ChangeError};

/// What expires, or would.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expiring {
    /// The numbers of the first and the last entry; both 0 if there is nothing.
    pub from: u64,
    pub to: u64,
    pub files: u64,
    pub bytes: u64,
    /// When the last of these entries is of.
    pub until: Option<Moment>,
    /// Why no more.
    pub waits: Option<Waits>,
    /// The event that tells of it; none if nothing was done.
    pub event: Option<u64>,
}

/// Why nothing could be done.
#[derive(Debug, thiserror::Error)]
pub enum ExpiryError {
    #[error("the record's files cannot be read or written: {0}")]
    Io(#[from] io::Error),
    #[error(transparent)]
    NotRecorded(#[from] NotRecorded),
    #[error(transparent)]
    Store(#[from] ChangeError),
    #[error("the store is closed")]
    Closed,
}

impl Expiring {
    pub(super) fn of(plan: &Plan) -> Self {
        let Plan { files, bytes, from, to, until, waits } = plan;
        Self {
            from: *from,
            to: *to,
            files: *files,
            bytes: *bytes,
            until: (*files > 0).then(|| Moment::from_micros(*until)),
            waits: waits.clone(),
            event: None,
        }
    }
}

impl From<Unwritten> for ExpiryError {
    fn from(error: Unwritten) -> Self {
        match error {
            Unwritten::Closed => Self::Closed,
            Unwritten::TooLarge | Unwritten::Unsynced | Unwritten::Barred | Unwritten::Failed(_) => {
                Self::NotRecorded(NotRecorded)
            }
        }
    }
}
