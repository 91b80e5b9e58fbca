//! One open line to a server, from its handshake to its end: the link, and the inbox of what comes over it.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use bytes::Bytes;
use peta_mcp::{Message, write};
use peta_model::{Code, ServerId, ServerSpec};
use tokio::{sync::watch, time::Instant};

use crate::{
    carrier::{self, Carrier},
    custody::Ticket,
    description::Description,
    fault::{Executed, LostWhy, OpenError, SendError},
    greeting::Greeting,
    ground::Ground,
    inbox::{Heard, Inbox},
    key::Holder,
    link::Link,
    lock::lock,
    mailbox::Mailbox,
    standing::{Counted, Standing},
    wiring::Wiring,
};

#[derive(Debug)]
pub(crate) struct Line {
    link: Link,
    inbox: Arc<Inbox>,
    greeting: Arc<Greeting>,
    page: Duration,
    counted: Mutex<Option<Counted>>,
}

/// What a line is opened for.
pub(crate) struct Opening<'a> {
    pub(crate) ground: &'a Arc<Ground>,
    pub(crate) standing: &'a Arc<Standing>,
    pub(crate) greeting: &'a Arc<Greeting>,
    pub(crate) spec: &'a ServerSpec,
    pub(crate) server: ServerId,
    /// Who holds the instance.
    pub(crate) holder: Option<&'a Holder>,
}

impl Line {
    /// Opens a line within the time that openings have. What is heard is held back until [`Line::listen`].
    pub(crate) async fn open(
        opening: Opening<'_>,
        heard: Box<dyn Fn(Heard) + Send + Sync>,
    ) -> Result<(Arc<Self>, Arc<Description>), OpenError> {
        let Opening { ground, standing, greeting, spec, server, holder } = opening;
        let _starting = standing.count_starting();
        let custody = ground.custodian.of(server, holder);
        let inbox = Arc::new(Inbox::new(&ground.config, Arc::clone(standing), Arc::clone(&custody), heard));
        let wiring = Wiring {
            ground: Arc::clone(ground),
            standing: Arc::clone(standing),
            inbox: Arc::clone(&inbox),
            greeting: Arc::clone(greeting),
            custody,
        };
        let caller = holder.and_then(Holder::caller);
        let slow = || OpenError::new(Code::SERVER_UNREACHABLE, "the server did not finish its handshake in time");
        let opened = tokio::time::timeout(ground.config.times.open, Link::open(spec, caller, &wiring)).await;
        let (link, description) = opened.unwrap_or_else(|_| Err(slow())).map_err(never_there)?;
        let line = Self {
            link,
            inbox,
            greeting: Arc::clone(greeting),
            page: ground.config.times.page,
            counted: Mutex::new(Some(standing.count_open())),
        };
        Ok((Arc::new(line), description))
    }

    /// From now on, what the server says is heard.
    pub(crate) fn listen(&self) {
        self.inbox.open();
    }

    /// Says again what the server was told before the line was lost.
    pub(crate) async fn replay(&self, to: &Description) {
        carrier::replay(&self.link, &self.inbox, &self.greeting, to, self.page).await;
    }

    /// Sends a request; its answer comes to the mailbox.
    pub(crate) async fn send(
        &self,
        id: u64,
        message: Bytes,
        ticket: Option<Arc<dyn Ticket>>,
    ) -> Result<Arc<Mailbox>, SendError> {
        let mailbox = self.inbox.expect_with(id, ticket)?;
        // Whoever gives up while this waits must not leave the box behind.
        let unsent = Unsent { line: self, id, sent: false };
        self.link.send(id, &mailbox, message).await?;
        unsent.keep();
        Ok(mailbox)
    }

    pub(crate) async fn tell(&self, message: Bytes) -> Result<(), SendError> {
        if let Some(why) = self.inbox.ended() {
            return Err(SendError::new(why.code, why.text));
        }
        self.link.tell(message).await
    }

    /// A request of the runtime's own.
    pub(crate) async fn ask(&self, method: &str, params: Option<&str>) -> Result<Message, LostWhy> {
        let id = self.greeting.id();
        let message = write::request(id, method, params);
        carrier::ask(&self.link, &self.inbox, (id, message), self.page).await
    }

    pub(crate) fn forget(&self, id: u64) {
        self.inbox.forget(id);
    }

    /// Progress of this request is heard after its answer, too.
    pub(crate) fn keep_progress(&self, id: u64) {
        self.inbox.keep_progress(id);
    }

    pub(crate) fn forget_progress(&self, id: u64) {
        self.inbox.forget_progress(id);
    }

    /// Ends the line; exchanges that still run are told why.
    pub(crate) async fn close(&self, why: LostWhy) {
        self.inbox.lost(why);
        self.link.close().await;
        // Exchanges that ended may hold the line a little longer; it counts no more.
        lock(&self.counted).take();
    }

    /// How many exchanges run, as it changes.
    pub(crate) fn running(&self) -> watch::Receiver<usize> {
        self.inbox.running()
    }

    /// Since when no exchange began or ended, if none runs.
    pub(crate) fn idle_since(&self) -> Option<Instant> {
        self.inbox.idle_since()
    }

    pub(crate) fn is_child(&self) -> bool {
        matches!(self.link, Link::Stdio(_))
    }
}

struct Unsent<'a> {
    line: &'a Line,
    id: u64,
    sent: bool,
}

impl Unsent<'_> {
    fn keep(mut self) {
        self.sent = true;
    }
}

impl Drop for Unsent<'_> {
    fn drop(&mut self) {
        if !self.sent {
            self.line.forget(self.id);
        }
    }
}

/// What was lost before it was open was never there.
fn never_there(error: OpenError) -> OpenError {
    let code = if error.code == Code::SERVER_LOST { Code::SERVER_UNREACHABLE } else { error.code };
    OpenError { code, ..error }
}

/// Why exchanges end when nobody needs the line any more.
pub(crate) fn no_longer_needed() -> LostWhy {
    LostWhy::new(Code::CALL_CANCELLED, Executed::Maybe, "the session that the call belonged to has ended")
}
