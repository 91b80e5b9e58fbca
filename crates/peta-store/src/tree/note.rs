//! The newest checkpoint in its file: written whole under another name, brought to the disk, then put in its place.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use peta_verify::{Checkpoint, Note};

pub(super) const FILE: &str = "checkpoint";

pub(crate) fn keep(dir: &Path, name: &str, note: &str) -> io::Result<()> {
    let (unfinished, whole) = (dir.join(format!("{name}.new")), dir.join(name));
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&unfinished)?;
    file.write_all(note.as_bytes())?;
    file.sync_data()?;
    fs::rename(unfinished, whole)?;
    File::open(dir)?.sync_all()
}

/// The note in a file, and the checkpoint that it is of; none if there is no file, or an empty one.
pub fn read(path: &Path) -> io::Result<Option<(String, Checkpoint)>> {
    let text = match fs::read_to_string(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        text => text?,
    };
    if text.is_empty() {
        return Ok(None);
    }
    let checkpoint = checkpoint(&text).ok_or_else(|| io::Error::other("it holds no checkpoint"))?;
    Ok(Some((text, checkpoint)))
}

/// The checkpoint that a note is of.
pub(crate) fn checkpoint(note: &str) -> Option<Checkpoint> {
    note.parse::<Note>().ok()?.text().parse().ok()
}

pub(super) fn size(note: &str) -> Option<u64> {
    checkpoint(note).map(|checkpoint| checkpoint.size)
}
