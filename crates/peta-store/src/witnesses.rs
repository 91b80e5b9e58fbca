//! Who keeps checkpoints beside us. A file that somebody else looks after is read at each start; of every witness the newest
//! checkpoint that it has stands in the database, too.

use peta_audit::Intent;

use crate::{
    change::{AddWitness, NewWitness, RemoveWitness},
    sheet::ChangeError,
    sql,
    store::Store,
    tree::Apart,
    witnessed::{Witness, WitnessTrouble, Witnessed, all},
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

    /// Notes what a witness has now, if it is still there.
    pub async fn note_witnessed(&self, witness: &Witness, seen: Witnessed) -> Result<(), ChangeError> {
        let (name, added) = (witness.name.clone(), witness.added);
        self.in_transaction(move |conn, tenant| {
            Box::pin(async move {
                let size = i64::try_from(seen.size).unwrap_or(i64::MAX);
                let query = sqlx::query(sql::NOTE_WITNESSED).bind(tenant).bind(name).bind(added.micros());
                let query = query.bind(seen.log).bind(size).bind(seen.note).bind(seen.at.micros());
                query.execute(conn).await?;
                Ok(())
            })
        })
        .await
    }

    /// Notes why a witness has not the newest checkpoint.
    pub async fn note_witness_trouble(&self, witness: &Witness, trouble: WitnessTrouble) -> Result<(), ChangeError> {
        let (name, added) = (witness.name.clone(), witness.added);
        self.in_transaction(move |conn, tenant| {
            Box::pin(async move {
                let query = sqlx::query(sql::NOTE_WITNESS_TROUBLE).bind(tenant).bind(name).bind(added.micros());
                let query = query.bind(trouble.code).bind(trouble.why).bind(trouble.since.micros());
                query.execute(conn).await?;
                Ok(())
            })
        })
        .await
    }

    /// Notes that a witness has what this record has not, so that the next start finds it.
    pub async fn note_witness_apart(
        &self,
        witness: &Witness,
        trouble: WitnessTrouble,
        apart: Apart,
    ) -> Result<(), ChangeError> {
        let (name, added) = (witness.name.clone(), witness.added);
        self.in_transaction(move |conn, tenant| {
            Box::pin(async move {
                let size = i64::try_from(apart.size).unwrap_or(i64::MAX);
                let query = sqlx::query(sql::NOTE_WITNESS_APART).bind(tenant).bind(name).bind(added.micros());
                let query = query.bind(trouble.code).bind(trouble.why).bind(trouble.since.micros());
                query.bind(apart.log).bind(size).bind(apart.root).execute(conn).await?;
                Ok(())
            })
        })
        .await
    }
}
