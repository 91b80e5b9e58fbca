//! Where everything a server says arrives, whatever line it came by: answers find the exchange that waits for them,
//! pings are answered here, the rest is heard by whoever holds the instance. Ids nobody asked for are dropped and
//! counted. One inbox belongs to one line: what an old process still says cannot be taken for a new one's.

mod waiting;

use std::{
    collections::{HashSet, VecDeque},
    fmt,
    sync::{Arc, Mutex},
};

use bytes::Bytes;
use peta_mcp::{Kind, Limits, Message, Method, Side, batch, write};
use peta_model::Code;
use tokio::{sync::watch, time::Instant};

use crate::{
    budget::Budget,
    config::Config,
    custody::{Custody, Echoed, Ticket},
    description::Description,
    fault::{Executed, LostWhy, SendError},
    lock::lock,
    mailbox::{Mailbox, Said},
    passing::Passing,
    standing::Standing,
};
use waiting::Waiting;

/// How many messages wait for a line to be open.
const HELD: usize = 1_000;

/// What is heard beside answers.
#[derive(Debug)]
pub(crate) enum Heard {
    /// A request or notification; `about` is the exchange on whose own stream it came.
    Message { about: Option<u64>, message: Message },
    /// The server was initialized anew, silently.
    Reopened(Arc<Description>),
    /// The line cannot be used any more.
    Down(LostWhy),
}

/// What is to be done about a text that came in.
#[derive(Debug)]
pub(crate) enum Taken {
    Nothing,
    /// Answers to pings, to be sent back.
    Reply(Vec<Bytes>),
    /// It was no message.
    Garbage,
}

pub(crate) struct Inbox {
    limits: Limits,
    waiting: Waiting,
    /// Requests that were answered by the beginning of a task: their progress goes on.
    outlived: Mutex<HashSet<u64>>,
    /// Until the line is open, what is heard is held back.
    held: Mutex<Option<VecDeque<Heard>>>,
    garbage: Mutex<Budget>,
    standing: Arc<Standing>,
    custody: Arc<dyn Custody>,
    heard: Box<dyn Fn(Heard) + Send + Sync>,
}

impl Inbox {
    pub(crate) fn new(
        config: &Config,
        standing: Arc<Standing>,
        custody: Arc<dyn Custody>,
        heard: Box<dyn Fn(Heard) + Send + Sync>,
    ) -> Self {
        Self {
            limits: config.limits,
            waiting: Waiting::new(),
            outlived: Mutex::default(),
            held: Mutex::new(Some(VecDeque::new())),
            garbage: Mutex::new(Budget::new(config.bounds.garbage, config.bounds.garbage_within)),
            standing,
            custody,
            heard,
        }
    }

    /// A box for the answer to `id`.
    pub(crate) fn expect(&self, id: u64) -> Result<Arc<Mailbox>, SendError> {
        self.expect_with(id, None)
    }

    /// The same for a request that carries something of its own.
    pub(crate) fn expect_with(&self, id: u64, ticket: Option<Arc<dyn Ticket>>) -> Result<Arc<Mailbox>, SendError> {
        self.waiting.expect(id, ticket)
    }

    /// An answer to `id` is no longer waited for.
    pub(crate) fn forget(&self, id: u64) {
        self.waiting.remove(id);
    }

    pub(crate) fn keep_progress(&self, id: u64) {
        lock(&self.outlived).insert(id);
    }

    pub(crate) fn forget_progress(&self, id: u64) {
        lock(&self.outlived).remove(&id);
    }

    /// Whether the answer to `id` is still waited for.
    pub(crate) fn waits_for(&self, id: u64) -> bool {
        self.waiting.find(id).is_some_and(|mailbox| !mailbox.is_ended())
    }

    /// Whether who waits for the answer to `id` can take it as it comes.
    pub(crate) fn passes(&self, id: u64) -> bool {
        self.waiting.find(id).is_some_and(|mailbox| mailbox.passes())
    }

    /// The answer to `id` is there, and goes on: its exchange runs until it is forgotten.
    pub(crate) fn pass(&self, id: u64, answer: Passing) {
        if let Some(mailbox) = self.waiting.find(id) {
            mailbox.end(Said::Passing(Box::new(answer)));
        }
    }

    /// Reads one text of the server: a message, or a batch of them (2025-03-26). Secrets are taken out first: nothing
    /// behind this sees them.
    pub(crate) fn take(&self, about: Option<u64>, text: Bytes) -> Taken {
        let text = match self.custody.filter().map(|filter| filter.message(&text)) {
            None | Some(Ok(None)) => text,
            Some(Ok(Some(clean))) => {
                self.standing.let_go();
                clean
            }
            Some(Err(Echoed::NotJson)) => return Taken::Garbage,
            Some(Err(Echoed::Uncut)) => {
                self.standing.let_go();
                self.echoed(text);
                return Taken::Nothing;
            }
        };
        let texts = if text.trim_ascii_start().starts_with(b"[") {
            batch(&text, &self.limits).unwrap_or_default()
        } else {
            vec![text]
        };
        let mut taken = if texts.is_empty() { Taken::Garbage } else { Taken::Nothing };
        for text in texts {
            taken = taken.and(self.take_one(about, text));
        }
        taken
    }

    /// A secret stood where it cannot be cut: the text is not heard, and if it was an answer, its exchange ends so.
    fn echoed(&self, text: Bytes) {
        let answer = Message::parse(text, Side::Server, &self.limits).ok();
        let id =
            answer.as_ref().filter(|answer| answer.kind() == Kind::Response).and_then(|answer| answer.id()?.as_u64());
        let text = Echoed::Uncut.to_string();
        if let Some(id) = id {
            self.end(id, Said::Lost(LostWhy::new(Code::SECRET_ECHOED, Executed::Maybe, text)));
        }
    }

    /// Whether a text that was no message is one too many.
    pub(crate) fn garbage_is_too_much(&self) -> bool {
        lock(&self.garbage).spend(Instant::now())
    }

    /// A text was dropped unread because it was too large. If one exchange alone waits, it was its answer.
    pub(crate) fn too_large(&self, about: Option<u64>) {
        let id = about.or_else(|| self.waiting.alone());
        let why = LostWhy::new(Code::SERVER_GARBAGE, Executed::Maybe, "the server's answer was larger than allowed");
        if let Some(id) = id {
            self.end(id, Said::Lost(why));
        }
    }

    /// One exchange ends without its answer.
    pub(crate) fn end(&self, id: u64, said: Said) {
        if let Some(mailbox) = self.waiting.remove(id) {
            mailbox.end(said);
        }
    }

    /// Nothing comes any more: whoever holds the instance is told, then all that wait. Only the first time counts.
    pub(crate) fn lost(&self, why: LostWhy) {
        let Some(boxes) = self.waiting.end(&why) else { return };
        // The holder first: who hears that its exchange is lost may ask again at once, and is to get a new line then.
        self.hear(Heard::Down(why.clone()));
        for mailbox in boxes {
            mailbox.end(Said::Lost(why.clone()));
            mailbox.abandon();
        }
    }

    /// Lets out what was held back, in order; from now on all is heard at once.
    pub(crate) fn open(&self) {
        loop {
            let next = {
                let mut held = lock(&self.held);
                match held.as_mut().and_then(VecDeque::pop_front) {
                    Some(next) => next,
                    None => {
                        *held = None;
                        return;
                    }
                }
            };
            (self.heard)(next);
        }
    }

    pub(crate) fn hear(&self, heard: Heard) {
        {
            let mut held = lock(&self.held);
            if let Some(held) = held.as_mut() {
                if held.len() < HELD || matches!(heard, Heard::Down(_)) {
                    held.push_back(heard);
                }
                return;
            }
        }
        (self.heard)(heard);
    }

    /// How many exchanges wait, as it changes.
    pub(crate) fn running(&self) -> watch::Receiver<usize> {
        self.waiting.running()
    }

    /// Since when no exchange began or ended, if none runs.
    pub(crate) fn idle_since(&self) -> Option<Instant> {
        self.waiting.idle_since()
    }

    /// Why nothing comes any more, if so.
    pub(crate) fn ended(&self) -> Option<LostWhy> {
        self.waiting.ended()
    }

    fn take_one(&self, about: Option<u64>, text: Bytes) -> Taken {
        let Ok(message) = Message::parse(text, Side::Server, &self.limits) else { return Taken::Garbage };
        match message.kind() {
            Kind::Response => self.answer(message),
            Kind::Request if message.method().is_some_and(|method| method.as_str() == Method::PING) => {
                let id = message.id().map_or("null", |id| id.raw());
                return Taken::Reply(vec![write::result(id, "{}")]);
            }
            Kind::Request => self.hear(Heard::Message { about, message }),
            Kind::Notification => self.notification(about, message),
        }
        Taken::Nothing
    }

    fn answer(&self, message: Message) {
        // A string that looks like the number is another id: it is dropped like any that nobody asked for.
        let mailbox = message.id().and_then(|id| id.as_u64()).and_then(|id| self.waiting.remove(id));
        match mailbox {
            Some(mailbox) => mailbox.end(Said::Answer(message)),
            None => self.drop_one(),
        }
    }

    fn notification(&self, about: Option<u64>, message: Message) {
        if message.method().is_some_and(|method| method.as_str() == Method::PROGRESS) {
            let token = message.params().and_then(|params| params.get("progressToken"));
            let token = token.and_then(|token| token.as_u64());
            match token.and_then(|id| self.waiting.find(id)) {
                Some(mailbox) => mailbox.related(message),
                None if token.is_some_and(|id| lock(&self.outlived).contains(&id)) => {
                    self.hear(Heard::Message { about, message });
                }
                None => self.drop_one(),
            }
            return;
        }
        match about.and_then(|id| self.waiting.find(id)) {
            Some(mailbox) => mailbox.related(message),
            None => self.hear(Heard::Message { about, message }),
        }
    }

    fn drop_one(&self) {
        let count = self.standing.note_dropped();
        tracing::debug!(count, "dropped what a server said that nobody asked for");
    }
}

impl Taken {
    fn and(self, next: Self) -> Self {
        match (self, next) {
            (Self::Garbage, _) | (_, Self::Garbage) => Self::Garbage,
            (Self::Nothing, other) | (other, Self::Nothing) => other,
            (Self::Reply(mut replies), Self::Reply(more)) => {
                replies.extend(more);
                Self::Reply(replies)
            }
        }
    }
}

impl fmt::Debug for Inbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inbox").field("waiting", &self.waiting).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
