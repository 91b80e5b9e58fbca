//! Where archived files are: a folder of this machine, or a bucket.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use peta_dial::{Dialer, Lender};
use peta_model::SinkKind;
use peta_store::ArchiveEntry;
use rustix::fs::OFlags;

use crate::{
    receiver::{Bucket, Wire},
    senses::Senses,
    trouble::Trouble,
};

pub(super) enum Place {
    Folder(PathBuf),
    Bucket(Box<Bucket>),
}

/// What is being written to a folder. One at a time is, and what a kill left is written over.
const UNFINISHED: &str = ".peta-archive.unfinished";
/// No file of the record is larger.
const LARGEST: usize = 4 << 30;

impl Place {
    pub(super) fn new(
        entry: &ArchiveEntry,
        dialer: &Dialer,
        (deadline, senses): (Duration, Senses),
    ) -> Result<Self, String> {
        let spec = &entry.spec;
        if spec.to.kind() != SinkKind::S3 {
            return Ok(Self::Folder(PathBuf::from(spec.to.path())));
        }
        let dialer = match &spec.ca {
            Some(authorities) => dialer.trusting(authorities.as_bytes()).map_err(|error| error.to_string())?,
            None => dialer.clone(),
        };
        let target = dialer.target(&spec.to.address()).map_err(|error| error.to_string())?;
        let wire = Wire::new(&dialer, &target, spec, false, (deadline, senses.clone())).with_limit(LARGEST);
        Ok(Self::Bucket(Box::new(Bucket::new(wire, (spec, &target), senses))))
    }

    /// Puts it there, whole or not at all.
    pub(super) async fn put(
        &self,
        name: &str,
        object: (String, Vec<u8>),
        secret: Option<&Arc<dyn Lender>>,
    ) -> Result<(), Trouble> {
        match self {
            Self::Bucket(bucket) => {
                let path = format!("{}/{name}", bucket.prefix);
                bucket.put((&path, "application/octet-stream"), object, secret).await.map(drop)
            }
            Self::Folder(folder) => {
                let (at, name) = (folder.clone(), name.to_owned());
                blocking(folder, move || write(&at, &name, &object.1)).await
            }
        }
    }

    pub(super) async fn get(&self, name: &str, secret: Option<&Arc<dyn Lender>>) -> Result<Vec<u8>, Trouble> {
        match self {
            Self::Bucket(bucket) => bucket.get(&format!("{}/{name}", bucket.prefix), secret).await,
            Self::Folder(folder) => {
                let path = folder.join(name);
                blocking(&path.clone(), move || fs::read(path)).await
            }
        }
    }
}

async fn blocking<T: Send + 'static>(
    at: &Path,
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, Trouble> {
    let done = tokio::task::spawn_blocking(work).await.map_err(|_| Trouble::later("Core is ending"))?;
    done.map_err(|error| Trouble::later(format!("{}: {error}", at.display())))
}

/// The folder is not made: one that is not there is perhaps a disk that is not mounted.
fn write(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    let flags = i32::try_from((OFlags::NOFOLLOW | OFlags::NONBLOCK).bits()).unwrap_or(0);
    let unfinished = folder.join(UNFINISHED);
    let mut options = OpenOptions::new();
    let mut file = options.write(true).create(true).truncate(true).mode(0o600).custom_flags(flags).open(&unfinished)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(unfinished, folder.join(name))?;
    File::open(folder)?.sync_all()
}
