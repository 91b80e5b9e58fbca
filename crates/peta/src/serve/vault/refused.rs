//! Why the vault does not open, for people.

use peta_model::{Code, Moment};
use peta_roots::{KeyFileAtError, Kind, OpenError, ProveError, Stopped};
use peta_store::ChangeError;
use peta_vault::{
    NoRandom, Wait,
    keyring::{UnlockError, WrapError},
    keys::RowError,
    root::RootError,
};

/// A code, and what happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refused {
    pub(crate) code: Code,
    pub(crate) text: String,
    /// When it may be tried again.
    pub(crate) until: Option<Moment>,
}

impl Refused {
    pub(crate) fn new(code: Code, text: impl Into<String>) -> Self {
        Self { code, text: text.into(), until: None }
    }

    pub(super) fn wait(wait: Wait) -> Self {
        Self { until: Some(wait.until), ..Self::new(Code::PASSPHRASE_WAIT, wait.to_string()) }
    }

    pub(super) fn locked() -> Self {
        Self::new(Code::VAULT_LOCKED, "the vault is locked")
    }

    pub(super) fn stopping() -> Self {
        Self::new(Code::ROOT_UNAVAILABLE, "Core is stopping")
    }

    pub(super) fn no_chance(error: &NoRandom) -> Self {
        Self::new(Code::ROOT_UNUSABLE, error.to_string())
    }

    pub(super) fn of_file(error: &KeyFileAtError) -> Self {
        Self::new(Code::ROOT_UNUSABLE, error.to_string())
    }

    pub(super) fn of_proof(error: &ProveError) -> Self {
        let code = match error {
            ProveError::Root(RootError::Unavailable(_)) | ProveError::Stopped(_) => Code::ROOT_UNAVAILABLE,
            _ => Code::ROOT_UNUSABLE,
        };
        Self::new(code, format!("the new root cannot be used: {error}"))
    }

    pub(super) fn of_wrapping(error: &WrapError) -> Self {
        match error {
            WrapError::Locked => Self::locked(),
            WrapError::NoKey(_) => Self::new(Code::CREDENTIAL_DAMAGED, error.to_string()),
            WrapError::NoBeside => Self::new(Code::RECORD_KEYS_UNFIT, error.to_string()),
            WrapError::Row(error) => Self::of_row(error),
        }
    }

    /// Whether waiting may help.
    pub(super) fn may_pass(&self) -> bool {
        self.code == Code::ROOT_UNAVAILABLE
    }

    pub(super) fn of_store(error: ChangeError) -> Self {
        Self::new(error.code(), error.to_string())
    }

    pub(super) fn of_root(error: &OpenError) -> Self {
        let code = if error.is_away() { Code::ROOT_UNAVAILABLE } else { Code::ROOT_UNUSABLE };
        Self::new(code, error.to_string())
    }

    pub(super) fn of_row(error: &RowError) -> Self {
        let code = match error {
            RowError::Unavailable(_) => Code::ROOT_UNAVAILABLE,
            RowError::OtherRoot => Code::ROOT_OTHER,
            RowError::Damaged | RowError::Random(_) => Code::ROOT_UNUSABLE,
        };
        Self::new(code, error.to_string())
    }

    pub(super) fn of_unlocking(error: &UnlockError, kind: Kind) -> Self {
        let code = match error {
            UnlockError::OtherRoot if kind == Kind::Passphrase => {
                return Self::new(Code::PASSPHRASE_WRONG, "the passphrase is wrong");
            }
            UnlockError::OtherRoot => Code::ROOT_OTHER,
            UnlockError::Unavailable(_) => Code::ROOT_UNAVAILABLE,
            UnlockError::NoRows | UnlockError::Damaged => Code::ROOT_UNUSABLE,
        };
        Self::new(code, error.to_string())
    }

    pub(super) fn stopped(_: Stopped) -> Self {
        Self::stopping()
    }
}
