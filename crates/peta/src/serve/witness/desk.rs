//! Keeps what was cosigned of each log last, and cosigns: first on the disk, then signed. One request at a time, so that no
//! two are cosigned that do not follow each other.

use std::collections::{HashMap, HashSet};

use peta_audit::{Ending, Intent};
use peta_model::{Code, EventId, Outcome};
use peta_outlet::AddCheckpoint;
use peta_store::{Store, Witnessed};
use peta_vault::safe::Safe;
use peta_verify::{Checkpoint, Note, Signer, Verifier};
use serde_json::json;
use tokio::sync::Mutex;

use super::judge::{No, judge};
use crate::serve::senses;

pub(in crate::serve) struct Desk {
    store: Store,
    safe: Safe,
    known: Mutex<Known>,
}

/// Logs, as far as they were read.
#[derive(Default)]
struct Known {
    /// The number of the change after which they were read.
    read: Option<u64>,
    keys: Vec<Verifier>,
    heads: HashMap<String, Checkpoint>,
    /// Of which it is on record that they are not what was cosigned.
    told: HashSet<String>,
}

/// Why there is no cosignature.
pub(super) enum Refusal {
    No(No),
    Locked,
    Failed,
}

impl Desk {
    pub(in crate::serve) fn new(store: Store, safe: Safe) -> Self {
        Self { store, safe, known: Mutex::default() }
    }

    /// Lines of a note with the cosignature.
    pub(super) async fn add(&self, body: &str) -> Result<String, Refusal> {
        let form = |why: String| Refusal::No(No::Form(why));
        let ask: AddCheckpoint = body.parse().map_err(|why: peta_outlet::NoAddCheckpoint| form(why.to_string()))?;
        let new: Checkpoint =
            ask.note.text().parse().map_err(|why: peta_verify::NoCheckpoint| form(why.to_string()))?;
        let mut known = self.known.lock().await;
        self.read(&mut known).await?;
        let last = known.heads.get(&new.origin);
        if let Err(no) = judge(&known.keys, last, &ask, &new) {
            if matches!(no, No::Other(_) | No::Unproven(_)) && known.told.insert(new.origin.clone()) {
                self.tell(&new, known.heads.get(&new.origin), &no).await;
            }
            return Err(Refusal::No(no));
        }
        let signer = self.signer().await?;
        if last != Some(&new) {
            let (log, size, at) = (new.origin.clone(), new.size, senses::now());
            let head = Witnessed { log, size, note: ask.note.to_string(), at };
            self.store.keep_foreign_head(head).await.map_err(|error| failed(&error))?;
            known.heads.insert(new.origin.clone(), new.clone());
        }
        known.told.remove(&new.origin);
        drop(known);
        cosign(&new, &signer).ok_or(Refusal::Failed)
    }

    /// Reads the logs again after a change of whatever.
    async fn read(&self, known: &mut Known) -> Result<(), Refusal> {
        let now = self.store.snapshot().sequence;
        if known.read == Some(now) {
            return Ok(());
        }
        let logs = self.store.foreign_logs().await.map_err(|error| failed(&error))?;
        known.keys = logs.iter().filter_map(|log| log.verifier.parse().ok()).collect();
        known.heads.clear();
        for seen in logs.into_iter().filter_map(|log| log.newest) {
            let head = seen.note.parse::<Note>().ok().and_then(|note| note.text().parse().ok());
            // What was cosigned of a log and cannot be read is no reason to cosign what does not follow.
            let head = head.ok_or_else(|| failed(&format!("what was cosigned of {} cannot be read", seen.log)))?;
            known.heads.insert(seen.log, head);
        }
        known.read = Some(now);
        Ok(())
    }

    async fn signer(&self) -> Result<Signer, Refusal> {
        if self.safe.is_locked() {
            return Err(Refusal::Locked);
        }
        let keys = self.store.log_keys(&self.store.witness_name()).await.map_err(|error| failed(&error))?;
        let key = keys.last().ok_or(Refusal::Failed)?;
        self.store.open_log_key(&self.safe, key).map_err(|error| failed(&error))
    }

    /// Once, until something of the log is cosigned again: whoever has a checkpoint may send it with a wrong proof.
    async fn tell(&self, new: &Checkpoint, last: Option<&Checkpoint>, no: &No) {
        let why = match no {
            No::Unproven(broken) => broken.to_string(),
            _ => "it was signed with as many entries, and they were other ones".to_owned(),
        };
        tracing::warn!(log = new.origin, size = new.size, why, "a log is not what was cosigned of it");
        let had = last.map(|last| json!({ "size": last.size, "root": last.root.to_string() }));
        let detail =
            json!({ "log": new.origin, "size": new.size, "root": new.root.to_string(), "cosigned": had, "why": why });
        let id = EventId::from_bytes(senses::random());
        let intent = Intent::of_core(id, senses::now(), "witness.refused", detail.to_string());
        let ending = Ending { code: Some(Code::LOG_INCONSISTENT), ..Ending::of(Outcome::Refused) };
        if self.store.recorder().whole(intent, ending).await.is_err() {
            tracing::error!(log = new.origin, "that a log is not what was cosigned cannot be recorded");
        }
    }
}

fn cosign(checkpoint: &Checkpoint, by: &Signer) -> Option<String> {
    let mut note = Note::new(&checkpoint.to_string()).ok()?;
    note.sign(by, u64::try_from(senses::now().micros() / 1_000_000).ok()?);
    note.to_string().split_once("\n\n").map(|(_, lines)| lines.to_owned())
}

fn failed(error: &dyn std::fmt::Display) -> Refusal {
    tracing::error!(%error, "a checkpoint cannot be cosigned");
    Refusal::Failed
}
