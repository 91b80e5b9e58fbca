//! Random bytes for identifiers and keys, from the operating system through the one crypto provider.

use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use peta_model::Id;

/// The operating system gave no randomness; nothing safe can be done then.
#[derive(Debug, thiserror::Error)]
#[error("the operating system gives no random bytes")]
pub(crate) struct NoEntropy;

pub(crate) fn random<const N: usize>() -> Result<[u8; N], NoEntropy> {
    let mut bytes = [0; N];
    SystemRandom::new().fill(&mut bytes).map_err(|_| NoEntropy)?;
    Ok(bytes)
}

pub(crate) fn random_id<Of>() -> Result<Id<Of>, NoEntropy> {
    random().map(Id::from_bytes)
}
