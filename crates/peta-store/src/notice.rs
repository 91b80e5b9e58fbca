//! A log that was begun because the one before it was not what was signed tells so in its first entry.

use std::{fs, io, path::Path};

use peta_audit::Ending;
use peta_model::Outcome;
use serde::{Deserialize, Serialize};

use crate::{
    own,
    record::{Log, Unwritten},
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
    own::tell(log, &own::event(log, "record.forked", detail), Ending::of(Outcome::Ok))?;
    log.bring_to_disk()?;
    Ok(fs::remove_file(path)?)
}

/// Witnesses that have lost their checkpoints: each start that meets one says so.
pub(crate) fn tell_lost(log: &Log, lost: &[Lost]) -> Result<(), Unwritten> {
    for lost in lost {
        let detail = serde_json::to_string(lost).map_err(io::Error::from)?;
        own::tell(log, &own::event(log, "record.checkpoint_lost", detail), Ending::of(Outcome::Failed))?;
    }
    Ok(())
}
