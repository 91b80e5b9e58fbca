//! The body of an answer. Read to its end, it gives its connection back; dropped before, it closes it.

use std::{
    fmt,
    pin::Pin,
    sync::{Arc, Weak},
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;

use super::{connection::Connection, pool::Pool};

/// The body of an answer.
pub struct Answer {
    body: Incoming,
    connection: Option<Connection>,
    pool: Weak<Pool>,
    era: u64,
}

/// An answer whose connection nobody keeps.
impl From<Incoming> for Answer {
    fn from(body: Incoming) -> Self {
        Self { body, connection: None, pool: Weak::new(), era: 0 }
    }
}

impl Answer {
    pub(super) fn new(body: Incoming, connection: Connection, (pool, era): (&Arc<Pool>, u64)) -> Self {
        Self { body, connection: Some(connection), pool: Arc::downgrade(pool), era }
    }

    /// One whose connection serves nothing more.
    pub(super) fn last(body: Incoming, connection: Connection) -> Self {
        Self { body, connection: Some(connection), pool: Weak::new(), era: 0 }
    }

    /// Lets go of its connection and of all others of its way, as [`Http::let_go`](super::Http::let_go) does.
    pub fn let_go(&mut self) {
        if let Some(pool) = self.pool.upgrade() {
            pool.let_go();
        }
    }

    fn over(&mut self) {
        if let (Some(connection), Some(pool)) = (self.connection.take(), self.pool.upgrade()) {
            pool.keep(connection, self.era);
        }
    }
}

impl Body for Answer {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        match &frame {
            Some(Err(_)) => self.connection = None,
            None => self.over(),
            Some(Ok(_)) if self.body.is_end_stream() => self.over(),
            Some(Ok(_)) => {}
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        if self.body.is_end_stream() {
            self.over();
        }
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer").field("body", &self.body).finish_non_exhaustive()
    }
}
