//! Erasing a person: their key and their name go, on record as every administrative act.

use std::sync::Arc;

use peta_audit::Intent;
use peta_model::{Moment, SubjectId};

use super::{
    handle::at_disk,
    keeper::PayloadKeys,
    rows::{self, NamedSubject},
};
use crate::{
    sheet::{Change, ChangeError, Sheet},
    store::Store,
};

/// What an erasure did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erased {
    pub subject: SubjectId,
    /// Former keys of the person, whose seals were used up.
    pub former: Vec<SubjectId>,
    /// From then on no backup of before opens for this person either.
    pub key_destroyed_for_backups_at: Moment,
}

struct EraseSubject {
    person: String,
    /// Whether a legal hold is on the person.
    held: bool,
    keys: Arc<dyn PayloadKeys>,
}

impl Change for EraseSubject {
    const WHAT: &'static str = "subjects";
    type Done = Erased;

    async fn write(self, sheet: &mut Sheet<'_>) -> Result<Erased, ChangeError> {
        let Self { person, held, keys } = self;
        if held {
            return Err(ChangeError::Conflict("a legal hold keeps this person's part of the record".into()));
        }
        let all = rows::of_person(sheet.conn, sheet.tenant(), &person).await?;
        let Some(newest) = all.first() else {
            return Err(ChangeError::NotFound("person of that name in the record".into()));
        };
        let (subject, former) = (newest.id, all.iter().skip(1).map(|kept| kept.id).collect());
        let mut last = sheet.at;
        for kept in all {
            let (id, kek, keys, now) = (kept.id, kept.kek()?, Arc::clone(&keys), sheet.at);
            // Before the row goes: who is cut off here goes on at the next start, and an old database is no way back.
            last = at_disk(move || keys.erase(id, kek, now)).await?.max(last);
            rows::remove(sheet.conn, sheet.tenant(), id).await?;
        }
        Ok(Erased { subject, former, key_destroyed_for_backups_at: last })
    }
}

impl Store {
    /// Destroys a person's key and name. What was sealed under it opens for nobody from now on; in a backup of before, until
    /// the time that is given back. `held` says whether a legal hold is on the person: nothing is erased then.
    pub async fn erase_subject(&self, act: Intent, person: &str, held: bool) -> Result<Erased, ChangeError> {
        let subjects = self.subjects();
        let keys = Arc::clone(&subjects.vault().ok_or(ChangeError::Closed)?.keys);
        let (this, person) = (self.clone(), person.to_owned());
        // In a task of its own: what is erased in the database is wiped from memory, whoever still waits for it.
        let erasing = tokio::spawn(async move {
            let _turn = subjects.turn().await;
            let erased = this.act(act, EraseSubject { person, held, keys }).await?;
            subjects.forget(&[&[erased.subject], erased.former.as_slice()].concat());
            this.clear_leftovers().await?;
            Ok(erased)
        });
        erasing.await.unwrap_or(Err(ChangeError::Closed))
    }

    /// The persons that have a part of the record.
    pub async fn subjects_named(&self) -> Result<Vec<NamedSubject>, ChangeError> {
        self.subjects().transact(|conn, tenant| Box::pin(rows::persons(conn, tenant))).await
    }
}
