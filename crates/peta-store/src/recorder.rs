//! Writes the record for the road of a call. Callers put entries into a bounded queue; one task takes all that wait,
//! writes them in one transaction, and tells each caller. It never lingers to collect more.

use std::{sync::Arc, time::Instant};

use peta_audit::{Ending, Intent, clip};
use peta_model::{Code, Outcome};
use tokio::sync::{Mutex, mpsc, oneshot, watch};

use crate::{record::Entry, writer::Writer};

/// A handle to write the record with. Cheap to copy.
#[derive(Debug, Clone)]
pub struct Recorder(mpsc::Sender<Job>);

/// The proof that an intent is written; it is spent on the outcome. One that is dropped writes `unknown`, so that an
/// event whose caller vanished does not stay open.
#[must_use = "an intent without an outcome ends as `unknown`"]
#[derive(Debug)]
pub struct Receipt {
    event: i64,
    begun: Instant,
    queue: mpsc::WeakSender<Job>,
    spent: bool,
}

/// The proof that an outcome is written.
#[derive(Debug)]
pub struct Recorded(());

/// The record cannot be written, so what was to be recorded must not happen. The cause is in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the record cannot be written")]
pub struct NotRecorded;

/// At most so many entries go into one transaction.
const BATCH: usize = 1024;

#[derive(Debug)]
pub(crate) struct Job {
    entry: Entry,
    waiter: Option<Waiter>,
}

#[derive(Debug)]
enum Waiter {
    Intent(oneshot::Sender<Result<Receipt, NotRecorded>>),
    Ending(oneshot::Sender<Result<Recorded, NotRecorded>>),
}

/// The end of the queue that the task reads.
pub(crate) type Queue = mpsc::Receiver<Job>;

impl NotRecorded {
    pub const fn code(self) -> Code {
        Code::NOT_RECORDED
    }
}

impl Recorder {
    pub(crate) fn new(capacity: usize) -> (Self, Queue) {
        let (sender, queue) = mpsc::channel(capacity.max(1));
        (Self(sender), queue)
    }

    pub(crate) fn downgrade(&self) -> mpsc::WeakSender<Job> {
        self.0.downgrade()
    }

    /// Writes what is about to happen. When this returns a receipt, it is written.
    pub async fn intent(&self, mut intent: Intent) -> Result<Receipt, NotRecorded> {
        clip_texts(&mut intent);
        let (waiter, answer) = oneshot::channel();
        let job = Job { entry: Entry::Intent(intent), waiter: Some(Waiter::Intent(waiter)) };
        self.0.send(job).await.map_err(|_| NotRecorded)?;
        answer.await.map_err(|_| NotRecorded)?
    }

    /// Writes how it ended.
    pub async fn outcome(&self, mut receipt: Receipt, ending: Ending) -> Result<Recorded, NotRecorded> {
        let (waiter, answer) = oneshot::channel();
        let place = self.0.reserve().await.map_err(|_| NotRecorded)?;
        receipt.spent = true;
        place.send(Job { entry: Entry::Ending(receipt.event, ending), waiter: Some(Waiter::Ending(waiter)) });
        answer.await.map_err(|_| NotRecorded)?
    }

    /// Writes what is over as soon as it is known: refusals, lists.
    pub async fn whole(&self, mut intent: Intent, ending: Ending) -> Result<Recorded, NotRecorded> {
        clip_texts(&mut intent);
        let (waiter, answer) = oneshot::channel();
        let job = Job { entry: Entry::Whole(intent, ending), waiter: Some(Waiter::Ending(waiter)) };
        self.0.send(job).await.map_err(|_| NotRecorded)?;
        answer.await.map_err(|_| NotRecorded)?
    }
}

impl Drop for Receipt {
    fn drop(&mut self) {
        let Some(queue) = self.queue.upgrade().filter(|_| !self.spent) else { return };
        let duration_us = u64::try_from(self.begun.elapsed().as_micros()).unwrap_or(u64::MAX);
        let ending = Ending { code: Some(Code::OUTCOME_UNKNOWN), duration_us, ..Ending::of(Outcome::Unknown) };
        // With a full queue the event stays open until the next start, which ends it the same way.
        queue.try_send(Job { entry: Entry::Ending(self.event, ending), waiter: None }).ok();
    }
}

/// The task: runs until the queue is closed and empty; `closing` closes it.
pub(crate) async fn write_all(
    mut queue: Queue,
    sender: mpsc::WeakSender<Job>,
    writer: Arc<Mutex<Option<Writer>>>,
    mut closing: watch::Receiver<bool>,
) {
    let mut jobs = Vec::with_capacity(BATCH);
    let mut failing = false;
    loop {
        tokio::select! {
            biased;
            taken = queue.recv_many(&mut jobs, BATCH) => if taken == 0 { return },
            _ = closing.changed(), if !queue.is_closed() => queue.close(),
        }
        if jobs.is_empty() {
            continue;
        }
        let (entries, waiters): (Vec<_>, Vec<_>) = jobs.drain(..).map(|job| (job.entry, job.waiter)).unzip();
        let written = match writer.lock().await.as_mut() {
            Some(writer) => writer.record(entries).await.map_err(Some),
            None => Err(None),
        };
        match written {
            Ok(numbers) => {
                if std::mem::take(&mut failing) {
                    tracing::info!("the record can be written again");
                }
                let told = waiters.into_iter().zip(numbers).filter_map(|(waiter, event)| Some((waiter?, event)));
                told.for_each(|(waiter, event)| waiter.told(event, &sender));
            }
            Err(error) => {
                if let Some(error) = error.filter(|_| !std::mem::replace(&mut failing, true)) {
                    tracing::error!(%error, "the record cannot be written: every call is refused until it can");
                }
                waiters.into_iter().flatten().for_each(Waiter::refused);
            }
        }
    }
}

impl Waiter {
    /// A caller that has gone drops what it is sent, and a dropped receipt writes its own end.
    fn told(self, event: i64, sender: &mpsc::WeakSender<Job>) {
        match self {
            Self::Intent(to) => {
                let queue = sender.clone();
                drop(to.send(Ok(Receipt { event, begun: Instant::now(), queue, spent: false })));
            }
            Self::Ending(to) => drop(to.send(Ok(Recorded(())))),
        }
    }

    fn refused(self) {
        match self {
            Self::Intent(to) => drop(to.send(Err(NotRecorded))),
            Self::Ending(to) => drop(to.send(Err(NotRecorded))),
        }
    }
}

fn clip_texts(intent: &mut Intent) {
    intent.capability.iter_mut().chain(&mut intent.session).for_each(clip);
}
