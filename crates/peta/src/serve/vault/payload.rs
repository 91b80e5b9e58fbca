//! The keys that the record's private parts hang on, for as long as Core runs: they come out of their file when the vault
//! opens, and after an erasure they are exchanged at night. What was cut off is seen from the file and goes on.

mod disk;

use std::{collections::BTreeSet, sync::Arc};

use peta_model::{Code, Moment, SubjectId, TenantId};
use peta_roots::PayloadFileAt;
use peta_store::{KeysFault, PayloadKeys, Store};
use peta_vault::{
    keys::{KekId, KekRow},
    payload_file::{PayloadFile, PayloadKek},
    safe::Safe,
};

use self::disk::Disk;
use super::{refused::Refused, steps::Steps};

/// Keys that are wrapped anew in one transaction. So few in a build for tests that there are several pages.
const BATCH: u32 = if cfg!(debug_assertions) { 2 } else { 256 };

/// A handle to them; clones are the same one.
#[derive(Clone)]
pub(super) struct Payload(Arc<Inner>);

struct Inner {
    store: Store,
    safe: Safe,
    disk: Arc<Disk>,
    steps: Arc<Steps>,
}

impl Payload {
    /// The store asks for them from now on.
    pub(super) fn new(
        (store, safe): (&Store, &Safe),
        at: PayloadFileAt,
        clock: Arc<dyn Fn() -> Moment + Send + Sync>,
        steps: Arc<Steps>,
    ) -> Self {
        let disk = Arc::new(Disk::new(at, store.snapshot().install, clock));
        store.keep_subjects(safe.clone(), Arc::<Disk>::clone(&disk));
        Self(Arc::new(Inner { store: store.clone(), safe: safe.clone(), disk, steps }))
    }

    /// Takes the keys in, once the vault has its own. A first one is made only while nothing hangs on one that was lost.
    pub(super) async fn open(&self) -> Result<(), Refused> {
        let (named, tenant) = (self.named().await?, self.tenant());
        let Some(file) = self.read().await? else { return self.make(&named).await };
        let unfit = |text: String| Refused::new(Code::RECORD_KEYS_UNFIT, format!("{}{text}", self.0.disk.name()));
        let known = |kek: &KekId| file.kek(*kek).is_some() || file.destroyed.contains(kek);
        if let Some(unknown) = named.iter().find(|kek| !known(kek)) {
            return Err(unfit(format!(" lacks the key {unknown}, which the database names: it is older")));
        }
        let rows: Vec<KekRow> = file.keks.iter().map(|kek| kek.row.clone()).collect();
        let left_out = self.0.safe.take_in_payload(tenant, &rows).map_err(|error| Refused::of_wrapping(&error))?;
        for left in &left_out {
            let text = format!(": the key {} cannot be used: {}", left.id, left.why);
            // One that only opens what is old must not stop what is new.
            if file.current().is_none_or(|current| current.row.id == left.id) {
                return Err(unfit(text));
            }
            tracing::error!(code = %Code::RECORD_KEYS_UNFIT, "{}{text}", self.0.disk.name());
        }
        if file.current().is_none() {
            return Err(unfit(" has no current key".into()));
        }
        self.bury(&file, &named, self.0.disk.now()).await
    }

    /// Does what is due by now.
    pub(super) async fn tend(&self, now: Moment) -> Result<(), Refused> {
        let Some(mut file) = self.read().await? else { return Err(self.missing()) };
        self.bury(&file, &self.named().await?, now).await?;
        if file.is_due(now) {
            file = self.exchange(now).await?;
        }
        self.wrap_anew(&file).await?;
        for kek in file.over(now) {
            self.destroy(kek).await?;
        }
        Ok(())
    }

    /// The keys as they stand in the file, for whoever shows them.
    pub(super) async fn rows(&self) -> Vec<KekRow> {
        let file = self.read().await.ok().flatten();
        file.map(|file| file.keks.into_iter().map(|kek| kek.row).collect()).unwrap_or_default()
    }

    /// The first file, with the first key.
    async fn make(&self, named: &BTreeSet<KekId>) -> Result<(), Refused> {
        if !named.is_empty() {
            return Err(self.missing());
        }
        let (row, kek) =
            self.0.safe.make_payload(self.tenant(), self.0.disk.now()).map_err(|error| Refused::of_wrapping(&error))?;
        let (install, keks) = (self.0.store.snapshot().install, vec![PayloadKek { row: row.clone(), until: None }]);
        let file = PayloadFile { install, keks, erased: Vec::new(), destroyed: Vec::new() };
        let disk = Arc::clone(&self.0.disk);
        at_disk(move || disk.create(&file)).await?;
        self.0.safe.insert(&row, kek);
        tracing::info!("{} was made: back it up with the vault's root, apart from the database", self.0.disk.name());
        Ok(())
    }

    /// Who was erased stays so, whatever database was put back; and what hangs on a destroyed key is lost on purpose.
    async fn bury(&self, file: &PayloadFile, named: &BTreeSet<KekId>, now: Moment) -> Result<(), Refused> {
        let erased: Vec<SubjectId> = file.erased.iter().map(|erased| erased.subject).collect();
        let back = self.0.store.erase_again(now, erased).await.map_err(Refused::of_store)?;
        if back > 0 {
            tracing::warn!(keys = back, "persons who were erased were in the database; they are erased again");
        }
        for kek in file.destroyed.iter().filter(|kek| named.contains(kek)) {
            let lost = self.0.store.forget_subjects_under(*kek).await.map_err(Refused::of_store)?;
            tracing::warn!(keys = lost, %kek, "the database is older than a key that was destroyed: private parts of then are lost");
        }
        Ok(())
    }

    /// A new key; the old one opens for thirty days more.
    async fn exchange(&self, now: Moment) -> Result<PayloadFile, Refused> {
        let (row, kek) = self.0.safe.make_payload(self.tenant(), now).map_err(|error| Refused::of_wrapping(&error))?;
        self.0.steps.done("a new payload key is made");
        let (disk, new) = (Arc::clone(&self.0.disk), row.clone());
        let exchanged = at_disk(move || {
            disk.change(|file| {
                file.exchange(new, now);
                Ok(file.clone())
            })
        });
        let file = exchanged.await?;
        // What is not in the file seals nothing: until now the old one went on.
        self.0.safe.insert(&row, kek);
        for kek in file.keks.iter().filter(|kek| kek.until.is_some()) {
            self.0.safe.retire(kek.row.id);
        }
        self.0.steps.done("the new payload key is in its file");
        tracing::info!(kek = %row.id, "the record has a new payload key, for somebody was erased");
        Ok(file)
    }

    /// Wraps the subject keys that hang on a former key.
    async fn wrap_anew(&self, file: &PayloadFile) -> Result<(), Refused> {
        let current = file.current().map(|current| current.row.id);
        if self.named().await?.iter().all(|kek| Some(*kek) == current) {
            return Ok(());
        }
        let mut cursor = SubjectId::from_bytes([0; 16]);
        while let Some(last) = self.0.store.rewrap_subjects(cursor, BATCH).await.map_err(Refused::of_store)? {
            self.0.steps.done("a page of subject keys is stored");
            cursor = last;
        }
        Ok(())
    }

    /// From now on nothing that hung on it opens, in whatever copy of the database.
    async fn destroy(&self, kek: KekId) -> Result<(), Refused> {
        let disk = Arc::clone(&self.0.disk);
        at_disk(move || {
            disk.change(|file| {
                file.destroy(kek);
                Ok(())
            })
        })
        .await?;
        self.0.safe.forget(kek);
        self.0.steps.done("the old payload key is destroyed");
        // All that could be was wrapped anew before; what could not be is damaged.
        let lost = self.0.store.forget_subjects_under(kek).await.map_err(Refused::of_store)?;
        if lost > 0 {
            tracing::error!(keys = lost, %kek, "subject keys that could not be wrapped anew are lost");
        }
        tracing::info!(%kek, "a payload key was destroyed: no backup opens any more for those erased before");
        Ok(())
    }

    async fn named(&self) -> Result<BTreeSet<KekId>, Refused> {
        self.0.store.payload_keks().await.map_err(Refused::of_store)
    }

    async fn read(&self) -> Result<Option<PayloadFile>, Refused> {
        let disk = Arc::clone(&self.0.disk);
        at_disk(move || disk.read()).await
    }

    fn tenant(&self) -> TenantId {
        self.0.store.snapshot().tenant
    }

    fn missing(&self) -> Refused {
        let text = format!("{} is missing: put it back, for a new one opens none of them", self.0.disk.name());
        Refused::new(Code::RECORD_KEYS_MISSING, text)
    }
}

async fn at_disk<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, KeysFault> + Send + 'static,
) -> Result<T, Refused> {
    let done = tokio::task::spawn_blocking(work).await.map_err(|_| Refused::stopping())?;
    done.map_err(|fault| Refused::new(fault.code, fault.text))
}

#[cfg(test)]
mod tests;
