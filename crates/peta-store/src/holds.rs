//! The legal holds that stand.

use peta_audit::Intent;
use peta_model::Moment;

use crate::{
    change::{AddHold, NewHold, RemoveHold},
    column::Columns,
    sheet::ChangeError,
    sql,
    store::Store,
};

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    pub name: String,
    /// Whose part of the record; all of it for none.
    pub person: Option<String>,
    pub reason: String,
    pub added: Moment,
}

impl Store {
    pub async fn add_hold(&self, act: Intent, hold: NewHold) -> Result<(), ChangeError> {
        self.act(act, AddHold(hold)).await
    }

    pub async fn remove_hold(&self, act: Intent, name: String) -> Result<(), ChangeError> {
        self.act(act, RemoveHold(name)).await
    }

    /// In order of name.
    pub async fn holds(&self) -> Result<Vec<Hold>, ChangeError> {
        self.in_transaction(|conn, tenant| {
            Box::pin(async move {
                let rows = sqlx::query(sql::HOLDS).bind(tenant).fetch_all(conn).await?;
                let hold = |row| -> Result<Hold, sqlx::Error> {
                    let mut columns = Columns::of(row);
                    let (name, person, reason) = (columns.plain()?, columns.plain()?, columns.plain()?);
                    Ok(Hold { name, person, reason, added: columns.moment()? })
                };
                Ok(rows.iter().map(hold).collect::<Result<_, _>>()?)
            })
        })
        .await
    }
}
