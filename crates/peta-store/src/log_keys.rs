//! The keys that sign checkpoints of the record, and the one that cosigns those of other logs: sealed here, opened by whoever
//! signs.

use peta_model::Moment;
use peta_verify::Verifier;
use sqlx::sqlite::SqliteRow;

use crate::{
    column::{Columns, damaged},
    sheet::ChangeError,
    sql,
    store::Store,
};

/// One key of a log.
#[derive(Clone, PartialEq, Eq)]
pub struct LogKey {
    /// The log's name.
    pub log: String,
    /// What it is sealed as; its version is 1.
    pub object: [u8; 16],
    /// Its public half, as signed-note writes it.
    pub verifier: String,
    pub sealed: Vec<u8>,
    /// It signs trees of these sizes; one that still signs has no last one.
    pub from: u64,
    pub to: Option<u64>,
    pub made: Moment,
    /// Another took its place: until then it signs beside it.
    pub until: Option<Moment>,
}

impl LogKey {
    /// Its line in a file `keys`.
    pub fn line(&self) -> String {
        let to = self.to.map_or_else(|| "-".to_owned(), |to| to.to_string());
        format!("{} {} {to}\n", self.verifier, self.from)
    }

    /// The public half alone: its identifier and its bytes, in hexadecimal.
    pub fn public_hex(&self) -> String {
        let key: Option<Verifier> = self.verifier.parse().ok();
        key.map(|key| format!("{}/{}", key.id(), key.public_hex())).unwrap_or_default()
    }
}

impl Store {
    /// The keys of a log, the oldest first.
    pub async fn log_keys(&self, log: &str) -> Result<Vec<LogKey>, ChangeError> {
        let log = log.to_owned();
        self.in_transaction(move |conn, tenant| {
            Box::pin(async move {
                let rows = sqlx::query(sql::LOG_KEYS).bind(tenant).bind(log).fetch_all(conn).await?;
                Ok(rows.iter().map(log_key).collect::<Result<_, _>>()?)
            })
        })
        .await
    }

    /// Takes in a log's first key.
    pub async fn add_log_key(&self, key: LogKey) -> Result<(), ChangeError> {
        self.in_transaction(move |conn, tenant| {
            Box::pin(async move {
                let from = i64::try_from(key.from).unwrap_or(i64::MAX);
                let query = sqlx::query(sql::ADD_LOG_KEY).bind(tenant).bind(key.log).bind(key.object.to_vec());
                let query = query.bind(key.verifier).bind(key.sealed).bind(from).bind(key.made.micros());
                query.execute(conn).await?;
                Ok(())
            })
        })
        .await
    }

    /// Keys whose time is over have signed trees up to this size, and sign no more.
    pub async fn end_log_keys(&self, log: &str, size: u64, now: Moment) -> Result<(), ChangeError> {
        let log = log.to_owned();
        self.in_transaction(move |conn, tenant| {
            Box::pin(async move {
                let size = i64::try_from(size).unwrap_or(i64::MAX);
                let query = sqlx::query(sql::END_LOG_KEYS).bind(tenant).bind(log).bind(size);
                query.bind(now.micros()).execute(conn).await?;
                Ok(())
            })
        })
        .await
    }
}

fn log_key(row: &SqliteRow) -> Result<LogKey, sqlx::Error> {
    let mut columns = Columns::of(row);
    let log = columns.plain()?;
    let object: Vec<u8> = columns.plain()?;
    let object = object.try_into().map_err(|_| damaged("an identifier has not 16 bytes"))?;
    let (verifier, sealed, from) = (columns.plain()?, columns.plain()?, columns.number()?);
    let to: Option<i64> = columns.plain()?;
    let to = to.map(u64::try_from).transpose().map_err(|_| damaged("a size is negative"))?;
    Ok(LogKey { log, object, verifier, sealed, from, to, made: columns.moment()?, until: columns.maybe_moment()? })
}
