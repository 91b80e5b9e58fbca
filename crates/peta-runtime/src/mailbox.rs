//! Where the answer to one request arrives, and what belongs to it on the way: progress, and what came on its own
//! stream. One reader; bounded, so that a server cannot fill memory with progress nobody reads.

use std::{
    collections::VecDeque,
    fmt,
    future::poll_fn,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard},
    task::{Context, Poll, Waker},
};

use peta_mcp::Message;
use peta_model::Code;
use tokio::runtime::Handle;

use crate::{
    custody::Ticket,
    fault::{Executed, LostWhy},
    lock::lock,
    passing::Passing,
};

/// How many messages, and how many bytes of them, wait beside an answer; the oldest go first.
const RELATED: usize = 256;
const RELATED_BYTES: usize = 4 << 20;

/// What an exchange hears.
#[derive(Debug)]
pub enum Said {
    /// Progress of this request, or a notification that came on its own stream.
    Related(Message),
    /// The answer; nothing follows.
    Answer(Message),
    /// A large answer that is still coming, to one who can pass it on so; nothing else follows.
    Passing(Box<Passing>),
    /// There will be no answer; nothing follows.
    Lost(LostWhy),
}

/// One request's own box.
#[derive(Default)]
pub(crate) struct Mailbox {
    queue: Mutex<Queue>,
    work: Mutex<Work>,
    ticket: Option<Arc<dyn Ticket>>,
}

impl fmt::Debug for Mailbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mailbox").field("queue", &self.queue).finish_non_exhaustive()
    }
}

/// What brings the answer, where the request has a conversation of its own: it is driven by whoever waits for the
/// answer, so that a request costs no task and no waking of another.
pub(crate) type Working = Pin<Box<dyn Future<Output = ()> + Send>>;

#[derive(Default)]
struct Work {
    future: Option<Working>,
    /// Nobody waits any more.
    abandoned: bool,
}

#[derive(Debug, Default)]
struct Queue {
    related: VecDeque<Message>,
    bytes: usize,
    ending: Option<Said>,
    ended: bool,
    answered: bool,
    may_pass: bool,
    /// What was said last is an answer that is still coming.
    passing: bool,
    /// Why it will not come to its end.
    lost: Option<LostWhy>,
    /// Whoever waits for what comes next.
    waker: Option<Waker>,
}

impl Mailbox {
    pub(crate) fn with(ticket: Option<Arc<dyn Ticket>>) -> Self {
        Self { ticket, ..Self::default() }
    }

    /// What its request carries, if something of its own.
    pub(crate) fn ticket(&self) -> Option<Arc<dyn Ticket>> {
        self.ticket.clone()
    }

    pub(crate) fn related(&self, message: Message) {
        let mut queue = lock(&self.queue);
        if queue.ended {
            return;
        }
        queue.bytes += message.bytes().len();
        queue.related.push_back(message);
        while queue.related.len() > 1 && (queue.related.len() > RELATED || queue.bytes > RELATED_BYTES) {
            let oldest = queue.related.pop_front().map_or(0, |oldest| oldest.bytes().len());
            queue.bytes -= oldest;
        }
        ring(queue);
    }

    /// The last word; only the first of several counts.
    pub(crate) fn end(&self, said: Said) {
        let mut queue = lock(&self.queue);
        if queue.ended {
            if let (Said::Lost(why), true) = (said, queue.passing) {
                queue.lost.get_or_insert(why);
                ring(queue);
            }
            return;
        }
        queue.passing = matches!(said, Said::Passing(_));
        queue.ended = true;
        queue.answered = matches!(said, Said::Answer(_));
        queue.ending = Some(said);
        ring(queue);
    }

    /// Who waits can take a large answer as it comes.
    pub(crate) fn may_pass(&self) {
        lock(&self.queue).may_pass = true;
    }

    pub(crate) fn passes(&self) -> bool {
        lock(&self.queue).may_pass
    }

    pub(crate) fn is_ended(&self) -> bool {
        lock(&self.queue).ended
    }

    pub(crate) async fn next(&self) -> Said {
        poll_fn(|cx| {
            // What the work brings is looked at right below, so nobody need be woken for it.
            lock(&self.queue).waker = None;
            self.go_on(cx);
            let mut queue = lock(&self.queue);
            match queue.take() {
                Some(said) => Poll::Ready(said),
                None => {
                    queue.waker = Some(cx.waker().clone());
                    Poll::Pending
                }
            }
        })
        .await
    }

    /// Resolves when the line is lost on which an answer is still coming.
    pub(crate) async fn lost(&self) -> LostWhy {
        poll_fn(|cx| {
            let mut queue = lock(&self.queue);
            match &queue.lost {
                Some(why) => Poll::Ready(why.clone()),
                None => {
                    queue.waker = Some(cx.waker().clone());
                    Poll::Pending
                }
            }
        })
        .await
    }

    /// Waits for the end and passes over what comes before it.
    pub(crate) async fn answer(&self) -> Result<Message, LostWhy> {
        loop {
            match self.next().await {
                Said::Related(_) => {}
                Said::Answer(answer) => return Ok(answer),
                Said::Passing(passing) => return passing.whole().await,
                Said::Lost(why) => return Err(why),
            }
        }
    }

    /// Gives the box what brings its answer.
    pub(crate) fn worked_by(&self, future: Working) {
        lock(&self.work).future = Some(future);
    }

    /// Nobody wants the answer any more. Where it has come, what is left of its conversation ends by itself, so that
    /// its connection can be used again.
    pub(crate) fn abandon(&self) {
        let left = {
            let mut work = lock(&self.work);
            work.abandoned = true;
            work.future.take()
        };
        let answered = lock(&self.queue).answered;
        if let (Some(left), true, Ok(runtime)) = (left, answered, Handle::try_current()) {
            runtime.spawn(left);
        }
    }

    /// Drives the work a step. It is out of the box meanwhile, for it may come to abandon this very box.
    fn go_on(&self, cx: &mut Context<'_>) {
        let Some(mut future) = lock(&self.work).future.take() else { return };
        if future.as_mut().poll(cx).is_pending() {
            let mut work = lock(&self.work);
            if !work.abandoned {
                work.future = Some(future);
            }
        }
    }
}

impl Queue {
    fn take(&mut self) -> Option<Said> {
        if let Some(message) = self.related.pop_front() {
            self.bytes -= message.bytes().len();
            return Some(Said::Related(message));
        }
        let over = || LostWhy::new(Code::SERVER_LOST, Executed::Maybe, "the exchange is over");
        self.ending.take().or_else(|| self.ended.then(|| Said::Lost(over())))
    }
}

/// Wakes whoever waits, once the queue is let go of.
fn ring(mut queue: MutexGuard<'_, Queue>) {
    let waker = queue.waker.take();
    drop(queue);
    if let Some(waker) = waker {
        waker.wake();
    }
}

impl fmt::Debug for Work {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Work").field("under_way", &self.future.is_some()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
