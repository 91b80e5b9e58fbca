//! Work on the open transaction, in a task of its own: it is never left in the middle.

use std::{pin::Pin, sync::Arc};

use peta_model::TenantId;
use sqlx::SqliteConnection;
use tokio::sync::Mutex;

use crate::{
    sheet::ChangeError,
    sql,
    transaction::{begin, end},
    writer::Writer,
};

/// Work on the open transaction.
pub(crate) type Work<'c, T> = Pin<Box<dyn Future<Output = Result<T, ChangeError>> + Send + 'c>>;

/// Brings what was committed to the disk, also where a commit does not wait for it.
pub(crate) async fn bring_to_disk(writer: Arc<Mutex<Option<Writer>>>) -> Result<(), ChangeError> {
    let done = tokio::spawn(async move {
        let mut guard = writer.lock().await;
        let conn = &mut guard.as_mut().ok_or(ChangeError::Closed)?.conn;
        // The first number says whether somebody else was in the way.
        let busy: i64 = sqlx::query_scalar(sql::CHECKPOINT).fetch_one(conn).await?;
        if busy == 0 { Ok(()) } else { Err(ChangeError::Conflict("the database is busy".to_owned())) }
    });
    done.await.unwrap_or(Err(ChangeError::Closed))
}

/// Does it, and commits what went well.
pub(crate) async fn in_transaction<T, F>(
    writer: Arc<Mutex<Option<Writer>>>,
    tenant: TenantId,
    work: F,
) -> Result<T, ChangeError>
where
    T: Send + 'static,
    F: for<'c> FnOnce(&'c mut SqliteConnection, Vec<u8>) -> Work<'c, T> + Send + 'static,
{
    let worked = tokio::spawn(async move {
        let mut guard = writer.lock().await;
        let conn = &mut guard.as_mut().ok_or(ChangeError::Closed)?.conn;
        begin(conn).await?;
        let worked = work(conn, tenant.as_bytes().to_vec()).await;
        end(conn, worked).await
    });
    worked.await.unwrap_or(Err(ChangeError::Closed))
}
