//! How a server is handed secrets: Core writes them to its launcher straight from locked memory, behind the order; the
//! launcher puts them where the order says, and keeps none.

use std::{
    ffi::OsString,
    fs::{DirBuilder, File, OpenOptions},
    io::{self, PipeReader, Read, Write},
    os::{
        fd::AsRawFd,
        unix::{
            ffi::OsStringExt,
            fs::{DirBuilderExt, OpenOptionsExt},
        },
    },
    path::{Path, PathBuf},
    process::Command,
};

use peta_arena::Lease;
use rustix::{
    fs::statfs,
    io::{FdFlags, fcntl_setfd},
};
use serde::{Deserialize, Serialize};
use tokio::{io::Interest, net::UnixStream};
use zeroize::Zeroizing;

use crate::custody::{Handed, How, Withheld};

/// Memory that looks like files, and goes with the machine.
const SHARED_MEMORY: &str = "/dev/shm";
const TMPFS: i64 = 0x0102_1994;

/// A secret is no longer than this; a pipe holds as much.
const LONGEST: usize = 64 << 10;

/// One secret that follows the order.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Announced {
    variable: String,
    how: How,
    length: usize,
}

/// What is being handed over, on Core's side.
pub(crate) struct Handing {
    leases: Vec<(Lease, Handed)>,
}

/// Files that were made for a server; removed when this is dropped.
#[derive(Debug, Default)]
pub(crate) struct Files(Option<PathBuf>);

impl Handing {
    /// Takes the leases.
    pub(crate) fn of(handed: Vec<Handed>) -> Result<Self, Withheld> {
        let lent = handed.into_iter().map(|handed| match handed.lender.lend() {
            Ok(lease) => Ok((lease, handed)),
            Err(_) => Err(withheld()),
        });
        Ok(Self { leases: lent.collect::<Result<_, _>>()? })
    }

    pub(crate) fn announced(&self) -> Result<Vec<Announced>, Withheld> {
        let announce = |(lease, handed): &(Lease, Handed)| {
            let length = lease.with(handed.lender.now(), <[u8]>::len).map_err(|_| withheld())?;
            Ok(Announced { variable: handed.variable.clone(), how: handed.how, length })
        };
        self.leases.iter().map(announce).collect()
    }

    pub(super) fn needs_files(&self) -> bool {
        self.leases.iter().any(|(_, handed)| handed.how == How::File)
    }

    /// Writes them; each loan ends with its last byte.
    pub(super) async fn write(self, to: &UnixStream) -> io::Result<()> {
        for (lease, handed) in self.leases {
            let mut written = 0;
            loop {
                let wrote = lease
                    .with(handed.lender.now(), |secret| match secret.get(written..) {
                        Some(rest) if !rest.is_empty() => to.try_write(rest).map(Some),
                        _ => Ok(None),
                    })
                    .map_err(io::Error::other)?;
                match wrote {
                    Ok(Some(count)) => written += count,
                    Ok(None) => break,
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                        to.ready(Interest::WRITABLE).await?;
                    }
                    Err(error) => return Err(error),
                }
            }
            lease.end();
        }
        Ok(())
    }
}

/// In the launcher: takes what follows the order, and prepares the command. What is given back must live until the command
/// has been started.
pub(super) fn receive(
    core: &mut impl Read,
    announced: &[Announced],
    folder: Option<&Path>,
    command: &mut Command,
) -> io::Result<Vec<PipeReader>> {
    let mut open = Vec::new();
    for (at, Announced { variable, how, length }) in announced.iter().enumerate() {
        if *length > LONGEST {
            return Err(io::Error::other("a secret is too long"));
        }
        let mut secret = Zeroizing::new(vec![0; *length]);
        core.read_exact(&mut secret)?;
        match how {
            // The command keeps its own copy until it is dropped, wiped by the allocator.
            How::Env => command.env(variable, OsString::from_vec(secret.to_vec())),
            How::Fd => {
                let (reader, mut writer) = io::pipe()?;
                writer.write_all(&secret)?;
                fcntl_setfd(&reader, FdFlags::empty())?;
                let number = reader.as_raw_fd().to_string();
                open.push(reader);
                command.env(variable, number)
            }
            How::File => {
                let folder = folder.ok_or_else(|| io::Error::other("there is no memory for files"))?;
                let path = folder.join(at.to_string());
                let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
                made.and_then(|mut file: File| file.write_all(&secret))?;
                command.env(variable, path)
            }
        };
    }
    Ok(open)
}

impl Files {
    /// A folder of its own in memory, that nobody else may enter; called after whose it is, so that it can be found again.
    pub(super) fn make(group: &str, number: u64) -> io::Result<Self> {
        let memory = Path::new(SHARED_MEMORY);
        if statfs(memory)?.f_type != TMPFS {
            return Err(io::Error::other("/dev/shm is no memory"));
        }
        let path = memory.join(format!("{}{number:016x}", prefix(group)));
        DirBuilder::new().mode(0o700).create(&path)?;
        Ok(Self(Some(path)))
    }

    /// The one that is there already.
    pub(super) const fn at(folder: Option<PathBuf>) -> Self {
        Self(folder)
    }

    pub(super) fn path(&self) -> Option<&Path> {
        self.0.as_deref()
    }

    /// Removes what an earlier Core of the same group left behind.
    pub(super) fn sweep(group: &str) {
        let Ok(entries) = std::fs::read_dir(SHARED_MEMORY) else { return };
        let left = entries.flatten().filter(|entry| entry.file_name().to_string_lossy().starts_with(&prefix(group)));
        left.for_each(|entry| drop(Self(Some(entry.path()))));
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        if let Some(path) = self.0.take() {
            // Nobody else writes there; if it cannot be removed, the next start tries again.
            let _ = std::fs::remove_dir_all(path);
        }
    }
}

fn prefix(group: &str) -> String {
    format!("{group}-files-")
}

fn withheld() -> Withheld {
    Withheld {
        code: peta_model::Code::CREDENTIAL_DAMAGED,
        text: "the credential that the server needs cannot be lent".to_owned(),
    }
}
