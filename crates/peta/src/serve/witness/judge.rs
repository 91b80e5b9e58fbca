//! What a witness decides: pure, by what it knows of a log and what it is shown.

use peta_outlet::AddCheckpoint;
use peta_verify::{Broken, Checkpoint, Hash, NoNote, Verifier, check_consistency};

/// Why nothing is cosigned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum No {
    /// What was sent is no request.
    Form(String),
    UnknownLog,
    UnknownKey,
    /// The size that was cosigned last is another one.
    Has(u64),
    /// As many entries were cosigned, and they were other ones: the log's key signed both.
    Other(u64),
    Unproven(Broken),
}

/// Whether the checkpoint may be cosigned, with these keys of logs, after what was cosigned of its log last.
pub(super) fn judge(
    keys: &[Verifier],
    last: Option<&Checkpoint>,
    ask: &AddCheckpoint,
    new: &Checkpoint,
) -> Result<(), No> {
    let mut known = keys.iter().filter(|key| key.name() == new.origin).peekable();
    if known.peek().is_none() {
        return Err(No::UnknownLog);
    }
    let mut signed = false;
    for key in known {
        match ask.note.check(key) {
            Ok(_) => signed = true,
            Err(NoNote::Unsigned { .. }) => {}
            Err(_) => return Err(No::UnknownKey),
        }
    }
    if !signed {
        return Err(No::UnknownKey);
    }
    if ask.old > new.size {
        return Err(No::Form(format!("the old size, {}, is larger than the checkpoint's, {}", ask.old, new.size)));
    }
    let (size, root) = last.map_or((0, Hash::of_nothing()), |last| (last.size, last.root));
    if ask.old != size {
        return Err(No::Has(size));
    }
    if new.size == size && new.root != root {
        return Err(No::Other(size));
    }
    check_consistency((size, root), (new.size, new.root), &ask.proof).map_err(No::Unproven)
}

#[cfg(test)]
mod tests;
