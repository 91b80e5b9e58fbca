//! What is signed of the record, as a command needs it.

use peta_api::{
    audit::{Cosigned, LogHead, LogQuery},
    endpoint::ShowLog,
};
use peta_model::Code;
use peta_verify::{Checkpoint, Note};

use super::source::Source;
use crate::fault::Fault;

/// The newest checkpoint.
pub(super) struct Head {
    pub(super) note: String,
    pub(super) checkpoint: Checkpoint,
    pub(super) keys: String,
    /// So many of the first entries have expired.
    pub(super) expired: u64,
    pub(super) cosigned: Vec<Cosigned>,
}

impl Head {
    /// The newest checkpoint that a witness cosigned, with all cosignatures of it.
    pub(super) fn newest_cosigned(&self) -> Result<(String, Checkpoint), Fault> {
        let mut newest: Option<(Note, Checkpoint)> = None;
        for Cosigned { key, note, .. } in &self.cosigned {
            let note: Note = note.parse().map_err(|error| unreadable(&error))?;
            let checkpoint: Checkpoint = note.text().parse().map_err(|error| unreadable(&error))?;
            match &mut newest {
                Some((known, of)) if *of == checkpoint => {
                    let key = key.parse().map_err(|error| unreadable(&error))?;
                    known.take_in_from(&note, &key).map_err(|error| unreadable(&error))?;
                }
                Some((_, of)) if of.size > checkpoint.size => {}
                _ => newest = Some((note, checkpoint)),
            }
        }
        let newest = newest.map(|(note, checkpoint)| (note.to_string(), checkpoint));
        newest.ok_or_else(|| {
            let help = "`peta audit witness list` says who is asked to, and what stands in the way";
            Fault::new(Code::NOT_SIGNED, "no witness has cosigned anything of this log yet", help)
        })
    }
}

pub(super) async fn head(of: Source<'_>) -> Result<Head, Fault> {
    let query = LogQuery { log: of.name() };
    let LogHead { checkpoint, keys, expired, cosigned, .. } = of.client.call::<ShowLog>(&[], &query, &()).await?;
    let note = checkpoint.ok_or_else(|| {
        let help =
            "Core signs within a second of its start; while the vault is locked it does not: `peta vault status`";
        Fault::new(Code::NOT_SIGNED, "nothing of the record is signed yet", help)
    })?;
    let mut parsed: Note = note.parse().map_err(|error| unreadable(&error))?;
    let checkpoint = parsed.text().parse().map_err(|error| unreadable(&error))?;
    // Cosignatures of this very checkpoint stand below it.
    for Cosigned { key, note, .. } in &cosigned {
        let signed: Note = note.parse().map_err(|error| unreadable(&error))?;
        let key = key.parse().map_err(|error| unreadable(&error))?;
        if signed.text() == parsed.text() {
            parsed.take_in_from(&signed, &key).map_err(|error| unreadable(&error))?;
        }
    }
    Ok(Head { note: parsed.to_string(), checkpoint, keys, expired, cosigned })
}

pub(super) fn unreadable(error: &dyn std::fmt::Display) -> Fault {
    let text = format!("Core sent what cannot be read: {error}");
    Fault::new(Code::ADMIN_FAILED, text, "is this peta as new as Core?")
}
