//! How far a rotation has come.

use peta_api::vault::RotationKind;
use peta_model::Moment;

/// Of the rotation that runs, or ran last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Progress {
    pub(crate) what: RotationKind,
    pub(crate) began: Moment,
    /// Versions that were wrapped or sealed anew.
    pub(crate) done: u64,
    pub(crate) total: u64,
    pub(crate) runs: bool,
}
