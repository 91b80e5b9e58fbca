//! The data directory: open to its owner only, held by one Core at a time, with the key of sealed handles in it.

use std::{
    fs::{DirBuilder, File, OpenOptions, Permissions, TryLockError},
    io::{self, Read, Seek, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use crate::entropy::random;

/// A data directory that this process holds.
pub(crate) struct DataDir {
    path: PathBuf,
    handle_key: [u8; 32],
    /// The lock lives as long as this file is open.
    lock: File,
}

/// Why the directory cannot be had.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DirError {
    #[error("another Core (process {0}) holds it")]
    Held(String),
    #[error("{what}: {error}")]
    Io { what: &'static str, error: io::Error },
    #[error("it is open to other users and holds other files; choose another, or run chmod 700 on it")]
    Foreign,
    #[error("handle.key does not hold 32 bytes; restore it, or delete it (open cursors then end)")]
    HandleKey,
    #[error("the operating system gives no random bytes")]
    NoEntropy,
}

const DATABASE: &str = "peta.db";
const RECORD: &str = "record";
const SYSTEM: &str = "system";
const PAYLOADS: &str = "payloads";
const LOCK: &str = "lock";
const KEY: &str = "handle.key";

impl DataDir {
    pub(crate) fn open(path: &Path) -> Result<Self, DirError> {
        DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(io("it cannot be made"))?;
        close_to_others(path)?;
        let lock = take_lock(&path.join(LOCK))?;
        let handle_key = handle_key(&path.join(KEY))?;
        // SQLite would make the file readable to all that the umask lets in.
        private().create(true).append(true).open(path.join(DATABASE)).map_err(io("peta.db cannot be written"))?;
        Ok(Self { path: path.to_owned(), handle_key, lock })
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.path.join(DATABASE)
    }

    /// The folder of the record.
    pub(crate) fn record(&self) -> PathBuf {
        self.path.join(RECORD)
    }

    /// The folder of the log `system`. Beside the record, so that neither goes with the other.
    pub(crate) fn system(&self) -> PathBuf {
        self.path.join(SYSTEM)
    }

    /// The folder of what was said in calls.
    pub(crate) fn payloads(&self) -> PathBuf {
        self.record().join(PAYLOADS)
    }

    pub(crate) const fn handle_key(&self) -> &[u8; 32] {
        &self.handle_key
    }

    pub(crate) fn unlock(&self) {
        if let Err(error) = self.lock.unlock() {
            tracing::warn!(%error, "the lock of the data directory could not be released");
        }
    }
}

fn io(what: &'static str) -> impl FnOnce(io::Error) -> DirError {
    move |error| DirError::Io { what, error }
}

fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.mode(0o600);
    options
}

/// Takes others' rights away, but only from a directory that is Peta's or empty: `--data /tmp` must not close /tmp.
fn close_to_others(path: &Path) -> Result<(), DirError> {
    let mode = path.metadata().map_err(io("it cannot be looked at"))?.permissions().mode();
    if mode & 0o077 == 0 {
        return Ok(());
    }
    let ours = path.join(DATABASE).exists() || path.join(LOCK).exists();
    if !ours && path.read_dir().map_err(io("it cannot be read"))?.next().is_some() {
        return Err(DirError::Foreign);
    }
    std::fs::set_permissions(path, Permissions::from_mode(0o700)).map_err(io("it cannot be closed to other users"))
}

fn take_lock(path: &Path) -> Result<File, DirError> {
    let what = "its lock cannot be written";
    let mut file = private().create(true).truncate(false).read(true).write(true).open(path).map_err(io(what))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(DirError::Held(holder(&file))),
        Err(TryLockError::Error(error)) => return Err(io(what)(error)),
    }
    file.set_len(0).map_err(io(what))?;
    file.rewind().map_err(io(what))?;
    writeln!(file, "{}", std::process::id()).map_err(io(what))?;
    Ok(file)
}

/// The number that the holder wrote into the lock, if it did.
fn holder(file: &File) -> String {
    let mut text = String::new();
    let read = file.take(20).read_to_string(&mut text);
    match (read, text.trim().parse::<u32>()) {
        (Ok(_), Ok(pid)) => pid.to_string(),
        _ => "unknown".into(),
    }
}

fn handle_key(path: &Path) -> Result<[u8; 32], DirError> {
    let what = "handle.key cannot be written";
    match std::fs::read(path) {
        Ok(bytes) => return bytes.try_into().map_err(|_| DirError::HandleKey),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(DirError::Io { what: "handle.key cannot be read", error }),
    }
    let key = random().map_err(|_| DirError::NoEntropy)?;
    let unfinished = path.with_extension("new");
    let mut file = private().create(true).truncate(true).write(true).open(&unfinished).map_err(io(what))?;
    file.write_all(&key).and_then(|()| file.sync_all()).map_err(io(what))?;
    std::fs::rename(&unfinished, path).map_err(io(what))?;
    Ok(key)
}
