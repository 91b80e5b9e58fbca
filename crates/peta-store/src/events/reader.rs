//! The reading end of the record: few at a time, each on a thread that may wait for the disk.

use std::{io, sync::Arc};

use tokio::sync::{Semaphore, watch};

use super::{
    page::{Found, ended, page},
    query::{EventPage, EventQuery, QueryError},
    scan::Scan,
};
use crate::{damage::report, record::Log};

/// A handle to read with. Cheap to copy.
#[derive(Debug, Clone)]
pub(crate) struct Reader {
    log: Arc<Log>,
    turns: Arc<Semaphore>,
}

/// So many may read at the same time; a reader that looks through all of a large record keeps a processor busy.
const READERS: usize = 3;

impl Reader {
    pub(crate) fn new(log: Arc<Log>) -> Self {
        Self { log, turns: Arc::new(Semaphore::new(READERS)) }
    }

    pub(crate) async fn page(&self, query: &EventQuery) -> Result<EventPage, QueryError> {
        let query = query.clone();
        self.read(move |scan, next| page(scan, next, &query)).await
    }

    /// Events that ended behind the number, and the number up to which was looked.
    pub(crate) async fn ended(&self, above: u64, query: &EventQuery) -> Result<(Found, u64), QueryError> {
        let query = query.clone();
        self.read(move |scan, next| ended(scan, above, next.saturating_sub(1), &query)).await
    }

    /// The number of the last entry.
    pub(crate) fn last(&self) -> u64 {
        self.log.next().saturating_sub(1)
    }

    pub(crate) fn news(&self) -> watch::Receiver<bool> {
        self.log.news()
    }

    /// Nothing is read after this.
    pub(crate) fn close(&self) {
        self.turns.close();
    }

    async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&mut Scan<'_>, u64) -> io::Result<T> + Send + 'static,
    ) -> Result<T, QueryError> {
        let turn = Arc::clone(&self.turns).acquire_owned().await.map_err(|_| QueryError::Closed)?;
        let log = Arc::clone(&self.log);
        let task = tokio::task::spawn_blocking(move || {
            let view = log.view();
            let mut scan = Scan::new(&view);
            let done = read(&mut scan, view.next);
            report(&log, scan.damage);
            drop(turn);
            done
        });
        task.await.map_err(|_| QueryError::Closed)?.map_err(QueryError::Failed)
    }
}
