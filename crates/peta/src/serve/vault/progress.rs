//! How far a rotation has come.

/// Of the rotation that runs, or ran last.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Progress {
    /// Envelopes that were wrapped or sealed anew.
    pub(crate) done: u64,
}
