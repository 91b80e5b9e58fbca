//! Who keeps checkpoints beside us. A file that somebody else looks after is read at each start; of every witness the newest
//! checkpoint that it has stands in the database, too.

use peta_audit::Intent;

use crate::{
    change::{AddWitness, NewWitness, RemoveWitness},
    sheet::ChangeError,
    sql,
    store::Store,
    witnessed::{Witness, Witnessed, all},
};

impl Store {
    pub async fn add_witness(&self, act: Intent, witness: NewWitness) -> Result<(), ChangeError> {
        self.act(act, AddWitness(witness)).await
    }

    pub async fn remove_witness(&self, act: Intent, name: String) -> Result<(), ChangeError> {
        self.act(act, RemoveWitness(name)).await
    }

    /// In order of name.
    pub async fn witnesses(&self) -> Result<Vec<Witness>, ChangeError> {
        self.in_transaction(|conn, tenant| Box::pin(async move { Ok(all(conn, tenant).await?) })).await
    }

    /// Notes what a witness has now.
    pub async fn note_witnessed(&self, name: &str, seen: Witnessed) -> Result<(), ChangeError> {
        let name = name.to_owned();
        self.in_transaction(move |conn, tenant| {
            Box::pin(async move {
                let size = i64::try_from(seen.size).unwrap_or(i64::MAX);
                let query = sqlx::query(sql::NOTE_WITNESSED).bind(tenant).bind(name).bind(seen.log).bind(size);
                query.bind(seen.note).bind(seen.at.micros()).execute(conn).await?;
                Ok(())
            })
        })
        .await
    }
}
