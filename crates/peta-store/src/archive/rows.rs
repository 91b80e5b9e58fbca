//! What is kept of the archive, and of what is in it.

use std::collections::BTreeSet;

use peta_model::{Moment, SinkId};
use sqlx::{SqliteConnection, sqlite::SqliteRow};

use crate::{
    column::{Columns, damaged},
    sink::SinkSpec,
    sql,
};

/// Where files are put. Written down as a sink is, and its secret is kept as a sink's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArchiveEntry {
    pub id: SinkId,
    pub spec: SinkSpec,
    /// Whether something is sealed for it.
    pub secret: bool,
    pub changed: Moment,
}

/// One to be, in the place of the one before.
#[derive(Debug, Clone)]
pub struct NewArchive {
    pub id: SinkId,
    pub spec: SinkSpec,
    pub sealed: Option<Vec<u8>>,
}

/// A file of the record that was put there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArchivedFile {
    /// What it is called there.
    pub name: String,
    /// The archive that it was put into, which may be an earlier one.
    pub archive: SinkId,
    /// The key that it is sealed under.
    pub key: [u8; 16],
    /// The log that its entries are of.
    pub log: String,
    /// The numbers of the first and the last entry.
    pub first: u64,
    pub last: u64,
    /// The times that its entries tell of.
    pub since: Option<Moment>,
    pub until: Option<Moment>,
    /// Of what was put there, and its SHA-256 in hexadecimal digits.
    pub bytes: u64,
    pub digest: String,
    pub at: Moment,
}

pub(crate) async fn read(conn: &mut SqliteConnection, tenant: Vec<u8>) -> Result<Option<ArchiveEntry>, sqlx::Error> {
    let row = sqlx::query(sql::ARCHIVE).bind(tenant).fetch_optional(conn).await?;
    row.as_ref().map(entry).transpose()
}

/// The first numbers of the files of a log that are in the archive that is set; none if none is.
pub(crate) async fn firsts(
    conn: &mut SqliteConnection,
    tenant: Vec<u8>,
    log: &str,
) -> Result<Option<BTreeSet<u64>>, sqlx::Error> {
    let Some(set) = read(conn, tenant.clone()).await? else { return Ok(None) };
    let files = all(conn, tenant).await?;
    Ok(Some(files.iter().filter(|file| file.archive == set.id && file.log == log).map(|file| file.first).collect()))
}

pub(super) async fn all(conn: &mut SqliteConnection, tenant: Vec<u8>) -> Result<Vec<ArchivedFile>, sqlx::Error> {
    let rows = sqlx::query(sql::ARCHIVED).bind(tenant).fetch_all(conn).await?;
    rows.iter().map(file).collect()
}

fn entry(row: &SqliteRow) -> Result<ArchiveEntry, sqlx::Error> {
    let mut columns = Columns::of(row);
    let id = columns.id()?;
    let spec =
        serde_json::from_str(&columns.plain::<String>()?).map_err(|_| damaged("the archive's row cannot be read"))?;
    Ok(ArchiveEntry { id, spec, secret: columns.plain::<i64>()? != 0, changed: columns.moment()? })
}

fn file(row: &SqliteRow) -> Result<ArchivedFile, sqlx::Error> {
    let mut columns = Columns::of(row);
    let (name, archive) = (columns.plain()?, columns.id()?);
    let key: Vec<u8> = columns.plain()?;
    Ok(ArchivedFile {
        name,
        archive,
        key: key.try_into().map_err(|_| damaged("an identifier has not 16 bytes"))?,
        log: columns.plain()?,
        first: columns.number()?,
        last: columns.number()?,
        since: columns.maybe_moment()?,
        until: columns.maybe_moment()?,
        bytes: columns.number()?,
        digest: columns.plain()?,
        at: columns.moment()?,
    })
}
