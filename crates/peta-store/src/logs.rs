//! The logs of an installation, to be read.

use peta_model::LogName;

use crate::{
    events::{EventPage, EventQuery, Follow, Found, QueryError, Reader, Which},
    store::Store,
    tree::Tree,
};

/// One of them.
#[derive(Clone, Copy)]
pub struct LogHandle<'a> {
    reader: &'a Reader,
    tree: &'a Tree,
}

impl<'a> LogHandle<'a> {
    pub(crate) const fn new(reader: &'a Reader, tree: &'a Tree) -> Self {
        Self { reader, tree }
    }

    /// The tree over it.
    pub const fn tree(&self) -> &'a Tree {
        self.tree
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
            LogName::Default => LogHandle::new(self.reader(), self.tree()),
            LogName::System => LogHandle::new(&self.system().reader, &self.system().tree),
        }
    }
}
