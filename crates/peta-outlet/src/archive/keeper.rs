//! The task: looks for full files that are not there yet, the oldest first, and puts one after the other. The row that says
//! that a file is there is written when the place has confirmed it; a kill in between leaves an object that nothing names.

use std::{collections::BTreeSet, time::Duration};

use aws_lc_rs::rand;
use peta_model::Code;
use peta_store::{ArchiveEntry, ArchivedFile, ChangeError, FullFile};
use zeroize::Zeroizing;

use super::handle::{Archive, CHECKED_WITHIN, DEADLINE};
use crate::{pace::Pace, receiver::hash, standing::State, trouble::Trouble};

/// How often it is looked whether a file is full.
const AGAIN: Duration = Duration::from_secs(2);

/// What is put where an archive is set, and at each start: whether anything can be put is known before a file is full.
const CHECK: (&str, &[u8]) = ("peta-archive.check", b"Peta may write here.\n");

/// What came of a look.
enum Looked {
    /// No archive is set.
    Unset,
    /// All is there.
    Whole,
    Put(FullFile),
}

enum Stop {
    /// The store is closed.
    Closed,
    Trouble(Trouble),
}

async fn run(archive: Archive) {
    let around = &archive.0.around;
    let mut changes = around.store.changes();
    let mut pace = Pace::new(&around.config);
    let mut checked = None;
    loop {
        let wait = match archive.look(&mut checked).await {
            Err(Stop::Closed) => return,
            Ok(Looked::Put(file)) => {
                pace.reset();
                archive.0.board.took(1, around.senses.now());
                tracing::info!(from = file.first, to = file.last, "a file of the record is in the archive");
                continue;
            }
            Ok(Looked::Whole) => {
                archive.0.board.took(0, around.senses.now());
                AGAIN
            }
            // Only a change can set one.
            Ok(Looked::Unset) => {
                archive.0.board.took(0, around.senses.now());
                changes.next().await;
                continue;
            }
            Err(Stop::Trouble(trouble)) => {
                archive.is_ill(&trouble);
                let after = if let Trouble::Later { after, .. } = &trouble { *after } else { None };
                let [random, ..] = around.senses.random();
                pace.wait(after, random)
            }
        };
        tokio::select! {
            _ = changes.next() => {}
            () = around.senses.pause(wait) => {}
        }
    }
}

impl Archive {
    /// Begins to put files there, until the store closes.
    pub fn start(&self) {
        tokio::spawn(run(self.clone()));
    }

    async fn look(&self, checked: &mut Option<ArchiveEntry>) -> Result<Looked, Stop> {
        let store = &self.0.around.store;
        let Some(entry) = store.archive().await? else { return Ok(Looked::Unset) };
        if checked.as_ref() != Some(&entry) {
            self.check(&entry).await?;
            *checked = Some(entry.clone());
        }
        let log = store.tree().origin();
        let archived = store.archived().await?;
        let there = |file: &&ArchivedFile| file.archive == entry.id && file.log == log;
        let there: BTreeSet<u64> = archived.iter().filter(there).map(|file| file.first).collect();
        let Some(next) = store.full_files().into_iter().find(|file| !there.contains(&file.first)) else {
            return Ok(Looked::Whole);
        };
        self.put(&entry, next.clone()).await?;
        Ok(Looked::Put(next))
    }

    async fn check(&self, entry: &ArchiveEntry) -> Result<(), Stop> {
        let (place, secret) = self.place(entry, CHECKED_WITHIN).await?;
        let (name, bytes) = CHECK;
        Ok(place.put(name, (hash(bytes), bytes.to_vec()), secret.as_ref()).await?)
    }

    async fn put(&self, entry: &ArchiveEntry, file: FullFile) -> Result<(), Stop> {
        let (place, secret) = self.place(entry, DEADLINE).await?;
        let (mut id, mut key) = ([0; 16], Zeroizing::new([0; 32]));
        let chance = rand::fill(&mut id).and_then(|()| rand::fill(&mut *key));
        chance.map_err(|_| Trouble::later("the system gives no random bytes"))?;
        // Before anything is put that nobody could ever open.
        self.0.keys.seal(id, &key).await.ok_or(Trouble::NoSecret)?;
        let (head, first, last) = (self.head(id, (file.first, file.last)), file.first, file.last);
        let secret_key = key.clone();
        let sealing = tokio::task::spawn_blocking(move || {
            let (since, until) = file.times()?;
            let sealed = head.seal(&secret_key, &file.read()?);
            let sealed = sealed.ok_or_else(|| std::io::Error::other("it cannot be sealed"))?;
            Ok::<_, std::io::Error>((since, until, hash(&sealed), sealed))
        });
        let sealed = sealing.await.map_err(|_| Trouble::later("Core is ending"))?;
        let (since, until, digest, sealed) =
            sealed.map_err(|error| Trouble::later(format!("a file of the record cannot be read: {error}")))?;
        let short: String = id.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        let name = format!("{first:020}-{last:020}-{short}.peta");
        let bytes = sealed.len() as u64;
        place.put(&name, (digest.clone(), sealed), secret.as_ref()).await?;
        let store = &self.0.around.store;
        let (log, at) = (store.tree().origin().to_owned(), self.0.around.senses.now());
        let done = ArchivedFile { name, archive: entry.id, key: id, log, first, last, since, until, bytes, digest, at };
        // Now, and not before it was put: the vault's key may have been exchanged while it was.
        let kept = self.0.keys.seal(id, &key).await.ok_or(Trouble::NoSecret)?;
        Ok(store.note_archived(done, kept).await?)
    }

    fn is_ill(&self, trouble: &Trouble) {
        let code = self.code(trouble);
        let state = match trouble {
            _ if code == Code::VAULT_LOCKED => State::Locked,
            Trouble::Later { .. } | Trouble::Partly { .. } => State::Retrying,
            _ => State::Failing,
        };
        if self.0.board.is_ill(state, (code, trouble.why()), self.0.around.senses.now()) {
            tracing::warn!(code = code.as_str(), "files of the record cannot be archived: {}", trouble.why());
        }
    }
}

impl From<ChangeError> for Stop {
    fn from(error: ChangeError) -> Self {
        match error {
            ChangeError::Closed => Self::Closed,
            error => Self::Trouble(Trouble::later(error.to_string())),
        }
    }
}

impl From<Trouble> for Stop {
    fn from(trouble: Trouble) -> Self {
        Self::Trouble(trouble)
    }
}
