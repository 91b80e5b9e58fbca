//! The keychain of the operating system (the Secret Service of a desktop). It is built in with the feature `keychain` only.

use peta_model::InstallId;
use peta_vault::{NoRandom, Random, root::LocalRoot};

use crate::key_text::KeyTextError;

#[cfg(feature = "keychain")]
mod entry;

/// Why the keychain gives no root.
#[derive(Debug, thiserror::Error)]
pub enum KeychainError {
    #[error("this Peta was built without it")]
    NotBuilt,
    #[error("it cannot be asked: {0}")]
    Away(String),
    #[error("it has no entry of this installation")]
    Missing,
    #[error("it has several entries of this installation")]
    Several,
    #[error("its entry is no key: {0}")]
    Text(#[from] KeyTextError),
    #[error(transparent)]
    NoRandom(#[from] NoRandom),
}

/// The root, and whether it was made just now.
#[cfg(feature = "keychain")]
pub(crate) fn open(
    service: &str,
    install: InstallId,
    making: Option<&mut dyn Random>,
) -> Result<(LocalRoot, bool), KeychainError> {
    let (service, account) = (service.to_owned(), install.to_string());
    match (entry::get(service.clone(), account.clone()), making) {
        (Err(entry::EntryError::Missing), Some(random)) => {
            let root = LocalRoot::random(random)?;
            entry::set(service.clone(), account.clone(), hex(&root))?;
            // Read back: what is not kept there must not wrap anything.
            Ok((read(&entry::get(service, account)?)?, true))
        }
        (found, _) => Ok((read(&found?)?, false)),
    }
}

/// Refuses: it is not built in.
#[cfg(not(feature = "keychain"))]
pub(crate) fn open(
    _service: &str,
    _install: InstallId,
    _making: Option<&mut dyn Random>,
) -> Result<(LocalRoot, bool), KeychainError> {
    Err(KeychainError::NotBuilt)
}

#[cfg(feature = "keychain")]
fn read(bytes: &[u8]) -> Result<LocalRoot, KeychainError> {
    let text = std::str::from_utf8(bytes).map_err(|_| KeyTextError::Form)?;
    Ok(LocalRoot::new(crate::key_text::read(text)?))
}

#[cfg(feature = "keychain")]
fn hex(root: &LocalRoot) -> zeroize::Zeroizing<Vec<u8>> {
    use std::io::Write;
    let mut text = zeroize::Zeroizing::new(Vec::with_capacity(64));
    root.key().with(|key| {
        for byte in key {
            // Writing to memory cannot fail.
            let _ = write!(&mut *text, "{byte:02x}");
        }
    });
    text
}

#[cfg(feature = "keychain")]
impl From<entry::EntryError> for KeychainError {
    fn from(error: entry::EntryError) -> Self {
        match error {
            entry::EntryError::Missing => Self::Missing,
            entry::EntryError::Several => Self::Several,
            entry::EntryError::Away(why) => Self::Away(why),
        }
    }
}
