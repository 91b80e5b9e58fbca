//! A KEK as it stands in the store: wrapped under the root, beside the check value by which a wrong root is told from a
//! damaged row.

use peta_model::{InstallId, Moment, TenantId};

use super::kek::{Kek, KekId, Purpose};
use crate::{
    key::Key,
    random::{self, NoRandom, Random},
    root::{Check, Context, Root, RootError},
};

/// One row. Only `wrapped` is secret, and that is encrypted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KekRow {
    pub id: KekId,
    pub tenant: TenantId,
    pub purpose: Purpose,
    pub state: KekState,
    pub made: Moment,
    /// Wraps that were reserved so far (`keys::reserve`).
    pub reserved: u64,
    pub check: Check,
    pub wrapped: Vec<u8>,
}

/// What a key is still used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KekState {
    /// New things are sealed under it: one for each tenant and purpose.
    Current,
    /// What it sealed is opened, and sealed anew under the current one.
    Retiring,
}

/// Why a row gives no key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RowError {
    #[error("the key is wrapped under another root")]
    OtherRoot,
    #[error("the row of the key is damaged")]
    Damaged,
    #[error("the key provider cannot be asked: {0}")]
    Unavailable(String),
    #[error(transparent)]
    Random(#[from] NoRandom),
}

impl KekRow {
    /// A new key and its row.
    pub fn make(
        root: &dyn Root,
        (install, tenant, purpose): (InstallId, TenantId, Purpose),
        now: Moment,
        random: &mut dyn Random,
    ) -> Result<(Self, Kek), RowError> {
        let kek = Kek { id: KekId::from_bytes(random::bytes(random)?), tenant, purpose, key: Key::random(random)? };
        let (check, wrapped) = wrap(root, install, &kek, random)?;
        let row =
            Self { id: kek.id, tenant, purpose, state: KekState::Current, made: now, reserved: 0, check, wrapped };
        Ok((row, kek))
    }

    /// The key, if the row was wrapped under this root.
    pub fn unwrap(&self, root: &dyn Root, install: InstallId) -> Result<Kek, RowError> {
        // First the check value: nothing is decrypted by a root that did not wrap it.
        if self.check != root.check(install) {
            return Err(RowError::OtherRoot);
        }
        let context = Context { install, tenant: self.tenant, purpose: self.purpose, kek: self.id };
        let key = root.unwrap(&context, &self.wrapped)?;
        Ok(Kek { id: self.id, tenant: self.tenant, purpose: self.purpose, key })
    }

    /// The row of this key under this root.
    pub fn wrapped_under(
        &self,
        root: &dyn Root,
        install: InstallId,
        kek: &Kek,
        random: &mut dyn Random,
    ) -> Result<Self, RowError> {
        let (check, wrapped) = wrap(root, install, kek, random)?;
        Ok(Self { check, wrapped, ..self.clone() })
    }

    /// The same key under another root. A row that already is under it stays as it is, so this can be repeated.
    pub fn rewrap(
        &self,
        (old, new): (&dyn Root, &dyn Root),
        install: InstallId,
        random: &mut dyn Random,
    ) -> Result<Self, RowError> {
        if self.check == new.check(install) {
            return self.unwrap(new, install).map(|_| self.clone());
        }
        let kek = self.unwrap(old, install)?;
        let (check, wrapped) = wrap(new, install, &kek, random)?;
        Ok(Self { check, wrapped, ..self.clone() })
    }
}

fn wrap(root: &dyn Root, install: InstallId, kek: &Kek, random: &mut dyn Random) -> Result<(Check, Vec<u8>), RowError> {
    let wrapped = root.wrap(&Context::of(kek, install), &kek.key, random)?;
    Ok((root.check(install), wrapped))
}

impl From<RootError> for RowError {
    fn from(error: RootError) -> Self {
        match error {
            RootError::Refused => Self::Damaged,
            RootError::Unavailable(why) => Self::Unavailable(why),
            RootError::Random(error) => Self::Random(error),
        }
    }
}

#[cfg(test)]
mod tests;
