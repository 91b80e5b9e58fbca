//! Who keeps checkpoints beside us: added and removed by administrators.

use crate::{
    sheet::{Change, ChangeError, Sheet},
    sql,
};

/// A witness to be.
#[derive(Debug, Clone)]
pub struct NewWitness {
    pub name: String,
    pub place: String,
    /// Of one by URL: the key that it cosigns by.
    pub verifier: Option<String>,
    /// Of one by URL: PEM of the certificate authorities that are trusted for it, in the place of all others.
    pub ca: Option<String>,
}

pub(crate) struct AddWitness(pub(crate) NewWitness);

pub(crate) struct RemoveWitness(pub(crate) String);

impl Change for AddWitness {
    const WHAT: &'static str = "witnesses";
    type Done = ();

    async fn write(self, sheet: &mut Sheet<'_>) -> Result<(), ChangeError> {
        let Self(NewWitness { name, place, verifier, ca }) = self;
        let query = sqlx::query(sql::ADD_WITNESS).bind(sheet.tenant()).bind(name.clone()).bind(place).bind(verifier);
        match query.bind(sheet.at.micros()).bind(ca).execute(&mut *sheet.conn).await {
            Err(sqlx::Error::Database(error)) if error.is_unique_violation() => {
                Err(ChangeError::NameTaken(format!("a witness named `{name}`")))
            }
            done => Ok(done.map(drop)?),
        }
    }
}

impl Change for RemoveWitness {
    const WHAT: &'static str = "witnesses";
    type Done = ();

    async fn write(self, sheet: &mut Sheet<'_>) -> Result<(), ChangeError> {
        let query = sqlx::query(sql::REMOVE_WITNESS).bind(sheet.tenant()).bind(self.0);
        match query.execute(&mut *sheet.conn).await?.rows_affected() {
            0 => Err(ChangeError::NotFound("such witness".into())),
            _ => Ok(()),
        }
    }
}
