//! Makes the keys that sign and cosign checkpoints, and opens them. The seed of one stands in no file in the clear.

use peta_audit::Intent;
use peta_model::Moment;
use peta_vault::{
    Kind,
    envelope::OpenError,
    keys::Purpose,
    safe::{NotSealed, Safe},
};
use peta_verify::{NoKey, Signer, Verifier};

use crate::{change::RotateLogKey, log_keys::LogKey, sheet::ChangeError, store::Store};

/// What a key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeySort {
    /// Signs checkpoints of a log of ours.
    Log,
    /// Cosigns checkpoints of other logs.
    Witness,
}

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum NoLogKey {
    #[error(transparent)]
    Store(#[from] ChangeError),
    #[error(transparent)]
    Sealed(#[from] NotSealed),
    #[error("the key cannot be opened: {0}")]
    Opened(#[from] OpenError),
    #[error("the key is damaged")]
    Damaged,
}

impl Store {
    /// What this Peta is called as a witness.
    pub fn witness_name(&self) -> String {
        format!("peta-{}/witness", self.snapshot().install)
    }

    /// The log that a key signs, as it names itself. The text says why it is none.
    pub fn log_of_key(&self, key: &str) -> Result<String, String> {
        let key: Verifier = key.parse().map_err(|why: NoKey| why.to_string())?;
        match key.is_witness() {
            true => Err("this is a witness's key; a log's has type 1 (Ed25519)".to_owned()),
            false => Ok(key.name().to_owned()),
        }
    }

    /// A new key of this name, sealed, that signs trees from this size on. It is not kept yet.
    pub async fn make_log_key(
        &self,
        safe: &Safe,
        (name, sort): (&str, KeySort),
        (from, made): (u64, Moment),
    ) -> Result<LogKey, NoLogKey> {
        let seed = safe.random_secret::<32>().ok_or(ChangeError::NoEntropy)?;
        let object = safe.random_bytes::<16>().ok_or(ChangeError::NoEntropy)?;
        let signer = signer(name, sort, &seed)?;
        self.provide_wraps_of(safe, Purpose::Sign, 1).await?;
        let place = (self.snapshot().tenant, Kind::SigningKey, object, 1);
        let sealed = safe.seal_bytes(place, &*seed).map_err(NotSealed::Seal)?;
        let verifier = signer.verifier().to_string();
        Ok(LogKey { log: name.to_owned(), object, verifier, sealed, from, to: None, made, until: None })
    }

    /// Takes in a key in the place of those that sign; they sign beside it until then.
    pub async fn rotate_log_key(&self, act: Intent, key: LogKey, until: Moment) -> Result<(), ChangeError> {
        self.act(act, RotateLogKey(key, until)).await
    }

    /// Opens a key, to sign with it.
    pub fn open_log_key(&self, safe: &Safe, key: &LogKey) -> Result<Signer, NoLogKey> {
        let seed = safe.open_bytes(&key.sealed, (self.snapshot().tenant, Kind::SigningKey, key.object, 1))?;
        let seed = seed.first_chunk::<32>().ok_or(NoLogKey::Damaged)?;
        let sorts = [KeySort::Log, KeySort::Witness].map(|sort| signer(&key.log, sort, seed));
        // The public half says which it is.
        let found = sorts.into_iter().flatten().find(|signer| signer.verifier().to_string() == key.verifier);
        found.ok_or(NoLogKey::Damaged)
    }
}

fn signer(name: &str, sort: KeySort, seed: &[u8; 32]) -> Result<Signer, NoLogKey> {
    let made = match sort {
        KeySort::Log => Signer::new(name, seed),
        KeySort::Witness => Signer::witness(name, seed),
    };
    made.map_err(|_| NoLogKey::Damaged)
}
