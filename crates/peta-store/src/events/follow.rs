//! Follows the record: gives events as they end, each once, in the order they ended.

use peta_audit::Event;
use peta_model::TenantId;
use sqlx::SqlitePool;
use tokio::sync::watch;

use super::read::{EventQuery, PAGE_LIMIT, QueryError, tail};

/// A place in the record that moves on as it is read.
#[derive(Debug)]
pub struct Follow {
    readers: SqlitePool,
    tenant: TenantId,
    filter: EventQuery,
    written: watch::Receiver<i64>,
    /// The number of the last ending that was looked at.
    read: i64,
}

impl Follow {
    /// Starts behind everything that is written now.
    pub(crate) fn new(
        readers: SqlitePool,
        tenant: TenantId,
        filter: EventQuery,
        mut written: watch::Receiver<i64>,
    ) -> Self {
        let read = *written.borrow_and_update();
        Self { readers, tenant, filter, written, read }
    }

    /// Waits until matching events have ended, and gives them. Ends with `Closed` when the store does.
    pub async fn next(&mut self) -> Result<Vec<Event>, QueryError> {
        loop {
            let up_to = *self.written.borrow_and_update();
            if up_to > self.read {
                let found = tail(&self.readers, self.tenant, &self.filter, (self.read, up_to)).await?;
                let full = found.len() == PAGE_LIMIT;
                self.read = found.last().filter(|_| full).map_or(up_to, |(_, ended)| *ended);
                if !found.is_empty() {
                    return Ok(found.into_iter().map(|(event, _)| event).collect());
                }
            }
            self.written.changed().await.map_err(|_| QueryError::Closed)?;
        }
    }
}
