//! The keys that are at hand while the vault is unlocked. Locking it wipes them; locked, it refuses everything. Whoever
//! holds the keyring puts it behind a lock of readers and writers: what is opened borrows it, so locking waits for the
//! moment that an opening takes, and nothing opened outlives it.

use std::collections::BTreeMap;

use peta_model::{InstallId, Moment, TenantId};

use crate::{
    envelope::{self, Envelope, OpenError, Opened, SealError},
    key::KEY,
    keys::{Block, Kek, KekId, KekRow, KekState, Purpose, RowError, Wrap},
    place::Place,
    random::Random,
    root::{KeyRoot, Root},
};

/// Unwrapped KEKs of one installation.
pub struct Keyring {
    install: InstallId,
    held: Option<BTreeMap<KekId, Held>>,
}

struct Held {
    kek: Kek,
    state: KekState,
    made: Moment,
    block: Block,
}

/// A row that gave no key while others did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    pub id: KekId,
    pub why: RowError,
}

/// Why the vault stays locked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnlockError {
    #[error("there are no keys yet")]
    NoRows,
    #[error("this root wrapped none of the keys: it is another one")]
    OtherRoot,
    #[error("this is the root, but every row of its keys is damaged")]
    Damaged,
    #[error("the key provider cannot be asked: {0}")]
    Unavailable(String),
}

/// Why a key was not lent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LendError {
    #[error("the vault is locked")]
    Locked,
    #[error("there is no such key")]
    NoKey,
    #[error("keys of this purpose only wrap, and are not lent")]
    NeverLent,
}

/// Why keys were not wrapped under another root. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WrapError {
    #[error("the vault is locked")]
    Locked,
    #[error("the key {0} is not at hand")]
    NoKey(KekId),
    #[error("there is no key to wrap it under")]
    NoBeside,
    #[error(transparent)]
    Row(#[from] RowError),
}

impl Keyring {
    /// Nothing at hand yet.
    pub const fn locked(install: InstallId) -> Self {
        Self { install, held: None }
    }

    /// Whether this key is at hand.
    pub fn has(&self, kek: KekId) -> bool {
        self.held.as_ref().is_some_and(|held| held.contains_key(&kek))
    }

    pub const fn is_locked(&self) -> bool {
        self.held.is_none()
    }

    /// Takes in the keys of these rows; says which it left out. On an error everything stays as it was.
    pub fn unlock(&mut self, root: &dyn Root, rows: &[KekRow]) -> Result<Vec<LeftOut>, UnlockError> {
        if rows.is_empty() {
            return Err(UnlockError::NoRows);
        }
        let (mut held, mut left_out) = (BTreeMap::new(), Vec::new());
        for row in rows {
            match row.unwrap(root, self.install) {
                Ok(kek) => {
                    held.insert(row.id, Held::new(row, kek));
                }
                Err(RowError::Unavailable(why)) => return Err(UnlockError::Unavailable(why)),
                Err(why) => left_out.push(LeftOut { id: row.id, why }),
            }
        }
        if held.is_empty() {
            let another = left_out.iter().all(|row| row.why == RowError::OtherRoot);
            return Err(if another { UnlockError::OtherRoot } else { UnlockError::Damaged });
        }
        // Wraps that were reserved before are not lost by reading the rows again.
        for (id, before) in self.held.take().unwrap_or_default() {
            if let Some(now) = held.get_mut(&id) {
                now.block = before.block;
            }
        }
        self.held = Some(held);
        Ok(left_out)
    }

    /// Wipes all keys.
    pub fn lock(&mut self) {
        self.held = None;
    }

    /// The rows of these keys, wrapped under another root: for this the old one need not be at hand. All or nothing.
    pub fn wrap_under(
        &self,
        root: &dyn Root,
        rows: &[KekRow],
        random: &mut dyn Random,
    ) -> Result<Vec<KekRow>, WrapError> {
        let held = self.held.as_ref().ok_or(WrapError::Locked)?;
        let wrap = |row: &KekRow| {
            let held = held.get(&row.id).ok_or(WrapError::NoKey(row.id))?;
            Ok(row.wrapped_under(root, self.install, &held.kek, random)?)
        };
        let mut wrap = wrap;
        rows.iter().map(&mut wrap).collect()
    }

    /// Takes in one more key: a new one, or one whose row changed. Nothing if the vault is locked.
    pub fn insert(&mut self, row: &KekRow, kek: Kek) {
        if let Some(held) = self.held.as_mut().filter(|_| row.id == kek.id) {
            held.insert(row.id, Held::new(row, kek));
        }
    }

    /// Makes a key that is kept in no table; its row is wrapped under a key that is. It is taken in once the row is kept:
    /// a key that could still be lost must seal nothing.
    pub fn make_payload(
        &self,
        tenant: TenantId,
        now: Moment,
        random: &mut dyn Random,
    ) -> Result<(KekRow, Kek), WrapError> {
        Ok(KekRow::make(&self.beside(tenant)?, (self.install, tenant, Purpose::Payload), now, random)?)
    }

    /// Takes in the keys that are kept in no table; says which it left out.
    pub fn take_in_payload(&mut self, tenant: TenantId, rows: &[KekRow]) -> Result<Vec<LeftOut>, WrapError> {
        let (beside, install) = (self.beside(tenant)?, self.install);
        let unwrapped: Vec<_> = rows.iter().map(|row| (row, row.unwrap(&beside, install))).collect();
        let mut left_out = Vec::new();
        for (row, unwrapped) in unwrapped {
            match unwrapped {
                Ok(kek) => self.insert(row, kek),
                Err(why) => left_out.push(LeftOut { id: row.id, why }),
            }
        }
        Ok(left_out)
    }

    /// What wraps the keys that are kept in no table.
    fn beside(&self, tenant: TenantId) -> Result<KeyRoot<'_>, WrapError> {
        self.held.as_ref().ok_or(WrapError::Locked)?;
        let held = self.current_of(tenant, Purpose::Beside).ok_or(WrapError::NoBeside)?;
        Ok(KeyRoot(&held.kek.key))
    }

    /// From now on a key seals nothing new.
    pub fn retire(&mut self, id: KekId) {
        if let Some(held) = self.held.as_mut().and_then(|held| held.get_mut(&id)) {
            held.state = KekState::Retiring;
        }
    }

    /// Wipes one key.
    pub fn forget(&mut self, id: KekId) {
        if let Some(held) = &mut self.held {
            held.remove(&id);
        }
    }

    /// The key that new things of a tenant are sealed under; of several current ones, the newest.
    pub fn current(&self, tenant: TenantId, purpose: Purpose) -> Option<KekId> {
        self.current_of(tenant, purpose).map(|held| held.kek.id)
    }

    /// Adds wraps that the store reserved; gives the block back if its key is not here.
    pub fn grant(&self, block: Block) -> Result<(), Block> {
        match self.held.as_ref().and_then(|held| held.get(&block.kek())) {
            Some(held) => held.block.add(block),
            None => Err(block),
        }
    }

    /// Wraps that a key has left, so that the next block can be had in time.
    pub fn wraps_left(&self, id: KekId) -> u32 {
        self.held.as_ref().and_then(|held| held.get(&id)).map_or(0, |held| held.block.left())
    }

    /// Seals fields under the current key for this place.
    pub fn seal(&self, place: &Place, fields: &[(&str, &[u8])], random: &mut dyn Random) -> Result<Vec<u8>, SealError> {
        envelope::seal(self.to_wrap_with(place)?, place, fields, random)
    }

    /// Unwraps the DEK of an envelope that belongs to this place.
    pub fn open<'a>(&'a self, envelope: &'a [u8], place: &Place) -> Result<Opened<'a>, OpenError> {
        let envelope = Envelope::parse(envelope)?;
        let kek = self.kek(envelope.kek(), place)?;
        envelope.open(kek, place)
    }

    /// Wraps an envelope's DEK under the current key; see `envelope::rewrap`. True if it was not already.
    pub fn rewrap(&self, envelope: &mut [u8], place: &Place, random: &mut dyn Random) -> Result<bool, SealError> {
        let old = Envelope::parse(envelope).map_err(OpenError::Form)?.kek();
        if self.current(place.tenant, place.kind.purpose()) == Some(old) {
            return Ok(false);
        }
        let old = self.kek(old, place)?;
        envelope::rewrap(envelope, place, old, self.to_wrap_with(place)?, random)?;
        Ok(true)
    }

    /// Lends the current key that handles or digests are made with, and its name.
    pub fn with_current<T>(
        &self,
        (tenant, purpose): (TenantId, Purpose),
        look: impl FnOnce(KekId, &[u8; KEY]) -> T,
    ) -> Result<T, LendError> {
        let id = self.current(tenant, purpose).ok_or(self.nothing())?;
        self.with(id, (tenant, purpose), |key| look(id, key))
    }

    /// Lends a key that handles or digests were made with.
    pub fn with<T>(
        &self,
        id: KekId,
        (tenant, purpose): (TenantId, Purpose),
        look: impl FnOnce(&[u8; KEY]) -> T,
    ) -> Result<T, LendError> {
        if !matches!(purpose, Purpose::Handle | Purpose::Digest) {
            return Err(LendError::NeverLent);
        }
        let held = self.held.as_ref().and_then(|held| held.get(&id)).ok_or(self.nothing())?;
        if held.kek.tenant != tenant || held.kek.purpose != purpose {
            return Err(LendError::NoKey);
        }
        Ok(held.kek.key.with(look))
    }

    fn nothing(&self) -> LendError {
        if self.is_locked() { LendError::Locked } else { LendError::NoKey }
    }

    fn current_of(&self, tenant: TenantId, purpose: Purpose) -> Option<&Held> {
        let fits =
            |held: &&Held| held.kek.tenant == tenant && held.kek.purpose == purpose && held.state == KekState::Current;
        self.held.as_ref()?.values().filter(fits).max_by_key(|held| (held.made, held.kek.id))
    }

    fn kek(&self, id: KekId, place: &Place) -> Result<&Kek, OpenError> {
        let held = self.held.as_ref().ok_or(OpenError::Locked)?.get(&id).ok_or(OpenError::NoKey(id))?;
        if place.install != self.install {
            return Err(OpenError::OtherKey(id));
        }
        Ok(&held.kek)
    }

    fn to_wrap_with(&self, place: &Place) -> Result<(&Kek, Wrap), SealError> {
        if self.is_locked() {
            return Err(SealError::Locked);
        }
        let held = self.current_of(place.tenant, place.kind.purpose()).ok_or(SealError::NoKey)?;
        if place.install != self.install {
            return Err(SealError::OtherKey(held.kek.id));
        }
        let wrap = held.block.take().ok_or(SealError::NoWraps(held.kek.id))?;
        Ok((&held.kek, wrap))
    }
}

impl Held {
    fn new(row: &KekRow, kek: Kek) -> Self {
        Self { block: Block::empty(kek.id), kek, state: row.state, made: row.made }
    }
}

#[cfg(test)]
mod tests;
