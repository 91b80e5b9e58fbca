//! Logs of others that are cosigned here, and what was cosigned of each last.

use peta_audit::Intent;
use peta_model::Moment;
use sqlx::sqlite::SqliteRow;

use crate::{
    change::{AddForeignLog, NewForeignLog, RemoveForeignLog},
    column::Columns,
    sheet::ChangeError,
    sql,
    store::Store,
    witnessed::Witnessed,
    work::bring_to_disk,
};

/// One of them, by one of its keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignLog {
    pub name: String,
    /// What the log calls itself.
    pub log: String,
    /// The key that it signs by, as signed-note writes it.
    pub verifier: String,
    pub added: Moment,
    /// What was cosigned last.
    pub newest: Option<Witnessed>,
}

impl Store {
    pub async fn add_foreign_log(&self, act: Intent, new: NewForeignLog) -> Result<(), ChangeError> {
        self.act(act, AddForeignLog(new)).await
    }

    /// What was cosigned of it last stays, so that it goes on from there if it is added again.
    pub async fn remove_foreign_log(&self, act: Intent, name: String) -> Result<(), ChangeError> {
        self.act(act, RemoveForeignLog(name)).await
    }

    /// In order of name.
    pub async fn foreign_logs(&self) -> Result<Vec<ForeignLog>, ChangeError> {
        self.in_transaction(|conn, tenant| {
            Box::pin(async move {
                let rows = sqlx::query(sql::FOREIGN_LOGS).bind(tenant).fetch_all(conn).await?;
                Ok(rows.iter().map(foreign).collect::<Result<_, _>>()?)
            })
        })
        .await
    }

    /// Keeps what is about to be cosigned; it is on the disk when this returns, whatever the setting is.
    pub async fn keep_foreign_head(&self, head: Witnessed) -> Result<(), ChangeError> {
        self.in_transaction(move |conn, tenant| {
            Box::pin(async move {
                let size = i64::try_from(head.size).unwrap_or(i64::MAX);
                let query = sqlx::query(sql::KEEP_FOREIGN_HEAD).bind(tenant).bind(head.log).bind(size);
                query.bind(head.note).bind(head.at.micros()).execute(conn).await?;
                Ok(())
            })
        })
        .await?;
        bring_to_disk(self.writer()).await
    }
}

fn foreign(row: &SqliteRow) -> Result<ForeignLog, sqlx::Error> {
    let mut columns = Columns::of(row);
    let (name, log, verifier, added): (_, String, _, _) =
        (columns.plain()?, columns.plain()?, columns.plain()?, columns.moment()?);
    let (size, note, at): (Option<i64>, Option<String>, _) =
        (columns.plain()?, columns.plain()?, columns.maybe_moment()?);
    let newest = size.zip(note).zip(at).map(|((size, note), at)| Witnessed {
        log: log.clone(),
        size: u64::try_from(size).unwrap_or(0),
        note,
        at,
    });
    Ok(ForeignLog { name, log, verifier, added, newest })
}
