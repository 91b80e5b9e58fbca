//! Approve: waits for a person where that is owed. No obligation is owed yet, so every authorized call is cleared.

use super::{authorize::Authorized, resolve::Resolved};
use crate::stop::Stop;

/// A call that no person has to be asked about any more.
pub struct Cleared(Authorized);

impl Cleared {
    pub(in crate::call) fn resolved(&self) -> &Resolved {
        self.0.resolved()
    }

    pub(in crate::call) fn into_resolved(self) -> Resolved {
        self.0.into_resolved()
    }
}

pub async fn approve(authorized: Authorized) -> Result<Cleared, Stop> {
    Ok(Cleared(authorized))
}
