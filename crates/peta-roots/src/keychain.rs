//! The keychain of the operating system. It is built in with the feature `keychain` only.

use peta_model::InstallId;
use peta_vault::{NoRandom, Random, root::LocalRoot};

use crate::key_text::KeyTextError;

/// Why the keychain gives no root.
#[derive(Debug, thiserror::Error)]
pub enum KeychainError {
    #[error("this Peta was built without it")]
    NotBuilt,
    #[error("it cannot be asked: {0}")]
    Away(String),
    #[error("it has no entry of this installation")]
    Missing,
    #[error("its entry is no key: {0}")]
    Text(#[from] KeyTextError),
    #[error(transparent)]
    NoRandom(#[from] NoRandom),
}

/// The root, and whether it was made just now.
pub(crate) fn open(
    _service: &str,
    _install: InstallId,
    _making: Option<&mut dyn Random>,
) -> Result<(LocalRoot, bool), KeychainError> {
    Err(KeychainError::NotBuilt)
}
