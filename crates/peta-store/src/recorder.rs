//! Writes the record for the road of a call. Each entry is written by whoever brings it, before it returns: there is no
//! queue, no other task, and, unless the disk is waited for, no place where a caller is put to sleep.

use std::{
    borrow::BorrowMut,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};

use peta_audit::{CARRIED_LIMIT, Ending, Intent, REQUEST_LIMIT, clip, clip_detail, clip_list, clip_to};
use peta_model::{Code, EventKind, Outcome, TenantId};
use tokio::sync::Mutex;

use crate::{
    config::Sync,
    privacy::{Veil, seal},
    record::{Entry, Log, Told, Unwritten},
    subjects::Subjects,
};

/// A handle to write the record with. Cheap to copy.
#[derive(Clone)]
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

struct Inner {
    log: Arc<Log>,
    tenant: TenantId,
    subjects: Subjects,
    sync: Sync,
    /// The last part that was about people could not be sealed.
    keyless: AtomicBool,
    /// All entries below this number are on the disk.
    synced: Mutex<u64>,
}

/// A build that records no call exists to measure what recording costs, and for nothing else (`bench/cost.sh`).
const UNRECORDED: bool = cfg!(feature = "unrecorded");

impl NotRecorded {
    pub const fn code(self) -> Code {
        Code::NOT_RECORDED
    }
}

impl Recorder {
    pub(crate) fn new(log: Arc<Log>, sync: Sync, (tenant, subjects): (TenantId, Subjects)) -> Self {
        Self(Arc::new(Inner { log, tenant, subjects, sync, keyless: AtomicBool::new(false), synced: Mutex::new(0) }))
    }

    /// Writes what is about to happen. When this returns a receipt, it is written.
    pub async fn intent(&self, mut intent: impl BorrowMut<Intent> + Send) -> Result<Receipt, NotRecorded> {
        if UNRECORDED {
            return Ok(Receipt { event: 0, begun: Instant::now(), log: Arc::clone(&self.0.log), spent: true });
        }
        let intent = intent.borrow_mut();
        clip_texts(intent);
        let veil = self.seal(intent).await?;
        self.begin(Told::of(intent, veil.part()), only_reads(intent)).await
    }

    /// Writes the intent of an act whose change is made in the database.
    pub(crate) async fn act(&self, intent: &Intent, veil: &Veil) -> Result<Receipt, NotRecorded> {
        self.begin(Told { act: true, ..Told::of(intent, veil.part()) }, false).await
    }

    /// Writes how it ended. If it cannot be, what happened is on record as `unknown` as soon as it can: the caller holds
    /// the answer back.
    pub async fn outcome(&self, mut receipt: Receipt, ending: Ending) -> Result<Recorded, NotRecorded> {
        receipt.spent = true;
        if UNRECORDED {
            return Ok(Recorded(()));
        }
        match self.0.log.append(&Entry::Ending(receipt.event, ending)) {
            Ok(number) => self.reached(number, false).await.map(|()| Recorded(())),
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
            Ok(number) => drop(self.reached(number, false).await),
            Err(_) => self.0.log.owe(receipt.event, ending),
        }
    }

    /// Writes what is over as soon as it is known: refusals, lists.
    pub async fn whole(&self, mut intent: Intent, ending: Ending) -> Result<Recorded, NotRecorded> {
        clip_texts(&mut intent);
        let veil = self.seal(&intent).await?;
        self.append(&Entry::Whole(Told::of(&intent, veil.part()), ending), false).await.map(|_| Recorded(()))
    }

    /// Seals what an intent says of people. It may need the database.
    pub(crate) async fn seal(&self, intent: &Intent) -> Result<Veil, NotRecorded> {
        let sealed = seal(&self.0.subjects, self.0.tenant, intent).await;
        // Told once, and not for each of the many that are refused until there is one; written only when it changes.
        if self.0.keyless.load(Ordering::Relaxed) != sealed.is_err() {
            self.0.keyless.store(sealed.is_err(), Ordering::Relaxed);
            if let Err(error) = sealed.as_ref() {
                let what = "there is no key for what events say of people: such calls are refused until there is";
                tracing::error!(%error, "{what}");
            }
        }
        sealed.map_err(|_| NotRecorded)
    }

    async fn begin(&self, told: Told<'_>, reads: bool) -> Result<Receipt, NotRecorded> {
        let event = self.append(&Entry::Intent(told), reads).await?;
        Ok(Receipt { event, begun: Instant::now(), log: Arc::clone(&self.0.log), spent: false })
    }

    /// `reads`: it is the intent of what only reads.
    async fn append(&self, entry: &Entry<'_>, reads: bool) -> Result<u64, NotRecorded> {
        let number = self.0.log.append(entry).map_err(|error| unwritten(&error))?;
        self.reached(number, reads).await.map(|()| number)
    }

    /// Waits until the entry is on the disk, if the setting wants that of such a one. Who comes first brings all that is
    /// written by then to the disk, for all who wait; it never lingers to collect more.
    async fn reached(&self, number: u64, reads: bool) -> Result<(), NotRecorded> {
        match self.0.sync {
            Sync::Written => return Ok(()),
            Sync::Ordered if reads => return Ok(()),
            Sync::Ordered | Sync::Full => {}
        }
        let mut synced = self.0.synced.lock().await;
        if number < *synced {
            return Ok(());
        }
        let log = Arc::clone(&self.0.log);
        match tokio::task::spawn_blocking(move || log.bring_to_disk()).await {
            Ok(Ok(next)) => *synced = next,
            // The log has told why.
            Ok(Err(_)) | Err(_) => return Err(NotRecorded),
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

/// Whether it changes nothing at its server. A tool may do anything.
fn only_reads(intent: &Intent) -> bool {
    use EventKind::{Completion, Initialize, List, PromptGet, ResourceRead};
    matches!(intent.kind, Completion | Initialize | List | PromptGet | ResourceRead)
}

/// Foreign texts are kept up to a limit, so that the entry fits into the tree.
pub(crate) fn clip_texts(intent: &mut Intent) {
    intent.capability.iter_mut().chain(&mut intent.session).for_each(clip);
    clip_list(&mut intent.reasons);
    intent.facts.request.iter_mut().for_each(|id| clip_to(id, REQUEST_LIMIT));
    intent.facts.credentials.truncate(CARRIED_LIMIT);
    if intent.has_public_detail() {
        clip_detail(&mut intent.detail);
    }
}

#[cfg(test)]
impl Recorder {
    /// All entries below this number are on the disk.
    pub(crate) async fn synced(&self) -> u64 {
        *self.0.synced.lock().await
    }
}
