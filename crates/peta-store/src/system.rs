//! The log `system`: what Core did and met as a whole (starts, stops, steps of the clock, what became of the record), with
//! checkpoints of the record in it. It is a log like the record, with a tree, a key and checkpoints of its own, in a folder
//! beside it. That folder keeps a checkpoint of the record, and the database one of this log, so neither is put back, cut short
//! or begun anew alone unnoticed. Whoever copies them while Core runs takes the database first and the record last.

use std::{path::Path, sync::Arc};

use peta_model::{BootId, InstallId, LogName, Moment, TenantId};
use sqlx::{Row as _, SqliteConnection, sqlite::SqliteRow};

use crate::{
    column::damaged,
    events::Reader,
    record::{Entry, Log, Owner, Unwritten},
    sql,
    tree::{Known, Tree, checkpoint, read},
};

/// It, open.
pub(crate) struct System {
    pub(crate) log: Arc<Log>,
    pub(crate) tree: Tree,
    pub(crate) reader: Reader,
}

/// A checkpoint of the record, in its folder.
pub(crate) const OF_RECORD: &str = "record.checkpoint";

/// Whose its files are: the installation's.
pub(crate) fn owner(install: InstallId) -> Owner {
    Owner { install, tenant: TenantId::from_bytes(*install.as_bytes()) }
}

/// What it is called in checkpoints, as long as it was not left for another.
pub(crate) fn name(install: InstallId) -> String {
    format!("peta-{install}/{}/record", LogName::System)
}

/// The checkpoint of the record that its folder keeps.
pub(crate) fn of_record(system: &Path) -> Option<Known> {
    let path = system.join(OF_RECORD);
    match read(&path) {
        Ok(found) => found.map(|(note, checkpoint)| Known { place: path.display().to_string(), note, checkpoint }),
        Err(error) => {
            tracing::warn!(path = %path.display(), %error, "a checkpoint that was kept cannot be read");
            None
        }
    }
}

/// Its own checkpoints, which the database keeps.
pub(crate) async fn heads(conn: &mut SqliteConnection, tenant: TenantId) -> Result<Vec<Known>, sqlx::Error> {
    let rows = sqlx::query(sql::HEADS).bind(tenant.as_bytes().to_vec()).fetch_all(conn).await?;
    let known = |row: &SqliteRow| {
        let note: String = row.try_get(1)?;
        let checkpoint = checkpoint(&note).ok_or_else(|| damaged("a checkpoint cannot be read"))?;
        Ok(Known { place: "the database".to_owned(), note, checkpoint })
    };
    rows.iter().map(known).collect()
}

/// Its own first entry of a run.
pub(crate) fn begin(log: &Log, boot: BootId, now: Moment) -> Result<(), Unwritten> {
    log.append(&Entry::Boot(boot, now)).map(drop)
}
