//! Legal holds: while one stands, what it is on is neither erased nor expired.

use crate::{
    sheet::{Change, ChangeError, Sheet},
    sql,
};

/// A hold to be.
#[derive(Debug, Clone)]
pub struct NewHold {
    pub name: String,
    /// Whose part of the record; all of it for none.
    pub person: Option<String>,
    pub reason: String,
}

pub(crate) struct AddHold(pub(crate) NewHold);

pub(crate) struct RemoveHold(pub(crate) String);

impl Change for AddHold {
    const WHAT: &'static str = "holds";
    type Done = ();

    async fn write(self, sheet: &mut Sheet<'_>) -> Result<(), ChangeError> {
        let Self(NewHold { name, person, reason }) = self;
        let query = sqlx::query(sql::ADD_HOLD).bind(sheet.tenant()).bind(name.clone()).bind(person).bind(reason);
        match query.bind(sheet.at.micros()).execute(&mut *sheet.conn).await {
            Err(sqlx::Error::Database(error)) if error.is_unique_violation() => {
                Err(ChangeError::NameTaken(format!("a hold named `{name}`")))
            }
            done => Ok(done.map(drop)?),
        }
    }
}

impl Change for RemoveHold {
    const WHAT: &'static str = "holds";
    type Done = ();

    async fn write(self, sheet: &mut Sheet<'_>) -> Result<(), ChangeError> {
        let query = sqlx::query(sql::REMOVE_HOLD).bind(sheet.tenant()).bind(self.0);
        match query.execute(&mut *sheet.conn).await?.rows_affected() {
            0 => Err(ChangeError::NotFound("such hold".into())),
            _ => Ok(()),
        }
    }
}
