//! Sessions of agents, kept so that they survive a restart. Written in batches by the gateway's own task; read once,
//! when a client comes back with an id that this run of Core has not seen yet.

use peta_model::{AgentId, Moment, ServerId, Slug, TenantId};
use sqlx::{SqliteConnection, sqlite::SqliteRow};

use crate::{
    column::{Columns, damaged},
    sheet::ChangeError,
    sql,
    store::Store,
    transaction::{begin, end},
};

/// The hash of a session's id.
pub type SessionHash = [u8; 32];

/// A session as it is kept. What the agent said of itself is its own text, untouched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptSession {
    pub hash: SessionHash,
    pub agent: AgentId,
    /// The server whose own endpoint it came in by; none for all servers.
    pub server: Option<Slug>,
    /// The revision of MCP, as it is written.
    pub version: String,
    /// The raw `params` of `initialize`.
    pub hello: String,
    pub level: Option<String>,
    pub subscriptions: Vec<(ServerId, String)>,
    /// What each list looked like when the agent was last told of it.
    pub seen: Vec<(String, u64)>,
    pub used: Moment,
}

/// What one batch changes.
#[derive(Debug, Clone, Default)]
pub struct SessionBatch {
    pub save: Vec<KeptSession>,
    pub end: Vec<SessionHash>,
}

impl Store {
    /// Writes a batch, all of it or nothing. What ends in it is ended, whatever else is said of it.
    pub async fn write_sessions(&self, batch: SessionBatch) -> Result<(), ChangeError> {
        let (writer, tenant) = (self.writer(), self.snapshot().tenant);
        // In a task of its own: a transaction is never left in the middle.
        let written = tokio::spawn(async move {
            let mut guard = writer.lock().await;
            let conn = &mut guard.as_mut().ok_or(ChangeError::Closed)?.conn;
            begin(conn).await?;
            let written = write(conn, tenant, batch).await.map_err(ChangeError::from);
            end(conn, written).await
        });
        written.await.unwrap_or(Err(ChangeError::Closed))
    }

    /// The session with this hash, if it was used since then.
    pub async fn session(&self, hash: &SessionHash, since: Moment) -> Result<Option<KeptSession>, ChangeError> {
        let (writer, tenant, hash) = (self.writer(), self.snapshot().tenant, *hash);
        let read = tokio::spawn(async move {
            let mut guard = writer.lock().await;
            let conn = &mut guard.as_mut().ok_or(ChangeError::Closed)?.conn;
            let query = sqlx::query(sql::SESSION).bind(tenant.as_bytes().to_vec());
            let row = query.bind(hash.to_vec()).bind(since.micros()).fetch_optional(conn).await?;
            Ok(row.map(|row| session(&row, hash)).transpose()?)
        });
        read.await.unwrap_or(Err(ChangeError::Closed))
    }

    /// Forgets the sessions that were not used since then, those of revoked agents, and of each agent the oldest above
    /// this number.
    pub async fn forget_sessions(&self, since: Moment, per_agent: usize) -> Result<u64, ChangeError> {
        let (writer, tenant) = (self.writer(), self.snapshot().tenant);
        let per_agent = i64::try_from(per_agent).unwrap_or(i64::MAX);
        let forgotten = tokio::spawn(async move {
            let mut guard = writer.lock().await;
            let conn = &mut guard.as_mut().ok_or(ChangeError::Closed)?.conn;
            let query = sqlx::query(sql::FORGET_SESSIONS).bind(tenant.as_bytes().to_vec());
            let done = query.bind(since.micros()).bind(per_agent).execute(conn).await?;
            Ok(done.rows_affected())
        });
        forgotten.await.unwrap_or(Err(ChangeError::Closed))
    }
}

async fn write(conn: &mut SqliteConnection, tenant: TenantId, batch: SessionBatch) -> Result<(), sqlx::Error> {
    let tenant = tenant.as_bytes().to_vec();
    for session in batch.save {
        let texts = |error: serde_json::Error| sqlx::Error::Encode(error.into());
        sqlx::query(sql::SAVE_SESSION)
            .bind(tenant.clone())
            .bind(session.hash.to_vec())
            .bind(session.agent.as_bytes().to_vec())
            .bind(session.server.as_ref().map(Slug::to_string))
            .bind(session.version)
            .bind(session.hello)
            .bind(session.level)
            .bind(serde_json::to_string(&session.subscriptions).map_err(texts)?)
            .bind(serde_json::to_string(&session.seen).map_err(texts)?)
            .bind(session.used.micros())
            .execute(&mut *conn)
            .await?;
    }
    for hash in batch.end {
        sqlx::query(sql::END_SESSION).bind(tenant.clone()).bind(hash.to_vec()).execute(&mut *conn).await?;
    }
    Ok(())
}

fn session(row: &SqliteRow, hash: SessionHash) -> Result<KeptSession, sqlx::Error> {
    let unreadable = |_| damaged("a session cannot be read");
    let mut columns = Columns::of(row);
    let (agent, server) = (columns.id()?, columns.maybe_word()?);
    let (version, hello, level) = (columns.plain()?, columns.plain()?, columns.plain()?);
    let subscriptions = serde_json::from_str(&columns.plain::<String>()?).map_err(unreadable)?;
    let seen = serde_json::from_str(&columns.plain::<String>()?).map_err(unreadable)?;
    let used = columns.moment()?;
    Ok(KeptSession { hash, agent, server, version, hello, level, subscriptions, seen, used })
}
