//! Erasing a person: their key and their name go, on record as every administrative act.

use std::sync::Arc;

use peta_audit::Intent;
use peta_model::{AgentName, Moment, SubjectId};

use super::{
    concerned::PERSON,
    handle::at_disk,
    keeper::PayloadKeys,
    rows::{self, NamedSubject},
};
use crate::{
    column::damaged,
    entry::AgentEntry,
    sheet::{Change, ChangeError, Sheet},
    snapshot::Snapshot,
    sql,
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
    keys: Arc<dyn PayloadKeys>,
}

impl Change for EraseSubject {
    const WHAT: &'static str = "subjects";
    type Done = Erased;

    async fn write(self, sheet: &mut Sheet<'_>) -> Result<Erased, ChangeError> {
        let Self { person, keys } = self;
        let query = sqlx::query_scalar(sql::HOLDS_ON).bind(sheet.tenant()).bind(person.clone());
        let holds: Vec<String> = query.fetch_all(&mut *sheet.conn).await?;
        if let Some(hold) = holds.first() {
            let text = format!("the legal hold `{hold}` keeps this person's part of the record");
            return Err(ChangeError::Conflict(text));
        }
        let names = still_named(&sheet.draft, &person);
        if !names.is_empty() {
            let text = format!("the person is still named by {}: remove that first", names.join(", "));
            return Err(ChangeError::Conflict(text));
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
        forget_names(sheet, &person).await?;
        Ok(Erased { subject, former, key_destroyed_for_backups_at: last })
    }
}

/// What was cut off, or undone by an old database, once more: the key goes, and the names with it. How many were still there.
pub(super) struct EraseAgain(pub(super) Vec<SubjectId>);

impl Change for EraseAgain {
    const WHAT: &'static str = "subjects";
    type Done = u64;

    async fn write(self, sheet: &mut Sheet<'_>) -> Result<u64, ChangeError> {
        let mut removed = 0;
        for id in self.0 {
            let Some((kind, name)) = rows::remove(sheet.conn, sheet.tenant(), id).await? else { continue };
            removed += 1;
            // In an old database the person's agents may still work: these keep their names until they are revoked.
            if kind == PERSON && still_named(&sheet.draft, &name).is_empty() {
                forget_names(sheet, &name).await?;
            }
        }
        sheet.unchanged = removed == 0;
        Ok(removed)
    }
}

/// What still works and names the person.
pub(super) fn still_named(snapshot: &Snapshot, person: &str) -> Vec<String> {
    let is_theirs = |agent: &&&Arc<AgentEntry>| agent.revoked.is_none() && agent.user.as_deref() == Some(person);
    let agents = snapshot.agents();
    let agents = agents.iter().filter(is_theirs).map(|agent| format!("the agent `{}`", agent.name));
    let credentials = snapshot.credentials();
    let credentials = credentials.iter().filter(|entry| entry.owner.person() == Some(person));
    let credentials = credentials.map(|entry| format!("the credential `{}`", entry.name));
    agents.chain(credentials).collect()
}

/// The names of the person's agents, all of them revoked, and of the person in links.
async fn forget_names(sheet: &mut Sheet<'_>, person: &str) -> Result<(), ChangeError> {
    let theirs: Vec<Arc<AgentEntry>> =
        sheet.draft.agents().into_iter().filter(|agent| agent.user.as_deref() == Some(person)).cloned().collect();
    for agent in theirs {
        let id = agent.id.to_string();
        let name: AgentName = format!("erased-{}", id.get(..12).unwrap_or_default())
            .parse()
            .map_err(|_| damaged("the name of an erased agent is none"))?;
        let query = sqlx::query(sql::FORGET_PERSON).bind(sheet.tenant()).bind(agent.id.as_bytes().to_vec());
        query.bind(name.as_str()).execute(&mut *sheet.conn).await?;
        sheet.draft.put_agent(AgentEntry { name, user: None, ..AgentEntry::clone(&agent) });
    }
    sqlx::query(sql::FORGET_LINKS_OF).bind(sheet.tenant()).bind(person).execute(&mut *sheet.conn).await?;
    Ok(())
}

impl Store {
    /// What would have to be removed before this person can be erased.
    pub fn still_named(&self, person: &str) -> Vec<String> {
        still_named(&self.snapshot(), person)
    }

    /// Destroys a person's key and name. What was sealed under it opens for nobody from now on; in a backup of before, until
    /// the time that is given back. Nothing is erased while a legal hold is on the person, or agents and credentials that
    /// work still name them. The act says whom by the subject's identifier in its reasons: it must have no part that is sealed,
    /// for keys are made and brought in by turns, and this one is the erasure's.
    pub async fn erase_subject(&self, act: Intent, person: &str) -> Result<Erased, ChangeError> {
        let subjects = self.subjects();
        let keys = Arc::clone(&subjects.vault().ok_or(ChangeError::Closed)?.keys);
        let (this, person) = (self.clone(), person.to_owned());
        // In a task of its own: what is erased in the database is wiped from memory, whoever still waits for it.
        let erasing = tokio::spawn(async move {
            let _turn = subjects.turn().await;
            let erased = this.act(act, EraseSubject { person, keys }).await?;
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
