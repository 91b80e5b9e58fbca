//! A file with a key that somebody else put there: a Secret of Kubernetes, a systemd credential. Its links are followed and
//! its owner is not asked for, since that is how such files come; that everybody may read it is worth a warning.

use std::{
    fs::File,
    io::{self, Read},
    os::unix::fs::PermissionsExt,
    path::Path,
};

use peta_vault::Key;
use zeroize::Zeroizing;

use crate::key_text::{self, KeyTextError};

/// Why a mounted file gives no key.
#[derive(Debug, thiserror::Error)]
pub enum MountedError {
    #[error("it cannot be read: {0}")]
    Io(io::ErrorKind),
    #[error("it is no ordinary file")]
    NoFile,
    #[error("it is longer than a key")]
    TooLong,
    #[error(transparent)]
    Text(#[from] KeyTextError),
}

/// A key's text and some white space.
const LIMIT: u64 = 256;

/// The key, and whether everybody on the machine may read the file.
pub(crate) fn read(path: &Path) -> Result<(Key, bool), MountedError> {
    let wrong = |error: io::Error| MountedError::Io(error.kind());
    // Looked at before it is opened: opening a pipe waits for whoever writes to it.
    if !std::fs::metadata(path).map_err(wrong)?.is_file() {
        return Err(MountedError::NoFile);
    }
    let file = File::open(path).map_err(wrong)?;
    let found = file.metadata().map_err(wrong)?;
    if found.len() > LIMIT {
        return Err(MountedError::TooLong);
    }
    let mut text = Zeroizing::new(String::with_capacity(512));
    file.take(LIMIT).read_to_string(&mut text).map_err(wrong)?;
    Ok((key_text::read(&text)?, found.permissions().mode() & 0o004 != 0))
}

#[cfg(test)]
mod tests;
