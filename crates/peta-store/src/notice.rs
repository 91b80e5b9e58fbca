//! A log that was begun because the one before it was not what was signed tells so in its first entry.

use std::{fs, io, path::Path};

use peta_audit::{Ending, Intent};
use peta_model::{EventId, Outcome};
use serde::{Deserialize, Serialize};

use crate::{
    entropy::random_id,
    record::{Entry, Log, Told, Unwritten},
    tree::{Head, NOTICE},
    witnessed::Lost,
};

/// What waits in a new record's folder for its first start.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Notice {
    pub(crate) reason: String,
    pub(crate) found: String,
    pub(crate) kept: String,
    /// The head of the log that was left.
    pub(crate) old: Head,
    /// What it should have been: the checkpoint that it does not fit.
    pub(crate) known: Option<String>,
}

/// The first entry of a log that was begun so.
pub(crate) fn tell(log: &Log, record: &Path) -> Result<(), Unwritten> {
    let path = record.join(NOTICE);
    let text = match fs::read_to_string(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        text => text?,
    };
    // As it stands there, but on one line.
    let detail = serde_json::from_str::<Notice>(&text).and_then(|notice| serde_json::to_string(&notice));
    let detail = detail.map_err(io::Error::from)?;
    let id = random_id().unwrap_or(EventId::from_bytes([0; 16]));
    let intent = Intent::of_core(id, log.now(), "record.forked", detail);
    log.append(&Entry::Whole(Told::of_core(&intent), Ending::of(Outcome::Ok)))?;
    log.bring_to_disk()?;
    Ok(fs::remove_file(path)?)
}

/// Witnesses that have lost their checkpoints: each start that meets one says so.
pub(crate) fn tell_lost(log: &Log, lost: &[Lost]) -> Result<(), Unwritten> {
    for lost in lost {
        let detail = serde_json::to_string(lost).map_err(io::Error::from)?;
        let id = random_id().unwrap_or(EventId::from_bytes([0; 16]));
        let intent = Intent::of_core(id, log.now(), "record.checkpoint_lost", detail);
        log.append(&Entry::Whole(Told::of_core(&intent), Ending::of(Outcome::Failed)))?;
    }
    Ok(())
}
