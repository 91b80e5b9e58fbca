//! What Core tells of its own accord, and where checkpoints of the two logs are kept.

use std::io;

use peta_audit::{Ending, Intent};
use peta_model::{LogName, Moment, Outcome};
use peta_verify::Checkpoint;
use serde_json::json;

use crate::{
    own,
    recorder::NotRecorded,
    sheet::ChangeError,
    sql,
    store::Store,
    system::OF_RECORD,
    tree::{Tree, checkpoint, keep},
};

impl Store {
    /// An event of Core's own, about nobody: its kind begins with `core.`, `record.` or `clock.`, and `detail` is a JSON object
    /// that everybody who reads the record may read.
    pub fn own_event(&self, kind: &'static str, detail: String) -> Intent {
        own::event(self.record(), kind, detail)
    }

    /// Writes such an event, in the record and in the log `system`.
    pub fn tell(&self, event: &Intent, ending: Ending) -> Result<(), NotRecorded> {
        own::tell(self.record(), event, ending).map(drop).map_err(|_| NotRecorded)
    }

    /// The record takes no more entries until the next start: somebody knows another one than this. The log `system`, which goes
    /// on, says so; `detail` is a JSON object.
    pub fn bar(&self, detail: String) {
        self.record().bar();
        if let Err(error) = self.tell_system("record.barred", detail, Ending::of(Outcome::Failed)) {
            tracing::error!(%error, "why the record takes no more entries is not told in the log `system`");
        }
    }

    /// Keeps the newest checkpoint of a log where the other log's is not: that of the record in the folder of the log `system`,
    /// that of the log `system` in the database.
    pub async fn keep_apart(&self, log: LogName, now: Moment) -> Result<(), ChangeError> {
        let Some(note) = self.log(log).tree().checkpoint() else { return Ok(()) };
        match log {
            LogName::Default => {
                let dir = self.dir().system();
                let kept = tokio::task::spawn_blocking(move || keep(&dir, OF_RECORD, &note)).await;
                kept.map_err(io::Error::other).flatten().map_err(|error| {
                    tracing::error!(%error, "a checkpoint of the record cannot be kept");
                    ChangeError::NotRecorded
                })
            }
            LogName::System => self.keep_head(note.to_string(), now).await,
        }
    }

    async fn keep_head(&self, note: String, now: Moment) -> Result<(), ChangeError> {
        let Some(Checkpoint { origin, size, .. }) = checkpoint(&note) else { return Ok(()) };
        self.in_transaction(move |conn, tenant| {
            Box::pin(async move {
                let size = i64::try_from(size).unwrap_or(i64::MAX);
                let query = sqlx::query(sql::KEEP_HEAD).bind(tenant).bind(origin).bind(size);
                query.bind(note).bind(now.micros()).execute(conn).await?;
                Ok(())
            })
        })
        .await
    }

    /// Writes the newest checkpoint of the record into the log `system`, for whoever reads that.
    pub fn tell_checkpoint(&self) -> Result<(), NotRecorded> {
        let Some(told) = told(self.tree()) else { return Ok(()) };
        self.tell_system("record.checkpoint", told.to_string(), Ending::of(Outcome::Ok))
    }

    /// Says in the log `system` that another key signs it, as its own entry for whoever reads it alone.
    pub fn tell_key(&self, verifier: &str, from: u64, until: Moment) -> Result<(), NotRecorded> {
        let detail = json!({ "key": verifier, "from": from, "until": until });
        self.tell_system("record.key_rotated", detail.to_string(), Ending::of(Outcome::Ok))
    }

    /// Writes it there alone.
    pub(crate) fn tell_system(&self, kind: &'static str, detail: String, ending: Ending) -> Result<(), NotRecorded> {
        let log = &self.system().log;
        own::tell(log, &own::event(log, kind, detail), ending).map(drop).map_err(|_| NotRecorded)
    }

    /// Says that Core starts, with what was signed of the log `system` last.
    pub fn tell_start(&self, version: &str) -> Result<(), NotRecorded> {
        let detail = json!({ "version": version, "system": told(&self.system().tree) });
        self.tell(&self.own_event("core.start", detail.to_string()), Ending::of(Outcome::Ok))
    }

    /// Says that Core stops in good order.
    pub fn tell_stop(&self) -> Result<(), NotRecorded> {
        let detail = json!({ "system": told(&self.system().tree) });
        self.tell(&self.own_event("core.stop", detail.to_string()), Ending::of(Outcome::Ok))
    }
}

/// The newest checkpoint of a log, as an event holds it.
fn told(tree: &Tree) -> Option<serde_json::Value> {
    let note = tree.checkpoint()?;
    let of = checkpoint(&note)?;
    Some(json!({ "log": of.origin, "size": of.size, "note": &*note }))
}
