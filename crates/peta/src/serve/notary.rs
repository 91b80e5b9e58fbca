//! Signs what the trees of the logs say, each second that they grew, and hands each checkpoint of the record to those who keep
//! them; some are kept apart from their logs here, too. While the vault is locked nothing is signed; what was written meanwhile is signed
//! after the unlock.

use std::{cmp::Ordering, io, path::Path, time::Duration};

use peta_model::{LogName, Moment};
use peta_store::{KeySort, LogKey, Store, Tree, WITNESS_FILE, Witness, Witnessed, checkpoint_in};
use peta_vault::safe::Safe;
use peta_verify::{Note, Signer};
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::senses;
use crate::keep::keep;

const EVERY: Duration = Duration::from_secs(1);

/// So often at most a checkpoint is kept apart from its log, and so often one of the record becomes an entry
/// of the log `system`.
const KEPT: Duration = Duration::from_secs(60);
const TOLD: Duration = Duration::from_secs(3_600);

/// Runs as long as Core.
pub(super) async fn run(store: Store, safe: Safe) {
    let notary = |log| Notary { store: store.clone(), safe: safe.clone(), log, failing: false, kept: None, told: None };
    let mut notaries = [notary(LogName::Default), notary(LogName::System)];
    let mut tick = interval(EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        for notary in &mut notaries {
            notary.turn().await;
        }
    }
}

/// Of one log.
struct Notary {
    store: Store,
    safe: Safe,
    log: LogName,
    failing: bool,
    /// When a checkpoint was kept apart last, and when one became an entry of the log `system`.
    kept: Option<Instant>,
    told: Option<Instant>,
}

/// Why nothing was signed; for the log.
type Why = String;

impl Notary {
    async fn turn(&mut self) {
        let tree = self.tree();
        // While nothing can be signed there is something to do only when something was written. What a witness knows
        // otherwise is never signed.
        let is_barred = self.log == LogName::Default && self.store.is_barred();
        if is_barred || !(tree.is_short() || tree.is_behind() && !self.safe.is_locked()) {
            return;
        }
        let log = self.log.word();
        match self.sign().await {
            Ok(()) if self.failing => {
                self.failing = false;
                tracing::info!(log, "the record is signed again");
            }
            Ok(()) => {}
            Err(why) if !self.failing => {
                self.failing = true;
                tracing::error!(log, "the record goes on, but what it says is not signed: {why}");
            }
            Err(_) => {}
        }
    }

    fn tree(&self) -> &Tree {
        self.store.log(self.log).tree()
    }

    async fn sign(&mut self) -> Result<(), Why> {
        let tree = self.tree();
        // Hashed while the vault is locked, too: there is less to do after.
        let checkpoint = tree.grow().await.map_err(|error| format!("the tree cannot be written: {error}"))?;
        if self.safe.is_locked() {
            return Ok(());
        }
        let now = senses::now();
        let mut note = Note::new(&checkpoint.to_string()).map_err(|why| why.to_string())?;
        for signer in self.signers(checkpoint.size, now).await? {
            note.sign(&signer, 0);
        }
        let note = note.to_string();
        tree.publish(note.clone()).await.map_err(|error| format!("the checkpoint cannot be written: {error}"))?;
        if self.log == LogName::Default {
            self.hand_out(checkpoint.size, &note).await;
        }
        self.pass_on().await
    }

    /// To where it is found if the log is not.
    async fn pass_on(&mut self) -> Result<(), Why> {
        let is_due = |since: Option<Instant>, every| since.is_none_or(|since| since.elapsed() >= every);
        if is_due(self.kept, KEPT) {
            let kept = self.store.keep_apart(self.log, senses::now()).await;
            kept.map_err(|error| format!("the checkpoint cannot be kept: {error}"))?;
            self.kept = Some(Instant::now());
        }
        if self.log == LogName::Default && is_due(self.told, TOLD) {
            let told = self.store.tell_checkpoint();
            told.map_err(|error| format!("the checkpoint cannot be written into the log `system`: {error}"))?;
            self.told = Some(Instant::now());
        }
        Ok(())
    }

    /// The keys that sign now, the oldest first; the first one is made at the first time. After a rotation there are two, for
    /// a while.
    async fn signers(&self, size: u64, now: Moment) -> Result<Vec<Signer>, Why> {
        let log = self.tree().origin();
        let mut keys = self.store.log_keys(log).await.map_err(|error| error.to_string())?;
        if keys.iter().any(|key| key.to.is_none() && key.until.is_some_and(|until| until <= now)) {
            let signed = self.tree().signed().unwrap_or(0);
            self.store.end_log_keys(log, signed, now).await.map_err(|error| error.to_string())?;
            keys = self.store.log_keys(log).await.map_err(|error| error.to_string())?;
            tracing::info!(log, size = signed, "the old key signs no more");
        }
        keys.retain(|key| key.to.is_none());
        if keys.is_empty() {
            keys.push(self.make(log, (size, now)).await?);
        }
        let open = |key: &LogKey| self.store.open_log_key(&self.safe, key).map_err(|error| error.to_string());
        keys.iter().map(open).collect()
    }

    async fn make(&self, log: &str, (size, now): (u64, Moment)) -> Result<LogKey, Why> {
        // A checkpoint of any size before is signed by nobody yet, so the first key is good from the beginning.
        let from = if self.tree().checkpoint().is_some() { size } else { 0 };
        let made = self.store.make_log_key(&self.safe, (log, KeySort::Log), (from, now)).await;
        let key = made.map_err(|error| error.to_string())?;
        tracing::info!(log, key = %key.verifier, "the log has a key: an auditor needs it to check what you export");
        self.store.add_log_key(key.clone()).await.map_err(|error| error.to_string())?;
        Ok(key)
    }

    /// To everybody who keeps checkpoints. One who cannot be reached gets the next one.
    async fn hand_out(&self, size: u64, note: &str) {
        let witnesses = match self.store.witnesses().await {
            Ok(witnesses) => witnesses,
            Err(error) => return tracing::warn!(%error, "who keeps checkpoints cannot be read"),
        };
        for witness in witnesses {
            if let Err(error) = self.hand_to(&witness, size, note).await {
                tracing::warn!(witness = %witness.name, %error, "a witness did not get the newest checkpoint");
            }
        }
    }

    async fn hand_to(&self, witness: &Witness, size: u64, note: &str) -> io::Result<()> {
        let Some(path) = witness.place.strip_prefix(WITNESS_FILE) else { return Ok(()) };
        let (path, text) = (Path::new(path).to_owned(), note.to_owned());
        let tree = self.tree().clone();
        tokio::task::spawn_blocking(move || {
            make_room(&tree, &path, size)?;
            keep(&path, text.as_bytes())
        })
        .await
        .map_err(io::Error::other)??;
        let log = self.tree().origin().to_owned();
        let seen = Witnessed { log, size, note: note.to_owned(), at: senses::now() };
        self.store.note_witnessed(witness, seen).await.map_err(io::Error::other)
    }
}

/// What a witness has of an earlier log of this record is put beside: it is what shows that there was one. What is of another
/// record, of a later log, or larger than what is signed now, is never written over.
fn make_room(tree: &Tree, path: &Path, size: u64) -> io::Result<()> {
    let Some((_, has)) = checkpoint_in(path)? else { return Ok(()) };
    match tree.compare(&has.origin) {
        Some(Ordering::Equal) if has.size <= size => Ok(()),
        Some(Ordering::Less) => {
            let mut beside = path.to_owned().into_os_string();
            beside.push(format!(".until-{}", has.size));
            std::fs::rename(path, beside)
        }
        _ => Err(io::Error::other(format!("it has a checkpoint of {} entries of {}", has.size, has.origin))),
    }
}
