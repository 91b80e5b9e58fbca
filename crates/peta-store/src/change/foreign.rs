//! Logs of others that are cosigned here: added and removed by administrators.

use crate::{
    sheet::{Change, ChangeError, Sheet},
    sql,
};

/// A log to be cosigned.
#[derive(Debug, Clone)]
pub struct NewForeignLog {
    pub name: String,
    /// What the log calls itself.
    pub log: String,
    pub verifier: String,
}

pub(crate) struct AddForeignLog(pub(crate) NewForeignLog);

pub(crate) struct RemoveForeignLog(pub(crate) String);

impl Change for AddForeignLog {
    const WHAT: &'static str = "foreign_logs";
    type Done = ();

    async fn write(self, sheet: &mut Sheet<'_>) -> Result<(), ChangeError> {
        let Self(NewForeignLog { name, log, verifier }) = self;
        let query = sqlx::query(sql::ADD_FOREIGN_LOG).bind(sheet.tenant()).bind(name.clone()).bind(log).bind(verifier);
        match query.bind(sheet.at.micros()).execute(&mut *sheet.conn).await {
            Err(sqlx::Error::Database(error)) if error.is_unique_violation() => {
                Err(ChangeError::NameTaken(format!("a log named `{name}`")))
            }
            done => Ok(done.map(drop)?),
        }
    }
}

impl Change for RemoveForeignLog {
    const WHAT: &'static str = "foreign_logs";
    type Done = ();

    async fn write(self, sheet: &mut Sheet<'_>) -> Result<(), ChangeError> {
        let query = sqlx::query(sql::REMOVE_FOREIGN_LOG).bind(sheet.tenant()).bind(self.0);
        match query.execute(&mut *sheet.conn).await?.rows_affected() {
            0 => Err(ChangeError::NotFound("such log".into())),
            _ => Ok(()),
        }
    }
}
