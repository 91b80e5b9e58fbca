//! What is done with it.

use peta_audit::Intent;
use peta_model::{Moment, SinkId};

use super::rows::{ArchiveEntry, ArchivedFile, NewArchive, all, read};
use crate::{
    change::{RemoveArchive, SetArchive},
    sheet::ChangeError,
    sink::secret_key,
    sql,
    store::Store,
    things::ThingSort,
};

impl Store {
    /// Where full files are put; none if nowhere.
    pub async fn archive(&self) -> Result<Option<ArchiveEntry>, ChangeError> {
        self.in_transaction(|conn, tenant| Box::pin(async move { Ok(read(conn, tenant).await?) })).await
    }

    pub async fn set_archive(&self, act: Intent, new: NewArchive) -> Result<(), ChangeError> {
        self.act(act, SetArchive(new)).await?;
        self.wake();
        Ok(())
    }

    /// What was put there can still be opened if it is put where another archive is.
    pub async fn remove_archive(&self, act: Intent) -> Result<(), ChangeError> {
        self.act(act, RemoveArchive).await?;
        self.wake();
        Ok(())
    }

    /// What was put into this archive and earlier ones, by number.
    pub async fn archived(&self) -> Result<Vec<ArchivedFile>, ChangeError> {
        self.in_transaction(|conn, tenant| Box::pin(async move { Ok(all(conn, tenant).await?) })).await
    }

    /// Notes that a file is there, with the key that it is sealed under, itself sealed.
    pub async fn note_archived(&self, file: ArchivedFile, sealed: Vec<u8>) -> Result<(), ChangeError> {
        self.in_transaction(move |conn, tenant| {
            Box::pin(async move {
                let query = sqlx::query(sql::KEEP_THING).bind(tenant.clone()).bind(ThingSort::Archive.word());
                let query = query.bind(key_of(file.key).to_vec()).bind(file.key.to_vec()).bind(None::<Vec<u8>>);
                query.bind(sealed).bind(None::<i64>).execute(&mut *conn).await?;
                let number = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
                let query = sqlx::query(sql::ADD_ARCHIVED).bind(tenant).bind(file.name);
                let query = query.bind(file.archive.as_bytes().to_vec()).bind(file.key.to_vec()).bind(file.log);
                let query = query.bind(number(file.first)).bind(number(file.last));
                let query = query.bind(file.since.map(Moment::micros)).bind(file.until.map(Moment::micros));
                query.bind(number(file.bytes)).bind(file.digest).bind(file.at.micros()).execute(conn).await?;
                Ok(())
            })
        })
        .await
    }

    /// The key of an archived file, sealed.
    pub async fn archive_key(&self, key: [u8; 16]) -> Result<Option<Vec<u8>>, ChangeError> {
        Ok(self.thing(ThingSort::Archive, key_of(key)).await?.map(|thing| thing.sealed))
    }
}

/// Where the key of a file stands among sealed things.
fn key_of(key: [u8; 16]) -> [u8; 32] {
    secret_key(SinkId::from_bytes(key))
}
