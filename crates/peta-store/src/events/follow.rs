//! Follows the record: gives events as they end, each once, in the order they ended.

use peta_audit::Event;
use tokio::sync::watch;

use super::{
    query::{EventQuery, QueryError},
    reader::Reader,
};

/// A place in the record that moves on as it is read.
#[derive(Debug)]
pub struct Follow {
    reader: Reader,
    filter: EventQuery,
    news: watch::Receiver<bool>,
    /// The number of the last entry that was looked at.
    read: u64,
}

impl Follow {
    /// Starts behind everything that is written now.
    pub(crate) fn new(reader: Reader, filter: EventQuery) -> Self {
        let news = reader.news();
        let read = reader.last();
        Self { reader, filter, news, read }
    }

    /// Waits until matching events have ended, and gives them. Ends with `Closed` when the store does.
    pub async fn next(&mut self) -> Result<Vec<Event>, QueryError> {
        loop {
            let closed = *self.news.borrow_and_update();
            if self.reader.last() > self.read {
                let (found, read) = self.reader.ended(self.read, &self.filter).await?;
                self.read = read;
                if !found.is_empty() {
                    return Ok(found);
                }
            } else if closed {
                return Err(QueryError::Closed);
            } else {
                self.news.changed().await.map_err(|_| QueryError::Closed)?;
            }
        }
    }
}
