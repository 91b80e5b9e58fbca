//! The rows of witnesses, and the checkpoints that they have.

use std::path::Path;

use peta_model::{Moment, TenantId};
use serde::Serialize;
use sqlx::{SqliteConnection, sqlite::SqliteRow};

use crate::{
    column::Columns,
    sql,
    tree::{Apart, Known, checkpoint, read},
};

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
    /// PEM of the certificate authorities that are trusted for it.
    pub ca: Option<String>,
    /// Why it has not the newest checkpoint.
    pub trouble: Option<WitnessTrouble>,
    /// What it has that this record has not.
    pub apart: Option<Apart>,
}

/// Why a witness has not the newest checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WitnessTrouble {
    /// The error that explains it.
    pub code: String,
    pub why: String,
    pub since: Moment,
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
    let (name, place, verifier, added): (String, _, _, _) =
        (columns.plain()?, columns.plain()?, columns.plain()?, columns.moment()?);
    let (log, size, note): (Option<String>, Option<i64>, Option<String>) =
        (columns.plain()?, columns.plain()?, columns.plain()?);
    let at = columns.maybe_moment()?;
    let newest = log.zip(size).zip(note).zip(at).map(|(((log, size), note), at)| Witnessed {
        log,
        size: u64::try_from(size).unwrap_or(0),
        note,
        at,
    });
    let ca = columns.plain()?;
    let (code, why, since): (Option<String>, Option<String>, _) =
        (columns.plain()?, columns.plain()?, columns.maybe_moment()?);
    let trouble = code.zip(why).zip(since).map(|((code, why), since)| WitnessTrouble { code, why, since });
    let (log, size, root): (Option<String>, Option<i64>, Option<String>) =
        (columns.plain()?, columns.plain()?, columns.plain()?);
    let apart = log.zip(size).map(|(log, size)| Apart {
        witness: name.clone(),
        log,
        size: u64::try_from(size).unwrap_or(0),
        root,
    });
    Ok(Witness { name, place, verifier, added, newest, ca, trouble, apart })
}

/// The checkpoints that witnesses have, as far as they can be read now; what they said that they have; and who has lost
/// theirs, and how.
pub(crate) async fn known(
    conn: &mut SqliteConnection,
    tenant: TenantId,
) -> Result<(Vec<Known>, Vec<Apart>, Vec<Lost>), sqlx::Error> {
    let (mut known, mut apart, mut lost) = (Vec::new(), Vec::new(), Vec::new());
    for witness in all(conn, tenant.as_bytes().to_vec()).await? {
        apart.extend(witness.apart);
        let had = witness.newest.is_some();
        if let Some((note, checkpoint)) =
            witness.newest.and_then(|seen| Some((seen.note.clone(), checkpoint(&seen.note)?)))
        {
            known.push(Known { place: format!("the database, of the witness {}", witness.name), note, checkpoint });
        }
        let Some(path) = witness.place.strip_prefix(WITNESS_FILE) else { continue };
        let why = match read(Path::new(path)) {
            Ok(Some((note, checkpoint))) => {
                known.push(Known { place: path.to_owned(), note, checkpoint });
                continue;
            }
            Ok(None) if had => "its file is gone, or empty".to_owned(),
            Ok(None) => continue,
            Err(error) => error.to_string(),
        };
        tracing::warn!(witness = %witness.name, path, why, "a witness has lost its checkpoint");
        lost.push(Lost { witness: witness.name, why });
    }
    Ok((known, apart, lost))
}

/// A witness that had a checkpoint and shows none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Lost {
    witness: String,
    why: String,
}
