//! The tree while Core runs.

use std::{
    io,
    ops::Range,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use peta_verify::{Checkpoint, Edge, Hash, TILE, prove_consistency, root_of};
use tokio::sync::watch;

use super::{
    entries::stretch,
    levels::{Levels, Rows},
    names, note,
};
use crate::record::Log;

/// A handle to the tree. Cheap to copy.
#[derive(Clone)]
pub struct Tree(Arc<Inner>);

struct Inner {
    log: Arc<Log>,
    dir: PathBuf,
    /// The log's name, as it stands in each checkpoint.
    origin: String,
    state: Mutex<State>,
    /// The newest checkpoint that was signed.
    newest: watch::Sender<Option<Arc<str>>>,
}

/// The tree as it is now.
pub(super) struct State {
    pub(super) edge: Edge,
    pub(super) levels: Levels,
}

/// How many entries are hashed before the record's readers get their turn.
const AT_ONCE: u64 = 64 * 1024;

impl Tree {
    /// The log's name.
    pub fn origin(&self) -> &str {
        &self.0.origin
    }

    /// Whether a log of this name is an earlier one of this record, this one, or a later one; none if it is of another record.
    pub fn compare(&self, log: &str) -> Option<std::cmp::Ordering> {
        let (stem, ours) = names::split(&self.0.origin);
        names::number(stem, log).map(|other| other.cmp(&ours))
    }

    /// Whether there are entries that are not bound into it.
    pub fn is_short(&self) -> bool {
        self.size() + 1 < self.0.log.next()
    }

    /// How many entries are bound into it.
    pub fn size(&self) -> u64 {
        self.state().edge.size()
    }

    /// The newest checkpoint: a signed note.
    pub fn checkpoint(&self) -> Option<Arc<str>> {
        self.0.newest.borrow().clone()
    }

    /// The newest checkpoint, once there is one that speaks of more entries than so many.
    pub async fn checkpoint_past(&self, size: u64) -> Arc<str> {
        let mut newest = self.0.newest.subscribe();
        let is_past = |note: &Option<Arc<str>>| note.as_deref().and_then(note::size).is_some_and(|has| has > size);
        let found = newest.wait_for(is_past).await.ok().and_then(|note| note.clone());
        match found {
            Some(note) => note,
            // The sender lives as long as `self`.
            None => std::future::pending().await,
        }
    }

    /// What leads from the tree of the first `old` entries to that of the first `new`.
    pub async fn prove_consistency(&self, old: u64, new: u64) -> io::Result<Vec<Hash>> {
        self.blocking(move |this| prove_consistency(&this.state().levels, old, new)).await
    }

    /// The root over the first entries, so many.
    pub async fn root(&self, size: u64) -> io::Result<Hash> {
        self.blocking(move |this| this.root_now(size)).await
    }

    /// How many entries the newest checkpoint speaks of.
    pub fn signed(&self) -> Option<u64> {
        self.0.newest.borrow().as_deref().and_then(note::size)
    }

    /// How many entries are bound into it, and its root.
    pub(crate) fn head(&self) -> (u64, Hash) {
        let state = self.state();
        (state.edge.size(), state.edge.root())
    }

    /// Whether there are entries that no signed checkpoint speaks of.
    pub fn is_behind(&self) -> bool {
        self.signed().is_none_or(|signed| signed + 1 < self.0.log.next())
    }

    /// Brings all that is written now into the tree, on the disk; what it says is ready to be signed.
    pub async fn grow(&self) -> io::Result<Checkpoint> {
        self.blocking(|this| this.grow_now()).await
    }

    /// Keeps a checkpoint that was signed, for those who ask and for the next start.
    pub async fn publish(&self, note: String) -> io::Result<()> {
        self.blocking(move |this| {
            note::keep(&this.0.dir, note::FILE, &note)?;
            this.0.newest.send_replace(Some(note.into()));
            Ok(())
        })
        .await
    }

    /// The hashes of a tile; none if the tree is smaller.
    pub async fn tile(&self, level: u8, number: u64, width: u16) -> io::Result<Option<Vec<Hash>>> {
        self.blocking(move |this| {
            let first = number.saturating_mul(TILE);
            let end = first.saturating_add(u64::from(width));
            this.state().levels.hashes(level, first..end)
        })
        .await
    }

    /// Entries as they stand in the tree, in order; none if it is smaller.
    pub async fn entries(&self, places: Range<u64>) -> io::Result<Option<Vec<String>>> {
        self.blocking(move |this| {
            if places.end > this.size() {
                return Ok(None);
            }
            let mut entries = Vec::new();
            // They are JSON, which is text.
            stretch(&this.0.log.view(), places, |entry| entries.push(String::from_utf8_lossy(entry).into_owned()))?;
            Ok(Some(entries))
        })
        .await
    }

    /// Made of what was opened; nothing is checked yet.
    pub(super) fn of(log: Arc<Log>, (dir, origin): (PathBuf, String), state: State, newest: Option<Arc<str>>) -> Self {
        let (state, newest) = (Mutex::new(state), watch::Sender::new(newest));
        Self(Arc::new(Inner { log, dir, origin, state, newest }))
    }

    pub(super) fn log(&self) -> &Log {
        &self.0.log
    }

    pub(super) fn dir(&self) -> &Path {
        &self.0.dir
    }

    pub(super) fn grow_now(&self) -> io::Result<Checkpoint> {
        let view = self.0.log.view();
        let end = view.next.saturating_sub(1);
        self.0.log.bring_to_disk()?;
        loop {
            let mut state = self.state();
            let size = state.edge.size();
            if size >= end {
                state.levels.bring_to_disk()?;
                return Ok(Checkpoint { origin: self.0.origin.clone(), size, root: state.edge.root() });
            }
            let to = end.min(size.saturating_add(AT_ONCE));
            let mut leaves = Vec::new();
            stretch(&view, size..to, |entry| leaves.push(Hash::of_leaf(entry)))?;
            state.grow(leaves)?;
        }
    }

    /// Blocking work, with the tree, on a thread for it.
    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(Self) -> io::Result<T> + Send + 'static,
    ) -> io::Result<T> {
        let this = self.clone();
        tokio::task::spawn_blocking(move || work(this)).await.map_err(io::Error::other)?
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn root_now(&self, size: u64) -> io::Result<Hash> {
        root_of(&self.state().levels, size)
    }
}

impl State {
    /// All or nothing: what was written and does not count is written over.
    fn grow(&mut self, leaves: Vec<Hash>) -> io::Result<()> {
        let mut edge = self.edge.clone();
        let mut rows = Rows::default();
        for leaf in leaves {
            edge.push(leaf, |level, _, hash| rows.push(level, hash));
        }
        self.levels.append(&rows)?;
        self.edge = edge;
        Ok(())
    }
}
