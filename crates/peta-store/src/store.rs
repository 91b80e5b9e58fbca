//! The store: one handle to the state, its changes, and the record.

use std::{fmt, sync::Arc};

use arc_swap::ArcSwap;
use peta_audit::Intent;
use peta_model::{LogName, Moment, Span};
use sqlx::Connection;
use tokio::{
    sync::{Mutex, watch},
    task::JoinHandle,
};

use crate::{
    changes::Changes,
    commit::Commits,
    config::Config,
    credential::CredentialEntry,
    damage::report,
    dir::DataDir,
    entry::TokenEntry,
    events::{EventPage, EventQuery, Follow, Found, QueryError, Reader, Which},
    expiry::{Expiring, Expiry, ExpiryError, Waits, grace, sweep_all},
    fault::Fault,
    load::load,
    open::open,
    payloads::{Files, Reading, Retention, Said, SaidPage, expire},
    record::{Log, View},
    recorder::Recorder,
    sheet::{Change, ChangeError},
    snapshot::Snapshot,
    sql,
    store_error::StoreError,
    subjects::Subjects,
    system::System,
    tend::tend,
    tree::Tree,
    usage::{Uses, save_all},
    writer::Writer,
};

/// A handle to the open store. Cheap to copy; the last one that goes lets the data directory go.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    dir: DataDir,
    commits: Arc<Commits>,
    log: Arc<Log>,
    recorder: Recorder,
    reader: Reader,
    tree: Tree,
    system: System,
    expiry: Expiry,
    alive: Option<Moment>,
    uses: Arc<Uses>,
    subjects: Subjects,
    payloads: Arc<Files>,
    closing: watch::Sender<bool>,
    tasks: Mutex<Vec<JoinHandle<()>>>,
}

impl Store {
    /// Takes the data directory, brings the database up to date, ends what earlier boots left open, and starts to
    /// write. `now` is the start of this boot.
    pub async fn open(config: Config, now: Moment) -> Result<Self, StoreError> {
        let dir = DataDir::open(&config.dir).map_err(|error| StoreError::of_dir(&config.dir, &error))?;
        let mut opened = open(&config, &dir, now).await?;
        let loaded = load(&mut opened.conn, opened.owner.install, opened.owner.tenant).await;
        let failed = |error| StoreError::of_database(&dir.database(), Fault::of(&error), Some(error));
        let snapshot = loaded.map_err(failed)?;

        let log = opened.log;
        let (system_log, system_tree, system_damage) = opened.system;
        report(&log, opened.damage);
        report(&system_log, system_damage);
        let writer = Arc::new(Mutex::new(Some(Writer { conn: opened.conn, tenant: opened.owner.tenant })));
        let uses = Arc::new(Uses::default());
        let subjects = Subjects::new(Arc::clone(&writer), snapshot.tenant);
        let payloads = Arc::new(Files::new(dir.payloads(), opened.owner, config.segment));
        log.bring_first(Arc::<Files>::clone(&payloads));
        let keeping = (Arc::clone(&payloads), subjects.clone());
        let recorder = Recorder::new(Arc::clone(&log), config.sync, snapshot.tenant, keeping);
        let closing = watch::Sender::new(false);
        let mut tasks = vec![
            tokio::spawn(save_all(Arc::clone(&uses), Arc::clone(&writer), closing.subscribe())),
            tokio::spawn(tend(Arc::clone(&log), closing.subscribe())),
            tokio::spawn(tend(Arc::clone(&system_log), closing.subscribe())),
        ];
        let sequence = watch::Sender::new(snapshot.sequence);
        let current = Arc::new(ArcSwap::from_pointee(snapshot));
        let reader = Reader::new(Arc::clone(&log), Arc::clone(&current), subjects.clone());
        let system_reader = Reader::new(Arc::clone(&system_log), Arc::clone(&current), subjects.clone());
        let system = System { log: system_log, tree: system_tree, reader: system_reader };
        let parts = ((Arc::clone(&log), opened.tree.clone()), (Arc::clone(&writer), Arc::clone(&current)));
        let expiry = Expiry::new(dir.record(), parts.0, parts.1, opened.rounds);
        tasks.push(tokio::spawn(sweep_all(expiry.clone(), closing.subscribe())));
        let commits = Arc::new(Commits { writer, recorder: recorder.clone(), current, sequence });
        let tasks = Mutex::new(tasks);
        let this = Self(Arc::new(Inner {
            dir,
            commits,
            log,
            recorder,
            reader,
            tree: opened.tree,
            system,
            expiry,
            alive: opened.alive,
            uses,
            subjects,
            payloads,
            closing,
            tasks,
        }));
        if let Some(keep) = config.keep_payloads {
            let grace = grace(this.0.alive, this.0.log.now());
            let task = tokio::spawn(expire(this.retention(keep), grace, this.0.closing.subscribe()));
            this.0.tasks.lock().await.push(task);
        }
        Ok(this)
    }

    /// All that a call is judged by, now. Never a database read.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.0.commits.current.load_full()
    }

    /// A handle to hear of changes to the snapshot.
    pub fn changes(&self) -> Changes {
        Changes::new(self.0.commits.sequence.subscribe())
    }

    /// Wakes who follows the changes, after one that no snapshot shows.
    pub(crate) fn wake(&self) {
        self.0.commits.sequence.send_modify(|_| {});
    }

    /// A handle to write the record with.
    pub fn recorder(&self) -> Recorder {
        self.0.recorder.clone()
    }

    /// The key of sealed handles (cursors, task ids).
    pub fn handle_key(&self) -> &[u8; 32] {
        self.0.dir.handle_key()
    }

    /// The tree over the record.
    pub fn tree(&self) -> &Tree {
        &self.0.tree
    }

    /// Whether the record can be written, as far as the last attempt told. While it cannot be, it is tried each second.
    pub fn recording(&self) -> bool {
        self.0.log.writable()
    }

    pub fn is_barred(&self) -> bool {
        self.0.log.is_barred()
    }

    pub async fn events(&self, query: &EventQuery) -> Result<EventPage, QueryError> {
        self.log(LogName::Default).events(query).await
    }

    /// One event; none if there is no such one.
    pub async fn event(&self, which: Which) -> Result<Option<Found>, QueryError> {
        self.log(LogName::Default).event(which).await
    }

    /// One event, with what was kept of its arguments and result.
    pub async fn said_in(&self, which: Which) -> Result<Option<Said>, QueryError> {
        self.reading().one(which).await
    }

    /// Events of which something was kept, newest first; with a text, those in which it occurs, in small or large letters:
    /// each is opened for that, and more than ten thousand that fit otherwise are refused.
    pub async fn said(&self, query: &EventQuery, text: Option<&str>) -> Result<SaidPage, QueryError> {
        self.reading().page(query, text).await
    }

    /// What takes payloads away that are older.
    pub(crate) fn retention(&self, keep: Span) -> Retention {
        let Inner { payloads, log, .. } = &*self.0;
        let (files, log, tenant) = (Arc::clone(payloads), Arc::clone(log), self.snapshot().tenant);
        Retention { files, log, writer: self.writer(), tenant, keep }
    }

    /// Whether there are any payloads, as far as the disk tells.
    pub fn holds_payloads(&self) -> bool {
        self.0.payloads.older_than(Moment::from_micros(i64::MAX)).is_ok_and(|all| !all.names.is_empty())
    }

    fn reading(&self) -> Reading<'_> {
        let (files, subjects) = (Arc::clone(&self.0.payloads), self.subjects());
        Reading { reader: &self.0.reader, files, subjects, tenant: self.snapshot().tenant }
    }

    /// Follows events as they end, from now on. `part` and `limit` of the filter mean nothing here.
    pub fn follow(&self, filter: EventQuery) -> Follow {
        self.log(LogName::Default).follow(filter)
    }

    /// Follows events that ended behind the entry of this number.
    pub fn follow_from(&self, number: u64, filter: EventQuery) -> Follow {
        Follow::behind(self.0.reader.clone(), number, filter)
    }

    /// The number of the last entry of the record.
    pub fn recorded(&self) -> u64 {
        self.0.reader.last()
    }

    /// Lets whole files of the record go whose last entry is older than `before`; the hashes of their entries stay in the
    /// tree. With `dry_run` it only tells what would go. Files are deleted when the event that tells of it is signed.
    pub async fn expire(&self, before: Moment, now: Moment, dry_run: bool) -> Result<Expiring, ExpiryError> {
        self.0.expiry.expire(before, now, dry_run).await
    }

    /// The last moment of which the record told when it was opened; none of one that began then.
    pub fn was_alive(&self) -> Option<Moment> {
        self.0.alive
    }

    /// The number of the last entry that has expired and is gone; 0 if none is.
    pub fn gone(&self) -> u64 {
        self.log(LogName::Default).gone()
    }

    /// When the entry of this number expired; none if it is there.
    pub fn expired(&self, number: u64) -> Option<Moment> {
        self.log(LogName::Default).expired(number)
    }

    /// What kept old files from going when it was looked last.
    pub fn expiry_waits(&self) -> Option<Waits> {
        self.0.expiry.waits()
    }

    /// Notes that a token was used; written to the database within seconds.
    pub fn touch_token(&self, token: &TokenEntry, now: Moment) {
        self.0.uses.touch(token, now);
    }

    /// Notes that a credential was lent.
    pub fn touch_credential(&self, credential: &CredentialEntry, now: Moment) {
        self.0.uses.touch_credential(credential, now);
    }

    pub(crate) fn record(&self) -> &Log {
        &self.0.log
    }

    pub(crate) fn system(&self) -> &System {
        &self.0.system
    }

    pub(crate) fn reader(&self) -> &Reader {
        &self.0.reader
    }

    pub(crate) fn expiry(&self) -> &Expiry {
        &self.0.expiry
    }

    pub(crate) fn dir(&self) -> &DataDir {
        &self.0.dir
    }

    pub(crate) fn view(&self) -> View {
        self.0.log.view()
    }

    /// The keys of persons' parts of the record.
    pub(crate) fn subjects(&self) -> Subjects {
        self.0.subjects.clone()
    }

    pub(crate) fn writer(&self) -> Arc<Mutex<Option<Writer>>> {
        Arc::clone(&self.0.commits.writer)
    }

    /// Takes no more entries and lets the data directory go. Handles that are still held answer that the record cannot be
    /// written.
    pub async fn close(&self, now: Moment) {
        self.0.closing.send_replace(true);
        for task in self.0.tasks.lock().await.drain(..) {
            if let Err(error) = task.await {
                tracing::error!(%error, "a task of the store ended badly");
            }
        }
        let writer = self.0.commits.writer.lock().await.take();
        if let Err(error) = self.0.log.close(now) {
            tracing::warn!(%error, "the record could not be closed in good order; the next start repairs that");
        }
        if let Err(error) = self.0.system.log.close(now) {
            tracing::warn!(%error, "the log `system` could not be closed in good order; the next start repairs that");
        }
        self.0.reader.close();
        self.0.system.reader.close();
        if let Some(writer) = writer
            && let Err(error) = finish(writer, &self.0.uses).await
        {
            tracing::warn!(%error, "the store could not be closed in good order; the next start repairs that");
        }
        self.0.dir.unlock();
    }
}

impl Store {
    /// A change that is no administrator's act.
    pub(crate) async fn note<C: Change>(&self, now: Moment, change: C) -> Result<C::Done, ChangeError> {
        let commits = Arc::clone(&self.0.commits);
        tokio::spawn(async move { commits.note(now, change).await }).await.unwrap_or(Err(ChangeError::Closed))
    }

    /// In a task of its own: a caller that goes away must not stop a change between the commit and the snapshot.
    pub(crate) async fn act<C: Change>(&self, act: Intent, change: C) -> Result<C::Done, ChangeError> {
        let commits = Arc::clone(&self.0.commits);
        tokio::spawn(async move { commits.act(act, change).await }).await.unwrap_or(Err(ChangeError::Closed))
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").finish_non_exhaustive()
    }
}

impl Drop for Inner {
    /// Before the data directory is let go, for somebody else may take it: a receipt that outlives the store must not
    /// write behind their back.
    fn drop(&mut self) {
        self.log.shut();
        self.system.log.shut();
    }
}

async fn finish(mut writer: Writer, uses: &Uses) -> Result<(), sqlx::Error> {
    uses.save(&mut writer).await?;
    sqlx::query(sql::CHECKPOINT).execute(&mut writer.conn).await?;
    writer.conn.close().await
}

#[cfg(test)]
mod tests;
