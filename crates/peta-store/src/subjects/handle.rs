//! Subject keys for whoever seals and reads: at hand at once, or brought in from the database first.

use std::{
    collections::BTreeSet,
    sync::{Arc, OnceLock},
};

use peta_model::{Code, Moment, SubjectId, TenantId};
use peta_vault::{
    envelope::{OpenError, SealError},
    keys::Purpose,
    safe::Safe,
    subject::{BLOCK, SubjectKey},
};
use tokio::sync::{Mutex, MutexGuard};

use super::{
    concerned::Concerned,
    held::Held,
    keeper::{KeysFault, PayloadKeys},
    rows::{self, Kept},
};
use crate::{
    entropy::random_id,
    sheet::ChangeError,
    work::{Work, in_transaction},
    writer::Writer,
};

/// A handle to the subject keys; clones are the same one.
#[derive(Clone)]
pub(crate) struct Subjects(Arc<Inner>);

struct Inner {
    writer: Arc<Mutex<Option<Writer>>>,
    tenant: TenantId,
    held: Held,
    /// One brings keys in, makes, wraps or erases at a time: two who come at once get the same key.
    turn: Mutex<()>,
    vault: OnceLock<Vault>,
}

/// What opens them.
#[derive(Clone)]
pub(super) struct Vault {
    pub(super) safe: Safe,
    pub(super) keys: Arc<dyn PayloadKeys>,
}

impl Subjects {
    pub(crate) fn new(writer: Arc<Mutex<Option<Writer>>>, tenant: TenantId) -> Self {
        let inner = Inner { writer, tenant, held: Held::default(), turn: Mutex::default(), vault: OnceLock::new() };
        Self(Arc::new(inner))
    }

    /// Once, at the start; until then there are no keys, as while the vault is locked.
    pub(crate) fn keep_in(&self, safe: Safe, keys: Arc<dyn PayloadKeys>) {
        let _ = self.0.vault.set(Vault { safe, keys });
    }

    /// The key, if it is at hand: no IO and no allocation.
    #[allow(dead_code, reason = "the record seals and reads with it")]
    pub(crate) fn at_hand(&self, whom: &Concerned) -> Option<Arc<SubjectKey>> {
        self.0.held.whom(whom)
    }

    /// The same, reading or making it: none while the vault is locked.
    pub(crate) async fn of(&self, whom: &Concerned) -> Result<Option<Arc<SubjectKey>>, ChangeError> {
        if let Some(key) = self.at_hand(whom) {
            return Ok(Some(key));
        }
        let _turn = self.turn().await;
        if let Some(key) = self.at_hand(whom) {
            return Ok(Some(key));
        }
        let Some(vault) = self.unlocked() else { return Ok(None) };
        let sought = whom.clone();
        let found =
            self.transact(move |conn, tenant| Box::pin(async move { rows::reserve(conn, tenant, &sought).await }));
        let key = match found.await? {
            Some(kept) => match self.0.held.name(kept.id, whom) {
                Some(key) => {
                    // It was used up, and has more now; or it was there to read with.
                    key.grant(BLOCK);
                    return Ok(Some(key));
                }
                None => self.open(&vault, &kept)?,
            },
            None => self.make(&vault, whom).await?,
        };
        let Some(key) = key else { return Ok(None) };
        key.grant(BLOCK);
        Ok(self.0.held.put(&vault.safe, key, Some(whom)))
    }

    /// The key by its identifier, to read with, if it is at hand. No IO: for threads that may not wait for the database.
    /// None: it is erased, unknown, not loaded, or the vault is locked.
    pub(crate) fn by_id(&self, id: SubjectId) -> Option<Arc<SubjectKey>> {
        self.0.held.id(id)
    }

    /// Brings keys in to read with. Those that are erased or unknown stay away.
    /// Whose keys a person has or had, as long as they are not erased.
    pub(crate) async fn of_person(&self, name: &str) -> Result<BTreeSet<SubjectId>, ChangeError> {
        let name = name.to_owned();
        let kept =
            self.transact(move |conn, tenant| Box::pin(async move { rows::of_person(conn, tenant, &name).await }));
        Ok(kept.await?.into_iter().map(|kept| kept.id).collect())
    }

    pub(crate) async fn load(&self, ids: &BTreeSet<SubjectId>) -> Result<(), ChangeError> {
        let missing: Vec<SubjectId> = ids.iter().copied().filter(|id| self.by_id(*id).is_none()).collect();
        if missing.is_empty() {
            return Ok(());
        }
        let _turn = self.turn().await;
        let Some(vault) = self.unlocked() else { return Ok(()) };
        let kept = self.transact(move |conn, tenant| {
            Box::pin(async move {
                let mut all = Vec::with_capacity(missing.len());
                for id in missing {
                    all.extend(rows::one(conn, tenant.clone(), id).await?);
                }
                Ok(all)
            })
        });
        for kept in kept.await? {
            match self.open(&vault, &kept) {
                Ok(Some(key)) => drop(self.0.held.put(&vault.safe, key, None)),
                Ok(None) => return Ok(()),
                // One that is damaged must not hide what others are needed for.
                Err(error) => tracing::error!(subject = %kept.id, %error, "a key of the record cannot be used"),
            }
        }
        Ok(())
    }

    /// Wipes all keys from memory: the vault was locked.
    pub(crate) fn wipe(&self) {
        self.0.held.wipe();
    }

    pub(super) fn forget(&self, ids: &[SubjectId]) {
        self.0.held.forget(ids);
    }

    pub(super) fn vault(&self) -> Option<&Vault> {
        self.0.vault.get()
    }

    /// What opens keys, while it does.
    pub(super) fn unlocked(&self) -> Option<Vault> {
        let vault = self.0.vault.get()?;
        // While it is being unlocked it has no such key yet.
        vault.safe.current(self.0.tenant, Purpose::Payload).map(|_| vault.clone())
    }

    pub(super) async fn turn(&self) -> MutexGuard<'_, ()> {
        self.0.turn.lock().await
    }

    pub(super) fn tenant(&self) -> TenantId {
        self.0.tenant
    }

    pub(super) async fn transact<T, F>(&self, work: F) -> Result<T, ChangeError>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut sqlx::SqliteConnection, Vec<u8>) -> Work<'c, T> + Send + 'static,
    {
        in_transaction(Arc::clone(&self.0.writer), self.0.tenant, work).await
    }

    /// Sees to it that so many keys can be wrapped.
    pub(super) async fn provide(&self, vault: &Vault, wanted: u32) -> Result<(), ChangeError> {
        while let Some(kek) = vault.safe.wants_wraps(self.0.tenant, Purpose::Payload, wanted) {
            let keys = Arc::clone(&vault.keys);
            let block = at_disk(move || keys.reserve(kek)).await?;
            if vault.safe.grant(block).is_err() {
                // It was locked meanwhile; sealing says so.
                return Ok(());
            }
        }
        Ok(())
    }

    async fn make(&self, vault: &Vault, whom: &Concerned) -> Result<Option<SubjectKey>, ChangeError> {
        self.provide(vault, 1).await?;
        let id = random_id()?;
        let (sealed, key) = match vault.safe.new_subject(self.0.tenant, id) {
            Ok(made) => made,
            Err(SealError::Locked) => return Ok(None),
            Err(error) => return Err(unfit(format!("no key for the record can be made: {error}"))),
        };
        let (whom, now): (_, Moment) = (whom.clone(), vault.keys.now());
        self.transact(move |conn, tenant| {
            Box::pin(async move { rows::add(conn, tenant, &whom, Kept { id, sealed }, now).await })
        })
        .await?;
        Ok(Some(key))
    }

    fn open(&self, vault: &Vault, kept: &Kept) -> Result<Option<SubjectKey>, ChangeError> {
        match vault.safe.open_subject(&kept.sealed, self.0.tenant, kept.id) {
            Ok(key) => Ok(Some(key)),
            Err(OpenError::Locked) => Ok(None),
            Err(error) => Err(unfit(format!("the key {} of the record does not open: {error}", kept.id))),
        }
    }
}

/// Where waiting is allowed.
pub(super) async fn at_disk<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, KeysFault> + Send + 'static,
) -> Result<T, ChangeError> {
    let done = tokio::task::spawn_blocking(work).await.map_err(|_| ChangeError::Closed)?;
    done.map_err(ChangeError::Keys)
}

fn unfit(text: String) -> ChangeError {
    ChangeError::Keys(KeysFault { code: Code::RECORD_KEYS_UNFIT, text })
}
