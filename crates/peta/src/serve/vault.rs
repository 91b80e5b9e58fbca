//! The vault of a running Core: its root in a key file in the data directory, made at the first start; its arena, its clock,
//! and whoever ends what was lent for too long.

use std::{
    fs,
    io::{self, Read as _, Write as _},
    os::unix::fs::{MetadataExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use peta_admin::{Keeper, Keeping, NotKept, Standing, Vault};
use peta_api::{
    Secret,
    vault::{VaultRoot, VaultRotate},
};
use peta_arena::{Arena, Locked, Unlocked};
use peta_model::Code;
use peta_store::{RootRow, Store};
use peta_vault::{
    Attempts, NoRandom, Random,
    key_file::{self, KeyFile},
    keys::{KekRow, Purpose},
    root::LocalRoot,
    safe::{SWEEP, Safe},
};
use rustix::time::{ClockId, clock_gettime};
use tokio::time::{MissedTickBehavior, interval};
use zeroize::Zeroizing;

use super::senses;
use crate::fault::Fault;

/// Locked memory for what is lent.
const ARENA: usize = 1 << 20;
const KIND: &str = "key-file";
/// Only its owner may read it.
const MODE: u32 = 0o600;

/// The vault, unlocked if its key file is there and right. If it is not, Core runs all the same: what needs no credential
/// goes on, and the log says what to do.
pub(super) async fn open(dir: &Path, store: &Store) -> Result<Vault, Fault> {
    let arena = Arena::new(ARENA, Unlocked::Tell).map_err(|error| {
        Fault::new(
            Code::ARENA_FULL,
            format!("no memory for secrets can be had: {error}"),
            "look at the machine's memory",
        )
    })?;
    if let Locked::No(error) = arena.locked() {
        tracing::warn!(%error, "secrets may be swapped to disk: raise the limit of locked memory (ulimit -l)");
    }
    let safe = Safe::locked(store.snapshot().install, arena, Box::new(since_boot), Box::new(System));
    let keeper = OfFile { path: dir.join("vault.key"), safe: safe.clone(), store: store.clone() };
    if let Err(error) = keeper.open().await {
        tracing::error!(%error, "the vault stays locked: calls that need a credential are refused");
    }
    tokio::spawn(sweep(safe.clone()));
    Ok(Vault { safe, keeper: Arc::new(keeper) })
}

/// Keeps the root in a file.
struct OfFile {
    path: PathBuf,
    safe: Safe,
    store: Store,
}

/// The operating system's random bytes.
struct System;

impl Random for System {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), NoRandom> {
        senses::fill(out).map_err(|_| NoRandom)
    }
}

impl OfFile {
    /// Reads the root, or makes it if there was never one; sees to it that the keys are there; unlocks.
    async fn open(&self) -> Result<(), NotKept> {
        let (row, mut rows) = self.store.vault().await?;
        let install = self.store.snapshot().install;
        let file = match self.read(rows.is_empty())? {
            Some(file) => file,
            None => self.make()?,
        };
        if file.install != install {
            let path = self.path.display();
            return Err(NotKept::OtherRoot(format!("the key file {path} is of another installation")));
        }
        let made = self.made(&file.root, &rows)?;
        if row.is_none() || !made.is_empty() {
            let attempts = Attempts { wrong: 0, last: None };
            let now = senses::now();
            let row = row.unwrap_or(RootRow { kind: KIND.to_owned(), derivation: None, attempts, made: now });
            self.store.save_vault(row, made.clone()).await?;
            rows.extend(made);
        }
        let left_out = self.safe.unlock(&file.root, &rows).map_err(|error| NotKept::OtherRoot(error.to_string()))?;
        for left in left_out {
            tracing::error!(key = %left.id, why = %left.why, "a key of the vault cannot be used");
        }
        Ok(())
    }

    /// Keys of the purposes that have none.
    fn made(&self, root: &LocalRoot, rows: &[KekRow]) -> Result<Vec<KekRow>, NotKept> {
        let (install, tenant) = (self.store.snapshot().install, self.store.snapshot().tenant);
        let missing = [Purpose::Vault, Purpose::Digest]
            .into_iter()
            .filter(|purpose| !rows.iter().any(|row| row.purpose == *purpose && row.tenant == tenant));
        let make = |purpose| KekRow::make(root, (install, tenant, purpose), senses::now(), &mut System);
        missing
            .map(|purpose| make(purpose).map(|(row, _)| row).map_err(|error| NotKept::Failed(error.to_string())))
            .collect()
    }

    /// None if it is not there, and need not be: while there are keys, another root would open nothing.
    fn read(&self, first: bool) -> Result<Option<KeyFile>, NotKept> {
        let path = self.path.display();
        let unusable = |why: String| NotKept::Unusable(format!("the key file {path} cannot be used: {why}"));
        let file = match fs::File::open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound && first => return Ok(None),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(NotKept::Unavailable(format!("the key file {path} is gone: restore it from its backup")));
            }
            Err(error) => return Err(unusable(error.to_string())),
        };
        let mode = file.metadata().map_err(|error| unusable(error.to_string()))?.mode();
        if mode & 0o077 != 0 {
            return Err(unusable("others may read it: `chmod 600` it".to_owned()));
        }
        // With room for all of it, so that growing leaves no copies.
        let mut text = Zeroizing::new(String::with_capacity(key_file::LIMIT + 1));
        let most = u64::try_from(key_file::LIMIT).unwrap_or(u64::MAX);
        file.take(most + 1).read_to_string(&mut text).map_err(|error| unusable(error.to_string()))?;
        KeyFile::parse(&text).map(Some).map_err(|error| unusable(error.to_string()))
    }

    fn make(&self) -> Result<KeyFile, NotKept> {
        let root = LocalRoot::random(&mut System).map_err(|error| NotKept::Failed(error.to_string()))?;
        let file = KeyFile { install: self.store.snapshot().install, root, keks: Vec::new() };
        let write = || {
            let mut out = fs::OpenOptions::new().write(true).create_new(true).mode(MODE).open(&self.path)?;
            out.write_all(file.write().as_bytes())?;
            out.sync_all()?;
            // Its name, too, must be there after a power cut.
            self.path.parent().map_or(Ok(()), |dir| fs::File::open(dir)?.sync_all())
        };
        let path = self.path.display();
        write().map_err(|error| NotKept::Unusable(format!("the key file {path} cannot be written: {error}")))?;
        tracing::info!(%path, "the vault's key file was made: back it up, and keep it apart from the database");
        Ok(file)
    }
}

impl Keeper for OfFile {
    fn status(&self) -> Keeping<'_, Standing> {
        Box::pin(async {
            let (row, rows) = self.store.vault().await?;
            let found = if self.safe.is_locked() { self.read(rows.is_empty()).err() } else { None };
            let trouble = found.map(|error| error.to_string());
            let (kind, made) = (row.as_ref().map(|row| row.kind.clone()), row.map(|row| row.made));
            Ok(Standing { root: VaultRoot { kind, made, trouble, ..VaultRoot::default() }, rotation: None })
        })
    }

    fn unlock(&self, _: Option<Secret>) -> Keeping<'_, ()> {
        Box::pin(async { if self.safe.is_locked() { self.open().await } else { Ok(()) } })
    }

    fn lock(&self) -> Keeping<'_, ()> {
        self.safe.lock();
        Box::pin(async { Ok(()) })
    }

    fn rotate(&self, _: VaultRotate) -> Keeping<'_, ()> {
        Box::pin(async { Err(NotKept::Conflict("this Peta cannot rotate its vault yet".to_owned())) })
    }
}

async fn sweep(safe: Safe) {
    let mut tick = interval(SWEEP);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        safe.sweep();
    }
}

/// It goes on while the machine sleeps, so no loan outlives a lid that was closed.
fn since_boot() -> Duration {
    let now = clock_gettime(ClockId::Boottime);
    let (seconds, nanos) = (u64::try_from(now.tv_sec).unwrap_or(0), u32::try_from(now.tv_nsec).unwrap_or(0));
    Duration::new(seconds, nanos)
}
