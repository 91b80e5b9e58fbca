//! Whoever keeps the vault's root: unlocks it, locks it, makes its keys anew. How a root is reached is not known here; Core
//! brings somebody who knows.

use std::pin::Pin;

use peta_api::{
    Secret,
    vault::{VaultRoot, VaultRotate, VaultRotation},
};
use peta_model::Moment;
use peta_store::ChangeError;
use peta_vault::keys::KekRow;

/// What a keeper gives, when it is done.
pub type Keeping<'k, T> = Pin<Box<dyn Future<Output = Result<T, NotKept>> + Send + 'k>>;

/// Keeps the root. What it does is recorded by whoever asks it.
pub trait Keeper: Send + Sync {
    fn status(&self) -> Keeping<'_, Standing>;
    /// Nothing if the vault is unlocked already. A passphrase that is not needed is not looked at.
    fn unlock(&self, passphrase: Option<Secret>) -> Keeping<'_, ()>;
    /// Nothing if the vault is locked already.
    fn lock(&self) -> Keeping<'_, ()>;
    /// Begins; the status tells how far it is.
    fn rotate(&self, rotate: VaultRotate) -> Keeping<'_, ()>;
}

/// How the root does.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    pub root: VaultRoot,
    /// All keys that there are, wherever they stand.
    pub keys: Vec<KekRow>,
    pub rotation: Option<VaultRotation>,
}

/// Why a keeper did not do what it was asked. Texts are for people, and hold no secret.
#[derive(Debug, thiserror::Error)]
pub enum NotKept {
    #[error("the vault is locked; `peta vault unlock` unlocks it")]
    Locked,
    #[error("the vault's root is a passphrase, and none was given")]
    NoPassphrase,
    #[error("the passphrase is wrong")]
    WrongPassphrase,
    #[error("too many wrong passphrases: none is tried before {0}")]
    Wait(Moment),
    /// The provider is down, or does not let us in.
    #[error("{0}")]
    Unavailable(String),
    /// It is there, and it is not the root of this vault.
    #[error("{0}")]
    OtherRoot(String),
    /// It is there, and cannot be used as it is: rights, form.
    #[error("{0}")]
    Unusable(String),
    #[error("the vault is being rotated; `peta vault status` tells how far it is")]
    Busy,
    /// The state does not allow it.
    #[error("{0}")]
    Conflict(String),
    #[error(transparent)]
    Store(#[from] ChangeError),
    /// Something broke; what, is for Core's own log.
    #[error("{0}")]
    Failed(String),
}
