//! Inject: makes the request that will leave. No server needs a credential of the vault yet, so nothing is lent here.

use super::{approve::Cleared, record::Intended, resolve::Resolved};
use crate::stop::Stop;

/// A request ready to leave: cleared, and its intent in the record.
pub struct Armed {
    cleared: Cleared,
    /// The proof that the intent was written; nothing leaves without it.
    _intended: Intended,
}

impl Armed {
    pub(in crate::call) fn into_resolved(self) -> Resolved {
        self.cleared.into_resolved()
    }
}

pub fn inject(cleared: Cleared, intended: Intended) -> Result<Armed, Stop> {
    Ok(Armed { cleared, _intended: intended })
}
