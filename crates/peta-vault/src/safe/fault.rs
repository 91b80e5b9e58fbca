//! What can go wrong in a vault that runs. None of it says anything of a secret.

use peta_arena::FillError;

use crate::{
    envelope::{OpenError, SealError},
    keyring::LendError,
    sanitize::{Damaged, Unfit},
};

/// Why a secret was not sealed.
#[derive(Debug, thiserror::Error)]
pub enum NotSealed {
    #[error(transparent)]
    Unfit(#[from] Unfit),
    #[error(transparent)]
    Seal(#[from] SealError),
    #[error(transparent)]
    Digest(#[from] LendError),
}

/// Why nothing is lent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotLent {
    #[error("the vault is locked")]
    Locked,
    #[error("it was sealed for another server, place or owner")]
    Unbound,
    #[error("{0}")]
    Damaged(OpenError),
    #[error("there is no locked memory left")]
    Full,
}

/// Why fingerprints cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoPrints {
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error(transparent)]
    Damaged(#[from] Damaged),
}

impl From<OpenError> for NotLent {
    fn from(error: OpenError) -> Self {
        if error == OpenError::Locked { Self::Locked } else { Self::Damaged(error) }
    }
}

impl From<FillError<OpenError>> for NotLent {
    fn from(error: FillError<OpenError>) -> Self {
        match error {
            FillError::Full { .. } | FillError::Overrun { .. } => Self::Full,
            FillError::Fill(error) => error.into(),
        }
    }
}
