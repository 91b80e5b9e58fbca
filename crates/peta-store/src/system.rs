//! The log `system`: what Core did and met as a whole (starts, stops, steps of the clock, what became of the record), with
//! checkpoints of the record in it. It is a log like the record, with a tree, a key and checkpoints of its own, in a folder
//! beside it. That folder keeps a checkpoint of the record, and the database one of this log, so neither is put back, cut short
//! or begun anew alone unnoticed. Whoever copies them while Core runs takes the database first and the record last.

use std::{
    fs::DirBuilder,
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
    sync::Arc,
};

use peta_model::{BootId, InstallId, LogName, Moment, TenantId};
use sqlx::{Row as _, SqliteConnection, sqlite::SqliteRow};

use crate::{
    column::damaged,
    events::Reader,
    notice::tell,
    record::{Damage, Entry, Log, Owner, Place, StartError, start},
    sql,
    store_error::StoreError,
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
fn owner(install: InstallId) -> Owner {
    Owner { install, tenant: TenantId::from_bytes(*install.as_bytes()) }
}

/// What it is called in checkpoints, as long as it was not left for another.
fn name(install: InstallId) -> String {
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

/// The log `system`, opened and not written to yet.
pub(crate) struct Ready {
    dir: PathBuf,
    pub(crate) log: Arc<Log>,
    pub(crate) tree: Tree,
    pub(crate) damage: Vec<Damage>,
}

/// Opens it, and holds it against what is known.
pub(crate) async fn open(
    (dir, limit): (PathBuf, u64),
    install: InstallId,
    (known, now): (Vec<Known>, Moment),
) -> Result<Ready, StoreError> {
    let opened = tokio::task::spawn_blocking(move || {
        let made = DirBuilder::new().recursive(true).mode(0o700).create(&dir);
        made.map_err(|error| StoreError::of_record(&StartError::Io { path: dir.clone(), error }))?;
        let place = Place { dir: dir.clone(), owner: owner(install), limit };
        let started = start(place, now).map_err(|error| StoreError::of_record(&error))?;
        let tree = Tree::open(Arc::clone(&started.log), dir.join("tree"), &name(install), (&known, &[]));
        let tree = tree.map_err(|error| StoreError::of_tree(&error, LogName::System))?;
        Ok(Ready { dir, log: started.log, tree, damage: started.damage })
    });
    opened.await.map_err(|_| StoreError::cut_off())?
}

impl Ready {
    /// Its first entries of this run.
    pub(crate) fn begin(&self, boot: BootId, now: Moment) -> Result<(), StoreError> {
        let begun = tell(&self.log, &self.dir).and_then(|()| self.log.append(&Entry::Boot(boot, now)).map(drop));
        begun.map_err(|error| StoreError::unwritten(&self.dir, &error))
    }
}
