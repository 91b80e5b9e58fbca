//! Writes the record for the road of a call. Each entry is written by whoever brings it, before it returns: there is no
//! queue, no other task, and, unless the disk is waited for, no place where a caller is put to sleep.

use std::{borrow::BorrowMut, sync::Arc, time::Instant};

use peta_audit::{Ending, Intent, clip};
use peta_model::{Code, Outcome};
use tokio::sync::Mutex;

use crate::{
    config::Sync,
    record::{Entry, Log, Told, Unwritten},
};

/// A handle to write the record with. Cheap to copy.
#[derive(Debug, Clone)]
pub struct Recorder(Arc<Inner>);

/// The proof that an intent is written; it is spent on the outcome. One that is dropped writes `unknown`, so that an
/// event whose caller vanished does not stay open.
#[must_use = "an intent without an outcome ends as `unknown`"]
#[derive(Debug)]
pub struct Receipt {
    event: u64,
    begun: Instant,
    log: Arc<Log>,
    spent: bool,
}

/// The proof that an outcome is written.
#[derive(Debug)]
pub struct Recorded(());

/// The record cannot be written, so what was to be recorded must not happen. The cause is in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the record cannot be written")]
pub struct NotRecorded;

#[derive(Debug)]
struct Inner {
    log: Arc<Log>,
    sync: Sync,
    /// All entries below this number are on the disk.
    synced: Mutex<u64>,
}

impl NotRecorded {
    pub const fn code(self) -> Code {
        Code::NOT_RECORDED
    }
}

impl Recorder {
    pub(crate) fn new(log: Arc<Log>, sync: Sync) -> Self {
        Self(Arc::new(Inner { log, sync, synced: Mutex::new(0) }))
    }

    /// Writes what is about to happen. When this returns a receipt, it is written.
    pub async fn intent(&self, mut intent: impl BorrowMut<Intent> + Send) -> Result<Receipt, NotRecorded> {
        let intent = intent.borrow_mut();
        clip_texts(intent);
        self.begin(intent, false).await
    }

    /// Writes the intent of an act whose change is made in the database.
    pub(crate) async fn act(&self, intent: &Intent) -> Result<Receipt, NotRecorded> {
        self.begin(intent, true).await
    }

    /// Writes how it ended. If it cannot be, what happened is on record as `unknown` as soon as it can: the caller holds
    /// the answer back.
    pub async fn outcome(&self, mut receipt: Receipt, ending: Ending) -> Result<Recorded, NotRecorded> {
        receipt.spent = true;
        match self.0.log.append(&Entry::Ending(receipt.event, ending)) {
            Ok(number) => self.reached(number).await.map(|()| Recorded(())),
            Err(error) => {
                let unknown = Ending { outcome: Outcome::Unknown, code: Some(Code::NOT_RECORDED), ..ending };
                self.0.log.owe(receipt.event, unknown);
                Err(unwritten(&error))
            }
        }
    }

    /// Writes how an act ended, now or with the next entry: the database holds the proof until then.
    pub(crate) async fn acted(&self, mut receipt: Receipt, ending: Ending) {
        receipt.spent = true;
        match self.0.log.append(&Entry::Ending(receipt.event, ending)) {
            Ok(number) => drop(self.reached(number).await),
            Err(_) => self.0.log.owe(receipt.event, ending),
        }
    }

    /// Writes what is over as soon as it is known: refusals, lists.
    pub async fn whole(&self, mut intent: Intent, ending: Ending) -> Result<Recorded, NotRecorded> {
        clip_texts(&mut intent);
        self.append(&Entry::Whole(Told::of(&intent), ending)).await.map(|_| Recorded(()))
    }

    async fn begin(&self, intent: &Intent, act: bool) -> Result<Receipt, NotRecorded> {
        let event = self.append(&Entry::Intent(Told { act, ..Told::of(intent) })).await?;
        Ok(Receipt { event, begun: Instant::now(), log: Arc::clone(&self.0.log), spent: false })
    }

    async fn append(&self, entry: &Entry<'_>) -> Result<u64, NotRecorded> {
        let number = self.0.log.append(entry).map_err(|error| unwritten(&error))?;
        self.reached(number).await.map(|()| number)
    }

    /// With `full`, waits until the entry is on the disk. Who comes first brings all that is written by then to the disk,
    /// for all who wait; it never lingers to collect more.
    async fn reached(&self, number: u64) -> Result<(), NotRecorded> {
        if self.0.sync == Sync::Written {
            return Ok(());
        }
        let mut synced = self.0.synced.lock().await;
        if number < *synced {
            return Ok(());
        }
        let (files, next) = self.0.log.files();
        let done = tokio::task::spawn_blocking(move || files.iter().try_for_each(|file| file.sync_data())).await;
        match done {
            Ok(Ok(())) => *synced = next,
            Ok(Err(error)) => {
                tracing::error!(%error, "the record cannot be brought to the disk");
                return Err(NotRecorded);
            }
            Err(_) => return Err(NotRecorded),
        }
        Ok(())
    }
}

impl Receipt {
    /// The number of the event.
    pub(crate) const fn event(&self) -> u64 {
        self.event
    }
}

impl Drop for Receipt {
    fn drop(&mut self) {
        if self.spent {
            return;
        }
        let duration_us = u64::try_from(self.begun.elapsed().as_micros()).unwrap_or(u64::MAX);
        let ending = Ending { code: Some(Code::OUTCOME_UNKNOWN), duration_us, ..Ending::of(Outcome::Unknown) };
        if self.log.append(&Entry::Ending(self.event, ending)).is_err() {
            self.log.owe(self.event, ending);
        }
    }
}

fn unwritten(error: &Unwritten) -> NotRecorded {
    if matches!(error, Unwritten::TooLarge) {
        tracing::warn!(%error, "refused to record");
    }
    NotRecorded
}

fn clip_texts(intent: &mut Intent) {
    intent.capability.iter_mut().chain(&mut intent.session).for_each(clip);
}
