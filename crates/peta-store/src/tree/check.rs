//! Opening the tree at a start: what is there is held against the newest checkpoint that is known. A record that is shorter
//! than it, or another one, is not written to: somebody put an older one in its place, or changed it.

use std::{
    fs::{self, DirBuilder},
    io,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    sync::Arc,
};

use peta_verify::{Checkpoint, Hash};
use serde::{Deserialize, Serialize};

use super::{
    entries::stretch,
    handle::{State, Tree},
    levels::Levels,
    names,
    note::{self, FILE},
};
use crate::record::Log;

/// A checkpoint that somebody kept, and where.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    pub(crate) place: String,
    pub(crate) note: String,
    pub(crate) checkpoint: Checkpoint,
}

/// What a witness by URL said that it has of a log, while an earlier run asked it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Apart {
    pub witness: String,
    pub log: String,
    pub size: u64,
    /// Our own root over so many entries, which is not the witness's; none if we had not so many.
    pub root: Option<String>,
}

/// Why the tree is not gone on with.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TreeError {
    #[error("{}: {error}", path.display())]
    Io { path: PathBuf, error: io::Error },
    #[error("the checkpoint in {0} cannot be read")]
    Unreadable(String),
    #[error("the log calls itself {0}, and this record has no log of that name")]
    Name(String),
    #[error("there are {has} entries, and the checkpoint in {} speaks of {}", known.place, known.checkpoint.size)]
    Shorter { known: Known, has: u64 },
    #[error("it is another one than the checkpoint in {} speaks of", .0.place)]
    Other(Known),
    #[error("entries up to {gone} have expired, and the tree has hashes of {has} only")]
    Unhashed { has: u64, gone: u64 },
    #[error("the witness {} cosigned {} entries, and they are not those of the record", .0.witness, .0.size)]
    Apart(Apart),
    #[error("entry {0} of the record is not what was bound into the tree")]
    Changed(u64),
}

/// The name of the log, from the first start on.
pub(crate) const ORIGIN: &str = "origin";
/// What waits in the folder of a record that was begun by a fork, until its first entry tells of it.
pub(crate) const NOTICE: &str = "forked.json";
/// What an entry that tells of a fork has in it.
const FORKED: &[u8] = br#""kind":"record.forked""#;
/// So many of the last entries are held against their hashes at a start; all of them, when somebody verifies.
const LAST: u64 = 256;

/// Where a log ends, as its files say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Head {
    pub(crate) log: String,
    pub(crate) size: u64,
    pub(crate) root: String,
    /// The newest checkpoint that was signed.
    pub(crate) checkpoint: Option<String>,
}

/// The head of a tree that is not gone on with.
pub(crate) fn head(dir: &Path) -> io::Result<Head> {
    let log = fs::read_to_string(dir.join(ORIGIN))?.trim_end().to_owned();
    let (_, edge) = Levels::open(dir)?;
    let checkpoint = fs::read_to_string(dir.join(FILE)).ok();
    Ok(Head { log, size: edge.size(), root: edge.root().to_string(), checkpoint })
}

impl Tree {
    /// Opens it, and brings it up to the record. `name` is what the log is called if it has no name yet.
    pub(crate) fn open(
        log: Arc<Log>,
        dir: PathBuf,
        name: &str,
        (known, apart): (&[Known], &[Apart]),
    ) -> Result<Self, TreeError> {
        let failed = |error| TreeError::Io { path: dir.clone(), error };
        DirBuilder::new().recursive(true).mode(0o700).create(&dir).map_err(failed)?;
        let origin = origin(&dir, name).map_err(failed)?;
        let number = names::number(name, &origin).ok_or_else(|| TreeError::Name(origin.clone()))?;
        let kept = kept(&dir)?;
        let (levels, edge) = Levels::open(&dir).map_err(failed)?;
        let bound = edge.size();
        // Of entries that have expired nobody can work out the hashes any more.
        if bound < log.gone() {
            return Err(TreeError::Unhashed { has: bound, gone: log.gone() });
        }
        let newest = kept.as_ref().map(|known| known.note.as_str().into());
        let this = Self::of(log, (dir.clone(), origin), State { edge, levels }, newest);
        let forked = this.begins_with_a_fork().map_err(failed)?;
        if number > 1 && !forked {
            return Err(TreeError::Name(this.origin().to_owned()));
        }
        let mut own = Vec::new();
        for known in kept.into_iter().chain(known.iter().cloned()) {
            match names::number(name, &known.checkpoint.origin) {
                Some(other) if other == number => own.push(known),
                // That the log before was left, and for what, is what this one begins with.
                Some(other) if other < number => {}
                // An older log was put back.
                Some(_) => return Err(TreeError::Other(known)),
                None => tracing::warn!(
                    place = known.place,
                    log = known.checkpoint.origin,
                    "a checkpoint is of another record"
                ),
            }
        }
        let known = own;
        this.is_long_enough(&known, apart)?;
        this.is_what_was_bound(bound).map_err(failed)??;
        // An entry is bound once the disk has it; of those behind, nobody knows what became of them.
        this.log().doubt(bound.saturating_add(1)).map_err(failed)?;
        this.grow_now().map_err(failed)?;
        this.is_the_same(&known)?;
        this.is_not_apart(apart)?;
        Ok(this)
    }

    /// Whether the first entry says that a log was left, or will.
    fn begins_with_a_fork(&self) -> io::Result<bool> {
        // Or said so, and has expired; what the record itself tells of that was looked at.
        if self.log().gone() > 0 || self.dir().parent().is_some_and(|record| record.join(NOTICE).exists()) {
            return Ok(true);
        }
        let mut forked = false;
        // Quotes of what a stranger chose are escaped.
        stretch(&self.log().view(), 0..1, |entry| forked = entry.windows(FORKED.len()).any(|part| part == FORKED))?;
        Ok(forked)
    }

    fn is_long_enough(&self, known: &[Known], apart: &[Apart]) -> Result<(), TreeError> {
        let has = self.log().next().saturating_sub(1);
        if let Some(known) = known.iter().find(|known| known.checkpoint.size > has) {
            return Err(TreeError::Shorter { known: known.clone(), has });
        }
        match apart.iter().find(|apart| apart.log == self.origin() && apart.size > has) {
            Some(apart) => Err(TreeError::Apart(apart.clone())),
            None => Ok(()),
        }
    }

    /// The record that a witness did not know is still the one that is there. If another was put in its place, the witness
    /// is asked again.
    fn is_not_apart(&self, apart: &[Apart]) -> Result<(), TreeError> {
        let failed = |error| TreeError::Io { path: self.dir().to_owned(), error };
        for apart in apart.iter().filter(|apart| apart.log == self.origin()) {
            let root = self.root_now(apart.size).map_err(failed)?.to_string();
            if apart.root.as_ref() == Some(&root) {
                return Err(TreeError::Apart(apart.clone()));
            }
        }
        Ok(())
    }

    /// The last entries that were bound into the tree; of a tree that is longer than the record, what is there.
    fn is_what_was_bound(&self, bound: u64) -> io::Result<Result<(), TreeError>> {
        let has = self.log().next().saturating_sub(1);
        let mut state = self.state();
        if bound > has {
            // Entries that no checkpoint spoke of were lost with a power cut; their hashes go, too.
            state.edge = state.levels.edge(has)?;
            state.levels.shorten(has)?;
        }
        let end = bound.min(has);
        let first = end.saturating_sub(LAST).max(self.log().gone());
        if first >= end {
            return Ok(Ok(()));
        }
        let mut hashes = state.levels.hashes(0, first..end)?.unwrap_or_default().into_iter();
        let (mut at, mut changed) = (first, None);
        stretch(&self.log().view(), first..end, |entry| {
            if hashes.next() != Some(Hash::of_leaf(entry)) {
                changed = changed.or(Some(at));
            }
            at += 1;
        })?;
        Ok(changed.map_or(Ok(()), |entry| Err(TreeError::Changed(entry))))
    }

    fn is_the_same(&self, known: &[Known]) -> Result<(), TreeError> {
        let state = self.state();
        for known in known {
            let edge = state.levels.edge(known.checkpoint.size);
            let edge = edge.map_err(|error| TreeError::Io { path: self.dir().to_owned(), error })?;
            if edge.root() != known.checkpoint.root {
                return Err(TreeError::Other(known.clone()));
            }
        }
        Ok(())
    }
}

/// The checkpoint that the run before kept.
fn kept(dir: &Path) -> Result<Option<Known>, TreeError> {
    let path = dir.join(FILE);
    let place = path.display().to_string();
    match note::read(&path) {
        Ok(found) => Ok(found.map(|(note, checkpoint)| Known { place, note, checkpoint })),
        Err(error) if error.kind() == io::ErrorKind::Other => Err(TreeError::Unreadable(place)),
        Err(error) => Err(TreeError::Io { path, error }),
    }
}

fn origin(dir: &Path, name: &str) -> io::Result<String> {
    let path = dir.join(ORIGIN);
    match fs::read_to_string(&path) {
        Ok(text) => Ok(text.trim_end().to_owned()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            fs::write(&path, format!("{name}\n"))?;
            Ok(name.to_owned())
        }
        Err(error) => Err(error),
    }
}
