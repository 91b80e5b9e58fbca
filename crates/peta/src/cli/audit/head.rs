//! What is signed of the record, as a command needs it.

use peta_api::{audit::LogHead, endpoint::ShowLog};
use peta_model::Code;
use peta_verify::{Checkpoint, Note};

use crate::{client::Client, fault::Fault};

/// The newest checkpoint.
pub(super) struct Head {
    pub(super) note: String,
    pub(super) checkpoint: Checkpoint,
    pub(super) keys: String,
    /// So many of the first entries have expired.
    pub(super) expired: u64,
}

pub(super) async fn head(client: &Client) -> Result<Head, Fault> {
    let LogHead { checkpoint, keys, expired, .. } = client.call::<ShowLog>(&[], &(), &()).await?;
    let note = checkpoint.ok_or_else(|| {
        let help =
            "Core signs within a second of its start; while the vault is locked it does not: `peta vault status`";
        Fault::new(Code::NOT_SIGNED, "nothing of the record is signed yet", help)
    })?;
    let parsed: Note = note.parse().map_err(|error| unreadable(&error))?;
    let checkpoint = parsed.text().parse().map_err(|error| unreadable(&error))?;
    Ok(Head { note, checkpoint, keys, expired })
}

pub(super) fn unreadable(error: &dyn std::fmt::Display) -> Fault {
    let text = format!("Core sent what cannot be read: {error}");
    Fault::new(Code::ADMIN_FAILED, text, "is this peta as new as Core?")
}
