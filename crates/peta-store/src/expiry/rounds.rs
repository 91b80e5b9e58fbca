//! What has expired, and what is about to: a line of JSON each in `record/expired`, written whole.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use peta_model::Moment;
use serde::{Deserialize, Serialize};

/// Some files that went at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Round {
    /// The numbers of the first and the last entry in them.
    pub(crate) from: u64,
    pub(crate) to: u64,
    /// What is older than this was to go, and when the last entry in them is of.
    pub(crate) before: Moment,
    pub(crate) until: Moment,
    /// The log, and its tree at that time.
    pub(crate) log: String,
    pub(crate) size: u64,
    pub(crate) root: String,
    #[serde(default)]
    pub(crate) own: Own,
}

/// What Core needs to go on with it, which no event tells.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Own {
    /// The number of the event that tells of it, or none before it is known to be written.
    pub(crate) event: Option<u64>,
    /// If it is written, it has this number or a later one.
    pub(crate) behind: u64,
    pub(crate) at: Option<Moment>,
}

pub(super) const FILE: &str = "expired";

/// All that there were, the oldest first; none if the file cannot be read as such.
pub(super) fn read(record: &Path) -> io::Result<Option<Vec<Round>>> {
    let text = match fs::read_to_string(record.join(FILE)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Some(Vec::new())),
        Err(error) if error.kind() == io::ErrorKind::InvalidData => return Ok(None),
        text => text?,
    };
    Ok(text.lines().map(serde_json::from_str).collect::<Result<_, _>>().ok())
}

/// Under another name, on the disk, then in its place.
pub(super) fn keep(record: &Path, rounds: &[Round]) -> io::Result<()> {
    let (unfinished, whole) = (record.join("expired.new"), record.join(FILE));
    let mut text = String::new();
    for round in rounds {
        text.push_str(&serde_json::to_string(round).map_err(io::Error::from)?);
        text.push('\n');
    }
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&unfinished)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(unfinished, whole)?;
    File::open(record)?.sync_all()
}
