//! The rows of subject keys.

use peta_model::{Moment, SubjectId};
use peta_vault::{
    envelope::Envelope,
    keys::KekId,
    subject::{BLOCK, LIMIT},
};
use sqlx::{SqliteConnection, sqlite::SqliteRow};

use super::concerned::{Concerned, PERSON};
use crate::{
    column::{Columns, damaged},
    sheet::ChangeError,
    sql,
};

/// A person who has a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedSubject {
    pub name: String,
    pub id: SubjectId,
    pub made: Moment,
}

/// A key as it is kept.
pub(super) struct Kept {
    pub(super) id: SubjectId,
    pub(super) sealed: Vec<u8>,
}

impl Kept {
    /// What it is sealed under.
    pub(super) fn kek(&self) -> Result<KekId, ChangeError> {
        Envelope::kek_of(&self.sealed).ok_or_else(|| damaged("the envelope of a subject key is cut").into())
    }
}

/// The newest key of somebody that may still seal, with so many more seals reserved.
pub(super) async fn reserve(
    conn: &mut SqliteConnection,
    tenant: Vec<u8>,
    whom: &Concerned,
) -> Result<Option<Kept>, ChangeError> {
    let (kind, name) = whom.columns();
    let query = sqlx::query(sql::RESERVE_SEALS).bind(tenant).bind(kind).bind(name);
    let query = query.bind(i64::from(BLOCK)).bind(i64::try_from(LIMIT).unwrap_or(i64::MAX));
    let row = query.fetch_optional(conn).await?;
    Ok(row.as_ref().map(kept).transpose()?)
}

/// A new key, with seals reserved.
pub(super) async fn add(
    conn: &mut SqliteConnection,
    tenant: Vec<u8>,
    whom: &Concerned,
    new: Kept,
    now: Moment,
) -> Result<(), ChangeError> {
    let (kind, name) = whom.columns();
    let query = sqlx::query(sql::ADD_SUBJECT).bind(tenant).bind(new.id.as_bytes().to_vec()).bind(kind).bind(name);
    query.bind(new.sealed).bind(i64::from(BLOCK)).bind(now.micros()).execute(conn).await?;
    Ok(())
}

pub(super) async fn one(
    conn: &mut SqliteConnection,
    tenant: Vec<u8>,
    id: SubjectId,
) -> Result<Option<Kept>, ChangeError> {
    let row = sqlx::query(sql::SUBJECT).bind(tenant).bind(id.as_bytes().to_vec()).fetch_optional(conn).await?;
    Ok(row.as_ref().map(kept).transpose()?)
}

/// All keys of a person: the newest first.
pub(super) async fn of_person(
    conn: &mut SqliteConnection,
    tenant: Vec<u8>,
    person: &str,
) -> Result<Vec<Kept>, ChangeError> {
    let query = sqlx::query(sql::SUBJECTS_OF).bind(tenant).bind(PERSON).bind(person.to_owned());
    let rows = query.fetch_all(conn).await?;
    Ok(rows.iter().map(kept).collect::<Result<_, _>>()?)
}

pub(super) async fn after(
    conn: &mut SqliteConnection,
    tenant: Vec<u8>,
    cursor: SubjectId,
    limit: u32,
) -> Result<Vec<Kept>, ChangeError> {
    let query = sqlx::query(sql::SUBJECTS_AFTER).bind(tenant).bind(cursor.as_bytes().to_vec());
    let rows = query.bind(i64::from(limit)).fetch_all(conn).await?;
    Ok(rows.iter().map(kept).collect::<Result<_, _>>()?)
}

/// Another envelope, if the key is still there as it was.
pub(super) async fn rewrap(
    conn: &mut SqliteConnection,
    tenant: Vec<u8>,
    old: Kept,
    anew: Vec<u8>,
) -> Result<(), ChangeError> {
    let query = sqlx::query(sql::REWRAP_SUBJECT).bind(tenant).bind(old.id.as_bytes().to_vec());
    query.bind(anew).bind(old.sealed).execute(conn).await?;
    Ok(())
}

/// Its kind and its name, if it was there.
pub(super) async fn remove(
    conn: &mut SqliteConnection,
    tenant: Vec<u8>,
    id: SubjectId,
) -> Result<Option<(String, String)>, ChangeError> {
    Ok(sqlx::query_as(sql::REMOVE_SUBJECT).bind(tenant).bind(id.as_bytes().to_vec()).fetch_optional(conn).await?)
}

pub(super) async fn persons(conn: &mut SqliteConnection, tenant: Vec<u8>) -> Result<Vec<NamedSubject>, ChangeError> {
    let rows = sqlx::query(sql::PERSONS).bind(tenant).bind(PERSON).fetch_all(conn).await?;
    let named = |row: &SqliteRow| {
        let mut columns = Columns::of(row);
        Ok(NamedSubject { name: columns.plain()?, id: columns.id()?, made: columns.moment()? })
    };
    Ok(rows.iter().map(named).collect::<Result<_, sqlx::Error>>()?)
}

fn kept(row: &SqliteRow) -> Result<Kept, sqlx::Error> {
    let mut columns = Columns::of(row);
    Ok(Kept { id: columns.id()?, sealed: columns.plain()? })
}
