//! What whoever keeps the vault does for the subject keys: wraps them anew, and ends what was cut off.

use std::{collections::BTreeSet, sync::Arc};

use peta_model::{Moment, SubjectId};
use peta_vault::{keys::KekId, safe::Safe, subject::SubjectKey};
use sqlx::Row;

use super::{concerned::Concerned, erase::EraseAgain, handle::Subjects, keeper::PayloadKeys, rows};
use crate::{sheet::ChangeError, sql, store::Store};

impl Store {
    /// By which vault subject keys are sealed, and who keeps the keys that it seals them under. Once, at the start.
    pub fn keep_subjects(&self, safe: Safe, keys: Arc<dyn PayloadKeys>) {
        self.subjects().keep_in(safe, keys);
    }

    /// Wipes all subject keys from memory: the vault was locked.
    pub fn wipe_subjects(&self) {
        self.subjects().wipe();
    }

    /// The key that new parts of somebody are sealed under, made if there is none: none while the vault is locked.
    pub async fn subject_key(&self, whom: &Concerned) -> Result<Option<Arc<SubjectKey>>, ChangeError> {
        self.subjects().of(whom).await
    }

    /// A key by its identifier, to read with. None: it is erased, unknown, or the vault is locked.
    pub async fn subject_key_of(&self, id: SubjectId) -> Result<Option<Arc<SubjectKey>>, ChangeError> {
        let subjects = self.subjects();
        subjects.load(&BTreeSet::from([id])).await?;
        Ok(subjects.by_id(id))
    }

    /// The keys that subject keys are sealed under.
    pub async fn payload_keks(&self) -> Result<BTreeSet<KekId>, ChangeError> {
        let subjects = self.subjects();
        let names = subjects.transact(|conn, tenant| {
            Box::pin(async move {
                let names: Vec<Vec<u8>> = sqlx::query_scalar(sql::PAYLOAD_KEKS).bind(tenant).fetch_all(conn).await?;
                Ok(names)
            })
        });
        Ok(names.await?.into_iter().filter_map(|name| name.try_into().ok()).map(KekId::from_bytes).collect())
    }

    /// Wraps the keys after this one, so many, under the current payload key. The last of them, if there was one; a key that
    /// cannot be wrapped stays as it is.
    pub async fn rewrap_subjects(&self, after: SubjectId, limit: u32) -> Result<Option<SubjectId>, ChangeError> {
        let subjects = self.subjects();
        let _turn = subjects.turn().await;
        let Some(vault) = subjects.unlocked() else { return Ok(None) };
        let page = subjects
            .transact(move |conn, tenant| Box::pin(async move { rows::after(conn, tenant, after, limit).await }));
        let page = page.await?;
        let last = page.last().map(|kept| kept.id);
        subjects.provide(&vault, limit.saturating_add(1)).await?;
        let mut anew = Vec::new();
        for kept in page {
            let mut sealed = kept.sealed.clone();
            match vault.safe.rewrap_subject(&mut sealed, subjects.tenant(), kept.id) {
                Ok(true) => anew.push((kept, sealed)),
                Ok(false) => {}
                Err(_) if vault.safe.is_locked() => return Ok(None),
                Err(error) => tracing::error!(subject = %kept.id, %error, "a key of the record cannot be wrapped anew"),
            }
        }
        if !anew.is_empty() {
            let stored = subjects.transact(move |conn, tenant| {
                Box::pin(async move {
                    for (kept, sealed) in anew {
                        rows::rewrap(conn, tenant.clone(), kept, sealed).await?;
                    }
                    Ok(())
                })
            });
            stored.await?;
        }
        Ok(last)
    }

    /// Ends erasures that were cut off, or that an old database undid: how many of these keys were still there.
    pub async fn erase_again(&self, now: Moment, erased: Vec<SubjectId>) -> Result<u64, ChangeError> {
        let subjects = self.subjects();
        let _turn = subjects.turn().await;
        let removed = self.note(now, EraseAgain(erased.clone())).await?;
        subjects.forget(&erased);
        if removed > 0 {
            self.clear_leftovers().await?;
        }
        Ok(removed)
    }

    /// Forgets all keys that are sealed under one that was destroyed: how many there were.
    pub async fn forget_subjects_under(&self, kek: KekId) -> Result<usize, ChangeError> {
        let subjects = self.subjects();
        let _turn = subjects.turn().await;
        let removed = subjects.transact(move |conn, tenant| {
            Box::pin(async move {
                let query = sqlx::query_scalar(sql::REMOVE_SUBJECTS_UNDER).bind(tenant).bind(kek.as_bytes().to_vec());
                let ids: Vec<Vec<u8>> = query.fetch_all(conn).await?;
                Ok(ids)
            })
        });
        let removed = removed.await?.into_iter().filter_map(|id| id.try_into().ok());
        let removed: Vec<SubjectId> = removed.map(SubjectId::from_bytes).collect();
        subjects.forget(&removed);
        if !removed.is_empty() {
            self.clear_leftovers().await?;
        }
        Ok(removed.len())
    }

    /// What was deleted is overwritten in the database's file (`secure_delete`); the log beside it has pages of before until it
    /// is cut off.
    pub(super) async fn clear_leftovers(&self) -> Result<(), ChangeError> {
        let writer = self.writer();
        let mut guard = writer.lock().await;
        let conn = &mut guard.as_mut().ok_or(ChangeError::Closed)?.conn;
        let row = sqlx::query(sql::CHECKPOINT).fetch_one(conn).await?;
        if row.try_get::<i64, _>(0)? != 0 {
            tracing::warn!(
                "somebody else reads the database: what was erased stands in its log until the next checkpoint"
            );
        }
        Ok(())
    }
}

impl std::fmt::Debug for Subjects {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Subjects(..)")
    }
}
