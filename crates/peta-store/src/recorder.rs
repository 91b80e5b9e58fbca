//! Writes the record for the road of a call. Each entry is written by whoever brings it, before it returns: there is no
//! queue, no other task, and, unless the disk is waited for, no place where a caller is put to sleep.

use std::{
    borrow::BorrowMut,
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};

use peta_audit::{
    CARRIED_LIMIT, Ending, Intent, Payload, PayloadPart, REQUEST_LIMIT, clip, clip_detail, clip_list, clip_to,
};
use peta_model::{Code, EventId, EventKind, Outcome, SubjectId, TenantId};
use peta_vault::subject::SubjectKey;
use tokio::sync::Mutex;

use crate::{
    config::Sync,
    payloads::Files,
    privacy::{NotSealed, PayloadPlace, Veil, payload_key, seal},
    record::{Entry, Kept, Log, Told, Unwritten},
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
    /// Whose event it is, if its arguments were kept: its result is, too.
    keeps: Option<(EventId, SubjectId)>,
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
    payloads: Arc<Files>,
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
    pub(crate) fn new(
        log: Arc<Log>,
        sync: Sync,
        tenant: TenantId,
        (payloads, subjects): (Arc<Files>, Subjects),
    ) -> Self {
        let (keyless, synced) = (AtomicBool::new(false), Mutex::new(0));
        Self(Arc::new(Inner { log, tenant, subjects, payloads, sync, keyless, synced }))
    }

    /// Writes what is about to happen. When this returns a receipt, it is written.
    pub async fn intent(&self, mut intent: impl BorrowMut<Intent> + Send) -> Result<Receipt, NotRecorded> {
        if UNRECORDED {
            return Ok(Receipt {
                event: 0,
                begun: Instant::now(),
                log: Arc::clone(&self.0.log),
                spent: true,
                keeps: None,
            });
        }
        let intent = intent.borrow_mut();
        clip_texts(intent);
        let veil = self.seal(intent).await?;
        self.begin(Told::of(intent, veil.part()), only_reads(intent)).await
    }

    /// The same, and before it the arguments, sealed. Without a key for them there is no receipt.
    pub async fn intent_with(
        &self,
        mut intent: impl BorrowMut<Intent> + Send,
        arguments: &Payload,
    ) -> Result<Receipt, NotRecorded> {
        let intent = intent.borrow_mut();
        clip_texts(intent);
        let veil = self.seal(intent).await?;
        let key = self.told(payload_key(&self.0.subjects, intent).await)?;
        let kept = self.keep(&key, (intent.id, PayloadPart::Arguments), arguments)?;
        let told = Told { arguments: Some(kept), ..Told::of(intent, veil.part()) };
        let mut receipt = self.begin(told, only_reads(intent)).await?;
        receipt.keeps = Some((intent.id, key.id()));
        Ok(receipt)
    }

    /// Writes the intent of an act whose change is made in the database.
    pub(crate) async fn act(&self, intent: &Intent, veil: &Veil) -> Result<Receipt, NotRecorded> {
        self.begin(Told { act: true, ..Told::of(intent, veil.part()) }, false).await
    }

    /// Writes how it ended. If it cannot be, what happened is on record as `unknown` as soon as it can: the caller holds
    /// the answer back.
    pub async fn outcome(&self, receipt: Receipt, ending: Ending) -> Result<Recorded, NotRecorded> {
        // Its receipt was given as spent.
        if UNRECORDED {
            return Ok(Recorded(()));
        }
        let event = receipt.event;
        self.end(receipt, &Entry::Ending(event, ending), held_back(ending)).await
    }

    /// The same, and before it the result, sealed as the arguments were, if these were kept. If it cannot be, the answer is
    /// held back.
    pub async fn outcome_with(
        &self,
        mut receipt: Receipt,
        ending: Ending,
        result: Option<&Payload>,
    ) -> Result<Recorded, NotRecorded> {
        let Some(((event, subject), result)) = receipt.keeps.zip(result) else {
            return self.outcome(receipt, ending).await;
        };
        let kept = match self.key(subject).await {
            Ok(key) => self.keep(&key, (event, PayloadPart::Result), result),
            Err(error) => Err(error),
        };
        match kept {
            Ok(kept) => {
                let number = receipt.event;
                self.end(receipt, &Entry::Answered(number, ending, kept), held_back(ending)).await
            }
            Err(error) => {
                receipt.end(held_back(ending));
                Err(error)
            }
        }
    }

    /// Writes the entry that ends it. If it cannot be, what is owed is written as soon as it can.
    async fn end(&self, mut receipt: Receipt, entry: &Entry<'_>, owed: Ending) -> Result<Recorded, NotRecorded> {
        receipt.spent = true;
        match self.0.log.append(entry) {
            Ok(number) => self.reached(number, false).await.map(|()| Recorded(())),
            Err(error) => {
                self.0.log.owe(receipt.event, owed);
                Err(unwritten(&error))
            }
        }
    }

    /// The key that the arguments were sealed under. One that was erased since is not made anew.
    async fn key(&self, subject: SubjectId) -> Result<Arc<SubjectKey>, NotRecorded> {
        if self.0.subjects.by_id(subject).is_none()
            && let Err(error) = self.0.subjects.load(&BTreeSet::from([subject])).await
        {
            tracing::warn!(%error, "a key for a result cannot be read");
        }
        self.0.subjects.by_id(subject).ok_or(NotRecorded)
    }

    fn keep(&self, key: &SubjectKey, of: (EventId, PayloadPart), payload: &Payload) -> Result<Kept, NotRecorded> {
        let place = PayloadPlace { tenant: self.0.tenant, event: of.0, part: of.1 };
        let (commit, body) = self.told(place.seal(key, payload))?;
        let (file, offset) = self.0.payloads.put(self.0.log.now(), &body).map_err(|_| NotRecorded)?;
        Ok(Kept { commit, file, offset })
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
        let entry = Entry::Whole(Told::of(&intent, veil.part()), ending);
        let number = self.0.log.append(&entry).map_err(|error| unwritten(&error))?;
        self.reached(number, false).await.map(|()| Recorded(()))
    }

    /// Seals what an intent says of people. It may need the database.
    pub(crate) async fn seal(&self, intent: &Intent) -> Result<Veil, NotRecorded> {
        self.told(seal(&self.0.subjects, self.0.tenant, intent).await)
    }

    fn told<T>(&self, sealed: Result<T, NotSealed>) -> Result<T, NotRecorded> {
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

    /// `reads`: it is the intent of what only reads.
    async fn begin(&self, told: Told<'_>, reads: bool) -> Result<Receipt, NotRecorded> {
        let event = self.0.log.append(&Entry::Intent(told)).map_err(|error| unwritten(&error))?;
        // Before the disk is waited for: whoever goes away meanwhile leaves no event that never ends.
        let mut receipt =
            Receipt { event, begun: Instant::now(), log: Arc::clone(&self.0.log), spent: false, keeps: None };
        match self.reached(event, reads).await {
            Ok(()) => Ok(receipt),
            Err(error) => {
                receipt.end(Ending { code: Some(Code::NOT_RECORDED), ..Ending::of(Outcome::Failed) });
                Err(error)
            }
        }
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

impl Receipt {
    /// Ends it, with nobody who waits for that: now, or with the next entry.
    fn end(&mut self, ending: Ending) {
        self.spent = true;
        if self.log.append(&Entry::Ending(self.event, ending)).is_err() {
            self.log.owe(self.event, ending);
        }
    }
}

impl Drop for Receipt {
    fn drop(&mut self) {
        if self.spent {
            return;
        }
        let duration_us = u64::try_from(self.begun.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.end(Ending { code: Some(Code::OUTCOME_UNKNOWN), duration_us, ..Ending::of(Outcome::Unknown) });
    }
}

/// How it ended for whoever asked, if that could not be recorded: the answer is held back.
fn held_back(ending: Ending) -> Ending {
    Ending { outcome: Outcome::Unknown, code: Some(Code::NOT_RECORDED), ..ending }
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
