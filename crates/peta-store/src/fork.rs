//! Going on after the record was found to be shorter, or another one, than a checkpoint says: what is there is put aside as it
//! is, and a new log begins whose first entry names both heads and the reason. Nothing is made to look whole.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use peta_audit::clip;
use peta_model::{LogName, Moment};

use crate::{
    config::Config,
    dir::DataDir,
    notice::Notice,
    open::open,
    store_error::StoreError,
    tree::{NOTICE, ORIGIN, head, next, split},
};

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forked {
    /// What was wrong.
    pub found: String,
    /// Where the old record lies now.
    pub kept: PathBuf,
    /// The name of the new log.
    pub log: String,
}

/// Why nothing was done.
#[derive(Debug, thiserror::Error)]
pub enum ForkError {
    #[error("nothing is wrong with the record: it is not shorter than any checkpoint that is known, and no other one")]
    Whole,
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("{}: {error}", path.display())]
    Io { path: PathBuf, error: io::Error },
}

/// Puts the record aside and prepares a new one; no Core may run meanwhile. The next start opens it.
pub async fn fork(config: &Config, reason: &str, now: Moment) -> Result<Forked, ForkError> {
    let dir = DataDir::open(&config.dir).map_err(|error| StoreError::of_dir(&config.dir, &error))?;
    let mut reason = reason.to_owned();
    clip(&mut reason);
    let (found, known, which) = match open(config, &dir, now).await {
        Ok(_) => return Err(ForkError::Whole),
        Err(error) if error.is_fork() => (error.to_string(), error.known().cloned(), error.log()),
        Err(error) => return Err(error.into()),
    };
    let (record, name) = match which {
        LogName::Default => (dir.record(), "record"),
        LogName::System => (dir.system(), "system"),
    };
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |error| ForkError::Io { path, error }
    };
    let old = head(&record.join("tree")).map_err(failed(&record))?;
    let kept = config.dir.join(format!("{name}-until-{}", now.micros()));
    // Beside it first: with one rename the old is gone, with the next the new is there; a kill between the two leaves a
    // folder that the next `fork` or start finds empty.
    let unfinished = config.dir.join(format!("{name}.new"));
    match fs::remove_dir_all(&unfinished) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(&unfinished)(error)),
        _ => {}
    }
    // Behind every log that is known: no two have one name.
    let log = next(&old.log, known.as_ref().map_or(0, |known| split(&known.checkpoint.origin).1));
    let known = known.map(|known| known.note);
    let notice = Notice { reason, found: found.clone(), kept: kept.display().to_string(), old, known };
    let text = serde_json::to_vec_pretty(&notice).map_err(|error| failed(&unfinished)(error.into()))?;
    make(&unfinished, &log, &text).map_err(failed(&unfinished))?;
    fs::rename(&record, &kept).map_err(failed(&record))?;
    fs::rename(&unfinished, &record).map_err(failed(&record))?;
    fs::File::open(&config.dir).and_then(|dir| dir.sync_all()).map_err(failed(&config.dir))?;
    Ok(Forked { found, kept, log })
}

fn make(dir: &Path, log: &str, notice: &[u8]) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    let tree = dir.join("tree");
    fs::DirBuilder::new().recursive(true).mode(0o700).create(&tree)?;
    for (path, bytes) in [(tree.join(ORIGIN), format!("{log}\n").as_bytes()), (dir.join(NOTICE), notice)] {
        fs::write(&path, bytes)?;
        fs::File::open(&path)?.sync_all()?;
    }
    fs::File::open(dir)?.sync_all()
}
