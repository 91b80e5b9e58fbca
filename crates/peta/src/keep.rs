//! Puts a file in its place whole: written beside it, brought to the disk, then renamed over it.

use std::{
    fs::{self, File},
    io::{self, Write as _},
    path::Path,
};

use peta_model::Code;

use crate::fault::Fault;

pub(crate) fn keep(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let (Some(dir), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(io::ErrorKind::InvalidFilename.into());
    };
    let mut beside = name.to_owned();
    beside.push(".new");
    let beside = dir.join(beside);
    let mut file = File::create(&beside)?;
    file.write_all(bytes)?;
    file.sync_data()?;
    fs::rename(&beside, path)?;
    File::open(dir)?.sync_all()
}

/// The same for a command, with what to tell when it does not work.
pub(crate) fn written(path: &Path, bytes: &[u8]) -> Result<(), Fault> {
    let whole = if path.parent().is_some_and(|dir| dir.as_os_str().is_empty()) {
        Path::new(".").join(path)
    } else {
        path.to_owned()
    };
    keep(&whole, bytes).map_err(|error| {
        let text = format!("{} cannot be written: {error}", path.display());
        Fault::new(Code::STORE_FAILED, text, "look at the disk and the folder's rights")
    })
}
