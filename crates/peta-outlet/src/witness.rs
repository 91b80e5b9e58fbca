//! Witnesses by URL (C2SP tlog-witness): each is given the newest checkpoint with a proof that the tree only grew, and gives
//! back a cosignature. What it knows otherwise stops the record. One task each; nothing of a call waits for them.

mod around;
mod ask;
mod client;
mod keep;
mod refused;
mod told;
mod turn;
mod words;

use std::sync::Arc;

use peta_dial::{Dialer, Target};
use peta_store::Store;
use peta_verify::Verifier;
use tokio::{sync::Mutex, task::JoinHandle};

use crate::{check::Unfit, config::Config, senses::Senses};
use around::Around;
pub use words::{AddCheckpoint, NoAddCheckpoint, SIZE};

/// A handle to those who ask witnesses; clones are the same.
#[derive(Clone)]
pub struct Witnesses {
    around: Around,
    task: Arc<Mutex<Option<JoinHandle<()>>>>,
}

impl Witnesses {
    /// Ready, and asks nobody yet.
    pub fn new(config: Config, (store, dialer): (Store, Dialer), senses: Senses) -> Self {
        Self { around: Around { config, store, dialer, senses }, task: Arc::default() }
    }

    /// Begins to ask.
    pub async fn start(&self) {
        let mut task = self.task.lock().await;
        if task.is_none() {
            *task = Some(tokio::spawn(keep::run(self.around.clone())));
        }
    }

    /// Asks no more. What is not cosigned yet is after the next start.
    pub async fn close(&self) {
        let Some(task) = self.task.lock().await.take() else { return };
        task.abort();
        // Cancelled, which was asked for.
        _ = task.await;
    }
}

/// Whether a witness can be so: a URL, the key that it cosigns by, and perhaps certificate authorities.
pub fn check(place: &str, key: &str, ca: Option<&str>, dialer: &Dialer) -> Result<(), Unfit> {
    let unfit = |field, why: String| Unfit { field, why };
    let target: Target = dialer.target(place).map_err(|error| unfit("place", error.to_string()))?;
    if target.path().contains('?') {
        return Err(unfit("place", "a witness's URL has no query: `/add-checkpoint` is put behind it".to_owned()));
    }
    let key: Verifier = key.parse().map_err(|why: peta_verify::NoKey| unfit("key", why.to_string()))?;
    if !key.is_witness() {
        return Err(unfit("key", "this is a log's key; a witness's has type 4 (Ed25519 cosignature)".to_owned()));
    }
    match ca {
        Some(_) if !target.is_tls() => Err(unfit("ca", "only a witness under TLS has authorities to trust".to_owned())),
        Some(pem) => dialer.trusting(pem.as_bytes()).map(drop).map_err(|error| unfit("ca", error.to_string())),
        None => Ok(()),
    }
}
