//! Transactions on the writing connection, spelled out. sqlx counts the depth of its own ones and loses count when
//! SQLite rolls back by itself (a full disk): it would then refuse to begin until the next start. What is begun here
//! is never cancelled in the middle, because it runs in tasks of the store's own.

use sqlx::{Executor, SqliteConnection};

use crate::sql;

/// Takes the write lock at once: a transaction that turns writer later fails whatever the busy timeout.
pub(crate) async fn begin(conn: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    conn.execute(sql::BEGIN).await.map(drop)
}

/// Commits what went well and takes back what did not.
pub(crate) async fn end<T, E: From<sqlx::Error>>(conn: &mut SqliteConnection, outcome: Result<T, E>) -> Result<T, E> {
    let failed = match outcome {
        Ok(done) => match conn.execute(sql::COMMIT).await {
            Ok(_) => return Ok(done),
            Err(error) => error.into(),
        },
        Err(error) => error,
    };
    // Fails if SQLite has taken it back already.
    conn.execute(sql::ROLLBACK).await.ok();
    Err(failed)
}
