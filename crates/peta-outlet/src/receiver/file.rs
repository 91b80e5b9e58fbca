//! A file: one line an event, appended, and on the disk before it is acknowledged. A file that was rotated away is opened
//! anew by its name.

use std::{
    fs::{Metadata, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::{FileExt as _, MetadataExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
    sync::Arc,
};

use peta_store::Ended;
use rustix::fs::OFlags;

use super::form::{Form, written};
use crate::trouble::Trouble;

pub(crate) struct File {
    path: PathBuf,
    form: Form,
    open: Option<std::fs::File>,
}

impl File {
    pub(super) fn new(path: &str, form: Form) -> Self {
        Self { path: PathBuf::from(path), form, open: None }
    }

    pub(super) async fn deliver(&mut self, batch: &Arc<[Ended]>) -> Result<String, Trouble> {
        let (path, open) = (self.path.clone(), self.open.take());
        let written = written((&self.form, batch), move |form, batch| append(&path, open, &form.lines(batch))).await?;
        let failed = |error| Trouble::later(format!("{}: {error}", self.path.display()));
        self.open = Some(written.map_err(failed)?);
        Ok("written, and on the disk".to_owned())
    }
}

fn append(path: &Path, open: Option<std::fs::File>, text: &[u8]) -> io::Result<std::fs::File> {
    let mut file = match open.map(|file| is_there(path, &file).map(|there| there.then_some(file))).transpose()? {
        Some(Some(file)) => file,
        _ => open_new(path)?,
    };
    let length = file.metadata()?.len();
    let mut last = [b'\n'];
    if let Some(at) = length.checked_sub(1) {
        file.read_exact_at(&mut last, at)?;
    }
    if last != [b'\n'] {
        // Somebody was cut off in the middle of a line, perhaps we: it stays a line of its own.
        file.write_all(b"\n")?;
    }
    file.write_all(text)?;
    file.sync_data()?;
    Ok(file)
}

/// Whether the name still means the file that is open.
fn is_there(path: &Path, file: &std::fs::File) -> io::Result<bool> {
    let same = |a: &Metadata, b: &Metadata| (a.dev(), a.ino()) == (b.dev(), b.ino());
    match std::fs::symlink_metadata(path) {
        Ok(named) => Ok(same(&named, &file.metadata()?)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Only its owner may read it. Neither a link is followed, nor something else than a file written to.
fn open_new(path: &Path) -> io::Result<std::fs::File> {
    let flags = i32::try_from((OFlags::NOFOLLOW | OFlags::NONBLOCK).bits()).unwrap_or(0);
    let file = OpenOptions::new().read(true).append(true).create(true).mode(0o600).custom_flags(flags).open(path)?;
    if file.metadata()?.is_file() { Ok(file) } else { Err(io::Error::other("it is no ordinary file")) }
}
