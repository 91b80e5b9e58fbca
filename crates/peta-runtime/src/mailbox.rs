//! Where the answer to one request arrives, and what belongs to it on the way: progress, and what came on its own
//! stream. One reader; bounded, so that a server cannot fill memory with progress nobody reads.

use std::{collections::VecDeque, sync::Mutex};

use peta_mcp::Message;
use peta_model::Code;
use tokio::{sync::Notify, task::AbortHandle};

use crate::{
    fault::{Executed, LostWhy},
    lock::lock,
};

/// How many messages, and how many bytes of them, wait beside an answer; the oldest go first.
const RELATED: usize = 256;
const RELATED_BYTES: usize = 4 << 20;

/// What an exchange hears.
#[derive(Debug, Clone)]
pub enum Said {
    /// Progress of this request, or a notification that came on its own stream.
    Related(Message),
    /// The answer; nothing follows.
    Answer(Message),
    /// There will be no answer; nothing follows.
    Lost(LostWhy),
}

/// One request's own box.
#[derive(Debug, Default)]
pub(crate) struct Mailbox {
    queue: Mutex<Queue>,
    bell: Notify,
    /// What works on the request, if it has a task of its own.
    task: Mutex<Option<AbortHandle>>,
}

#[derive(Debug, Default)]
struct Queue {
    related: VecDeque<Message>,
    bytes: usize,
    ending: Option<Said>,
    ended: bool,
}

impl Mailbox {
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
        drop(queue);
        self.bell.notify_one();
    }

    /// The last word; only the first of several counts.
    pub(crate) fn end(&self, said: Said) {
        let mut queue = lock(&self.queue);
        if queue.ended {
            return;
        }
        queue.ended = true;
        queue.ending = Some(said);
        drop(queue);
        self.bell.notify_one();
    }

    pub(crate) fn is_ended(&self) -> bool {
        lock(&self.queue).ended
    }

    pub(crate) async fn next(&self) -> Said {
        loop {
            if let Some(said) = self.take() {
                return said;
            }
            self.bell.notified().await;
        }
    }

    /// Waits for the end and passes over what comes before it.
    pub(crate) async fn answer(&self) -> Result<Message, LostWhy> {
        loop {
            match self.next().await {
                Said::Related(_) => {}
                Said::Answer(answer) => return Ok(answer),
                Said::Lost(why) => return Err(why),
            }
        }
    }

    /// Gives the box the task that fills it: the task ends when the box is no longer wanted.
    pub(crate) fn worked_by(&self, task: AbortHandle) {
        *lock(&self.task) = Some(task);
    }

    /// Nobody wants the answer any more. A task that has brought it is left to end by itself.
    pub(crate) fn abandon(&self) {
        if self.is_ended() {
            return;
        }
        if let Some(task) = lock(&self.task).take() {
            task.abort();
        }
    }

    fn take(&self) -> Option<Said> {
        let mut queue = lock(&self.queue);
        if let Some(message) = queue.related.pop_front() {
            queue.bytes -= message.bytes().len();
            return Some(Said::Related(message));
        }
        let over = || LostWhy::new(Code::SERVER_LOST, Executed::Maybe, "the exchange is over");
        queue.ending.take().or_else(|| queue.ended.then(|| Said::Lost(over())))
    }
}

#[cfg(test)]
mod tests;
