//! Follows the record: gives events as they end, each once, in the order they ended.

use peta_audit::Event;
use tokio::sync::watch;

use super::{
    query::{EventQuery, QueryError},
    reader::Reader,
};

/// An event, and the number of the entry that ended it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    pub number: u64,
    pub event: Event,
}

/// A place in the record that moves on as it is read.
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
        let read = reader.last();
        Self::behind(reader, read, filter)
    }

    /// Starts behind the entry of this number.
    pub(crate) fn behind(reader: Reader, read: u64, filter: EventQuery) -> Self {
        let news = reader.news();
        Self { reader, filter, news, read }
    }

    /// The number of the last entry that was looked at: a handle that starts behind it goes on where this one is.
    pub const fn position(&self) -> u64 {
        self.read
    }

    /// Waits until something has ended, looks at some of it, and gives what matches, which may be nothing.
    pub async fn look(&mut self) -> Result<Vec<Ended>, QueryError> {
        loop {
            let closed = *self.news.borrow_and_update();
            if self.reader.last() > self.read {
                let (found, read) = self.reader.ended(self.read, &self.filter).await?;
                self.read = read;
                return Ok(found.into_iter().map(|(number, event)| Ended { number, event }).collect());
            }
            if closed {
                return Err(QueryError::Closed);
            }
            self.news.changed().await.map_err(|_| QueryError::Closed)?;
        }
    }

    /// Waits until matching events have ended, and gives them. Ends with `Closed` when the store does.
    pub async fn next(&mut self) -> Result<Vec<Event>, QueryError> {
        loop {
            let found = self.look().await?;
            if !found.is_empty() {
                return Ok(found.into_iter().map(|ended| ended.event).collect());
            }
        }
    }
}
