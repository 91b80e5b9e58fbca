//! The rows of witnesses, and the checkpoints that they have.

use std::{io, path::Path};

use peta_model::{Moment, TenantId};
use peta_verify::{Checkpoint, Note};
use sqlx::{SqliteConnection, sqlite::SqliteRow};

use crate::{column::Columns, sql, tree::Known};

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Witness {
    pub name: String,
    /// `file:/path`, or the URL of a service that cosigns.
    pub place: String,
    /// The key that it cosigns by, as signed-note writes it.
    pub verifier: Option<String>,
    pub added: Moment,
    pub newest: Option<Witnessed>,
}

/// The newest checkpoint that a witness has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Witnessed {
    pub log: String,
    pub size: u64,
    /// The checkpoint, with the witness's cosignature if it gave one.
    pub note: String,
    pub at: Moment,
}

/// How a witness that is a file is written.
pub const WITNESS_FILE: &str = "file:";

pub(crate) async fn all(conn: &mut SqliteConnection, tenant: Vec<u8>) -> Result<Vec<Witness>, sqlx::Error> {
    let rows = sqlx::query(sql::WITNESSES).bind(tenant).fetch_all(conn).await?;
    rows.iter().map(witness).collect()
}

fn witness(row: &SqliteRow) -> Result<Witness, sqlx::Error> {
    let mut columns = Columns::of(row);
    let (name, place, verifier, added) = (columns.plain()?, columns.plain()?, columns.plain()?, columns.moment()?);
    let (log, size, note): (Option<String>, Option<i64>, Option<String>) =
        (columns.plain()?, columns.plain()?, columns.plain()?);
    let at = columns.maybe_moment()?;
    let newest = log.zip(size).zip(note).zip(at).map(|(((log, size), note), at)| Witnessed {
        log,
        size: u64::try_from(size).unwrap_or(0),
        note,
        at,
    });
    Ok(Witness { name, place, verifier, added, newest })
}

/// The checkpoints that witnesses have, as far as they can be read now.
pub(crate) async fn known(conn: &mut SqliteConnection, tenant: TenantId) -> Result<Vec<Known>, sqlx::Error> {
    let mut known = Vec::new();
    for witness in all(conn, tenant.as_bytes().to_vec()).await? {
        if let Some(checkpoint) = witness.newest.as_ref().and_then(|seen| checkpoint(&seen.note)) {
            known.push(Known { place: format!("the database, of the witness {}", witness.name), checkpoint });
        }
        let Some(path) = witness.place.strip_prefix(WITNESS_FILE) else { continue };
        match read(Path::new(path)) {
            Ok(Some(checkpoint)) => known.push(Known { place: path.to_owned(), checkpoint }),
            Ok(None) => {
                tracing::warn!(witness = %witness.name, path, "the witness has no checkpoint: its file is gone")
            }
            Err(error) => tracing::warn!(witness = %witness.name, path, %error, "the witness cannot be read"),
        }
    }
    Ok(known)
}

fn read(path: &Path) -> io::Result<Option<Checkpoint>> {
    match std::fs::read_to_string(path) {
        Ok(text) => checkpoint(&text).map(Some).ok_or_else(|| io::Error::other("it holds no checkpoint")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn checkpoint(note: &str) -> Option<Checkpoint> {
    note.parse::<Note>().ok()?.text().parse().ok()
}
