//! A file that is Core's own and nobody else's: made with mode 0600, read only if it still is, written whole or not at all.

use std::{
    fs::{self, File},
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

use rustix::fs::{FileType, Mode, OFlags};
use zeroize::Zeroizing;

/// Why a private file is not read or written.
#[derive(Debug, thiserror::Error)]
pub enum PrivateFileError {
    #[error("there is none")]
    Missing,
    #[error("it is there already")]
    Exists,
    #[error("it is a symbolic link; name the file itself")]
    Link,
    #[error("it is no ordinary file")]
    NoFile,
    #[error("it belongs to another user (uid {owner}); `chown` it to the user that Core runs as")]
    OtherOwner { owner: u32 },
    #[error("others may read it (mode {mode:03o}); `chmod 600` it")]
    Open { mode: u32 },
    #[error("it is longer than {limit} bytes")]
    TooLong { limit: usize },
    #[error("it is no text")]
    NoText,
    #[error("{0}")]
    Io(io::ErrorKind),
}

/// The text of a private file.
pub(crate) fn read(path: &Path, limit: usize) -> Result<Zeroizing<String>, PrivateFileError> {
    // Not blocking: whoever puts a pipe there does not hold Core up.
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
    let file = rustix::fs::open(path, flags, Mode::empty()).map_err(|error| match error {
        rustix::io::Errno::LOOP => PrivateFileError::Link,
        other => io::Error::from(other).into(),
    })?;
    let stat = rustix::fs::fstat(&file).map_err(io::Error::from)?;
    if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
        return Err(PrivateFileError::NoFile);
    }
    let owner = stat.st_uid;
    if owner != rustix::process::geteuid().as_raw() {
        return Err(PrivateFileError::OtherOwner { owner });
    }
    if stat.st_mode & 0o077 != 0 {
        return Err(PrivateFileError::Open { mode: stat.st_mode & 0o777 });
    }
    let length = usize::try_from(stat.st_size).ok().filter(|length| *length <= limit);
    let length = length.ok_or(PrivateFileError::TooLong { limit })?;
    // Room for all of it, so that no copy is left behind by growing.
    let mut text = Zeroizing::new(String::with_capacity(length + 1));
    let within = u64::try_from(length).unwrap_or_default();
    File::from(file).take(within).read_to_string(&mut text).map_err(|error| match error.kind() {
        io::ErrorKind::InvalidData => PrivateFileError::NoText,
        _ => error.into(),
    })?;
    Ok(text)
}

/// A new file, whole on the disk or not there; one that is there stays as it is.
pub(crate) fn create(path: &Path, text: &str) -> Result<(), PrivateFileError> {
    let beside = write_beside(path, text)?;
    // A link is made only where nothing is, unlike a renaming.
    let linked = fs::hard_link(&beside, path);
    let cleared = fs::remove_file(&beside);
    linked?;
    cleared?;
    sync_folder(path)
}

/// Another text in the place of the one that is there.
pub(crate) fn replace(path: &Path, text: &str) -> Result<(), PrivateFileError> {
    let beside = write_beside(path, text)?;
    fs::rename(&beside, path)?;
    sync_folder(path)
}

/// A path with something behind its name.
pub(crate) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// Where a path's file stands.
pub(crate) fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

pub(crate) fn sync_folder(path: &Path) -> Result<(), PrivateFileError> {
    Ok(File::open(folder(path))?.sync_all()?)
}

fn write_beside(path: &Path, text: &str) -> Result<PathBuf, PrivateFileError> {
    let beside = beside(path, ".writing");
    // What a killed Core left: it was in no one's place yet.
    match fs::remove_file(&beside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let file = rustix::fs::open(&beside, flags, Mode::RUSR | Mode::WUSR).map_err(io::Error::from)?;
    let mut file = File::from(file);
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    Ok(beside)
}

impl From<io::Error> for PrivateFileError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => Self::Missing,
            io::ErrorKind::AlreadyExists => Self::Exists,
            kind => Self::Io(kind),
        }
    }
}

#[cfg(test)]
mod tests;
