//! One request to a server and what comes back of it. Dropping it forgets it: a late answer is swallowed.

use std::{fmt, sync::Arc};

use bytes::Bytes;
use peta_model::Code;

use crate::{
    custody::Ticket,
    fault::{Executed, LostWhy, SendError},
    line::Line,
    mailbox::{Mailbox, Said},
    state::State,
};

pub struct Exchange {
    id: u64,
    state: Arc<State>,
    sent: Option<(Arc<Line>, Arc<Mailbox>)>,
    outlived: bool,
    ticket: Option<Arc<dyn Ticket>>,
}

impl Exchange {
    pub(crate) fn new(id: u64, state: Arc<State>) -> Self {
        Self { id, state, sent: None, outlived: false, ticket: None }
    }

    /// The id of the request on this hop, and the progress token to give with it.
    pub fn id(&self) -> u64 {
        self.id
    }

    /// Its progress may go on after its answer, which is only the beginning of a task: until
    /// [`Instance::forget_progress`](crate::Instance::forget_progress) it is heard like what the server says of itself.
    pub fn outlive(&mut self) {
        self.outlived = true;
    }

    /// What the request carries; without it, it carries what the line's own requests do.
    pub fn carries(&mut self, ticket: Arc<dyn Ticket>) {
        self.ticket = Some(ticket);
    }

    /// Sends the request; once. An error means that the server did not get it.
    pub async fn send(&mut self, message: Bytes) -> Result<(), SendError> {
        let line = self.state.line(true)?;
        if self.outlived {
            line.keep_progress(self.id);
        }
        let mailbox = line.send(self.id, message, self.ticket.take()).await?;
        self.sent = Some((line, mailbox));
        Ok(())
    }

    /// From here on a large answer may come as [`Said::Passing`]; what carries it stays busy until this exchange is dropped.
    pub fn may_pass(&self) {
        if let Some((_, mailbox)) = &self.sent {
            mailbox.may_pass();
        }
    }

    /// Resolves when the line is lost, or its server withdrawn, while an answer is passing.
    pub async fn lost(&self) -> LostWhy {
        match &self.sent {
            Some((_, mailbox)) => mailbox.lost().await,
            None => std::future::pending().await,
        }
    }

    /// What comes next; a request over HTTP goes on while somebody waits here. After an answer or a loss nothing comes.
    pub async fn next(&mut self) -> Said {
        match &self.sent {
            Some((_, mailbox)) => mailbox.next().await,
            None => Said::Lost(LostWhy::new(Code::SERVER_LOST, Executed::No, "the request was not sent")),
        }
    }
}

impl fmt::Debug for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exchange").field("id", &self.id).finish_non_exhaustive()
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        if let Some((line, mailbox)) = self.sent.take() {
            line.forget(self.id);
            mailbox.abandon();
        }
    }
}
