//! What is known of the archive, and how a file of it is read again.

use std::{future::Future, pin::Pin, sync::Arc, time::Duration};

use peta_dial::{Dialer, Lender};
use peta_model::{Code, InstallId, TenantId};
use peta_store::{ArchiveEntry, ArchivedFile, Store};
use zeroize::Zeroizing;

use super::{place::Place, sealed::Head};
use crate::{
    around::Around,
    config::Config,
    receiver::hash,
    senses::{Custody, Senses},
    standing::{Board, Standing},
    trouble::Trouble,
};

/// A key, sealed, when that is done; none while the vault is locked.
pub type Sealing<'s> = Pin<Box<dyn Future<Output = Option<Vec<u8>>> + Send + 's>>;

/// Seals and opens the keys of archived files. The outlet knows of no vault.
pub trait Keys: Send + Sync {
    fn seal<'s>(&'s self, id: [u8; 16], key: &'s [u8; 32]) -> Sealing<'s>;

    /// None while the vault is locked, or if it is not what was sealed.
    fn open(&self, id: [u8; 16], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>>;
}

/// A handle to it; clones are the same one.
#[derive(Clone)]
pub struct Archive(pub(super) Arc<Inner>);

pub(super) struct Inner {
    pub(super) around: Around,
    dialer: Dialer,
    pub(super) keys: Arc<dyn Keys>,
    pub(super) board: Board,
}

/// Why an archived file cannot be had, and what that is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotFetched {
    pub code: Code,
    pub why: String,
}

/// A file is large: how long it may take to be put or read.
pub(super) const DEADLINE: Duration = Duration::from_secs(600);
pub(super) const CHECKED_WITHIN: Duration = Duration::from_secs(30);
const FETCHED_WITHIN: Duration = Duration::from_secs(100);

impl Archive {
    /// Ready, and puts nothing yet.
    pub fn new(
        config: Config,
        (store, dialer): (Store, Dialer),
        (custody, keys): (Arc<dyn Custody>, Arc<dyn Keys>),
        senses: Senses,
    ) -> Self {
        let around = Around { config, store, custody, senses };
        Self(Arc::new(Inner { around, dialer, keys, board: Board::default() }))
    }

    pub fn standing(&self) -> Standing {
        self.0.board.look()
    }

    /// Reads a file from the archive that is set now, and opens it.
    pub async fn fetch(&self, file: &ArchivedFile) -> Result<Vec<u8>, NotFetched> {
        let store = &self.0.around.store;
        let entry = store.archive().await.map_err(|error| away(error.to_string()))?;
        let entry = entry.ok_or_else(|| away("no archive is set: `peta audit archive set` says where it is"))?;
        let lost = || NotFetched { code: Code::ARCHIVE_DAMAGED, why: "its key is not in the database".to_owned() };
        let sealed = store.archive_key(file.key).await.map_err(|error| away(error.to_string()))?.ok_or_else(lost)?;
        let key = self.0.keys.open(file.key, &sealed).ok_or_else(|| self.of(&Trouble::NoSecret))?;
        let (place, secret) = self.place(&entry, FETCHED_WITHIN).await.map_err(|trouble| self.of(&trouble))?;
        let object = place.get(&file.name, secret.as_ref()).await.map_err(|trouble| self.of(&trouble))?;
        let (head, digest) = (self.head(file.key, (file.first, file.last)), file.digest.clone());
        let opening = tokio::task::spawn_blocking(move || {
            if hash(&object) != digest {
                return None;
            }
            head.open(key.as_slice().try_into().ok()?, &object)
        });
        let damaged = || NotFetched {
            code: Code::ARCHIVE_DAMAGED,
            why: format!("{} is not what was put there: it was changed, cut or exchanged", file.name),
        };
        opening.await.map_err(|_| away("Core is ending"))?.ok_or_else(damaged)
    }

    pub(super) async fn place(
        &self,
        entry: &ArchiveEntry,
        deadline: Duration,
    ) -> Result<(Place, Option<Arc<dyn Lender>>), Trouble> {
        let Around { store, custody, senses, .. } = &self.0.around;
        let place = Place::new(entry, &self.0.dialer, (deadline, senses.clone())).map_err(Trouble::Refused)?;
        if !entry.secret {
            return Ok((place, None));
        }
        let sealed = store.sink_secret(entry.id).await.map_err(|error| Trouble::later(error.to_string()))?;
        let lender = custody.lender(entry.id, sealed.ok_or(Trouble::NoSecret)?, None);
        Ok((place, Some(lender)))
    }

    pub(super) fn head(&self, key: [u8; 16], (first, last): (u64, u64)) -> Head {
        let snapshot = self.0.around.store.snapshot();
        let (install, tenant): (InstallId, TenantId) = (snapshot.install, snapshot.tenant);
        Head { install, tenant, key, first, last }
    }

    fn of(&self, trouble: &Trouble) -> NotFetched {
        NotFetched { code: self.code(trouble), why: trouble.why().to_owned() }
    }

    pub(super) fn code(&self, trouble: &Trouble) -> Code {
        match trouble {
            Trouble::NoSecret if self.0.around.custody.is_locked() => Code::VAULT_LOCKED,
            _ => Code::ARCHIVE_AWAY,
        }
    }
}

fn away(why: impl Into<String>) -> NotFetched {
    NotFetched { code: Code::ARCHIVE_AWAY, why: why.into() }
}

impl std::fmt::Debug for Archive {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Archive").finish_non_exhaustive()
    }
}
