//! What Core tells of its own accord, about nobody: in the record, and once more in the log `system`, which goes on whatever
//! becomes of the record.

use peta_audit::{Ending, Intent};
use peta_model::EventId;

use crate::{
    entropy::random_id,
    record::{Entry, Log, Told, Unwritten},
};

/// An event of Core's, now; `detail` is a JSON object, and everybody who reads the log may read it.
pub(crate) fn event(log: &Log, kind: &'static str, detail: String) -> Intent {
    let id = random_id().unwrap_or(EventId::from_bytes([0; 16]));
    Intent::of_core(id, log.now(), kind, detail)
}

/// Writes it, and gives its number in this log. What this log does not take, the other one may.
pub(crate) fn tell(log: &Log, event: &Intent, ending: Ending) -> Result<u64, Unwritten> {
    let entry = Entry::Whole(Told::of_core(event), ending);
    let number = log.append(&entry);
    if let Some(beside) = log.beside()
        && let Err(error) = beside.append(&entry)
    {
        tracing::error!(%error, kind = event.kind.word(), "the log `system` does not take what the record was told");
    }
    number
}
