//! Roots that are passphrases: deriving them takes time, and so is done where waiting is allowed.

use peta_model::Code;
use peta_roots::{Kind, Provider};
use peta_vault::passphrase::{Derivation, Passphrase};

use super::{chance::Chance, refused::Refused};

/// Of a new passphrase, with as many rounds as this machine does in its time.
pub(super) async fn new_derivation() -> Result<Derivation, Refused> {
    let made = tokio::task::spawn_blocking(|| Derivation::new(peta_roots::measured_rounds(&mut Chance)?, &mut Chance));
    made.await.map_err(|_| Refused::stopping())?.map_err(|error| Refused::no_chance(&error))
}

pub(super) async fn deriving(passphrase: Passphrase, derivation: Derivation) -> Result<Provider, Refused> {
    let derived = tokio::task::spawn_blocking(move || peta_roots::open_passphrase(&passphrase, &derivation));
    derived.await.map_err(|_| Refused::stopping())
}

/// The kind of root that the store says.
pub(super) fn kind_of(word: &str) -> Result<Kind, Refused> {
    Kind::from_name(word).ok_or_else(|| Refused::new(Code::ROOT_UNUSABLE, "the vault's root is of an unknown kind"))
}
