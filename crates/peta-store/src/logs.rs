//! The logs of an installation, to be read.

use peta_model::{LogName, Moment};

use crate::{
    events::{EventPage, EventQuery, Follow, Found, QueryError, Reader, Which},
    expiry::Expiry,
    store::Store,
    tree::Tree,
};

/// One of them.
#[derive(Clone, Copy)]
pub struct LogHandle<'a> {
    reader: &'a Reader,
    tree: &'a Tree,
    /// Of a log that is not kept whole.
    expiry: Option<&'a Expiry>,
}

impl<'a> LogHandle<'a> {
    /// The tree over it.
    pub const fn tree(&self) -> &'a Tree {
        self.tree
    }

    /// The number of its last entry that has expired and is gone; 0 if none is.
    pub fn gone(&self) -> u64 {
        self.reader.gone()
    }

    /// When the entry of this number expired; none if it is there.
    pub fn expired(&self, number: u64) -> Option<Moment> {
        self.expiry.and_then(|expiry| expiry.expired(number))
    }

    pub async fn events(&self, query: &EventQuery) -> Result<EventPage, QueryError> {
        self.reader.page(query).await
    }

    /// The same with the openings of their private parts, newest last, and where to go on in the same direction.
    pub async fn openings(&self, query: &EventQuery) -> Result<(Vec<Found>, Option<u64>), QueryError> {
        self.reader.found(query).await
    }

    /// One event; none if there is no such one.
    pub async fn event(&self, which: Which) -> Result<Option<Found>, QueryError> {
        self.reader.find(which).await
    }

    /// Follows events as they end, from now on. `part` and `limit` of the filter mean nothing here.
    pub fn follow(&self, filter: EventQuery) -> Follow {
        Follow::new(self.reader.clone(), filter)
    }
}

impl Store {
    pub fn log(&self, name: LogName) -> LogHandle<'_> {
        match name {
            LogName::Default => LogHandle { reader: self.reader(), tree: self.tree(), expiry: Some(self.expiry()) },
            LogName::System => LogHandle { reader: &self.system().reader, tree: &self.system().tree, expiry: None },
        }
    }
}
