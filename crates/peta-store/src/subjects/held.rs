//! The keys that are at hand while the vault is unlocked.

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
};

use peta_model::SubjectId;
use peta_vault::{safe::Safe, subject::SubjectKey};

use super::concerned::Concerned;

#[derive(Default)]
pub(super) struct Held(RwLock<Maps>);

#[derive(Default)]
struct Maps {
    by_id: HashMap<SubjectId, Arc<SubjectKey>>,
    /// The key that new parts are sealed under.
    by_whom: HashMap<Concerned, Arc<SubjectKey>>,
}

impl Held {
    /// One that may seal without fetching anything first.
    pub(super) fn whom(&self, whom: &Concerned) -> Option<Arc<SubjectKey>> {
        self.read().by_whom.get(whom).filter(|key| key.has_seals()).cloned()
    }

    pub(super) fn id(&self, id: SubjectId) -> Option<Arc<SubjectKey>> {
        self.read().by_id.get(&id).cloned()
    }

    /// Takes a key in, and gives the one that is to be used: another may have come first. None if the vault was locked
    /// meanwhile: locking wipes what is here, and must not be outrun.
    pub(super) fn put(&self, safe: &Safe, key: SubjectKey, whom: Option<&Concerned>) -> Option<Arc<SubjectKey>> {
        let mut maps = self.write();
        if safe.is_locked() {
            key.wipe();
            return None;
        }
        let key = match maps.by_id.entry(key.id()) {
            Entry::Occupied(there) => Arc::clone(there.get()),
            Entry::Vacant(place) => Arc::clone(place.insert(Arc::new(key))),
        };
        if let Some(whom) = whom {
            maps.by_whom.insert(whom.clone(), Arc::clone(&key));
        }
        Some(key)
    }

    /// From now on this key, if it is here, is the one to seal under. One that was wiped is not here any more.
    pub(super) fn name(&self, id: SubjectId, whom: &Concerned) -> Option<Arc<SubjectKey>> {
        let mut maps = self.write();
        let key = Arc::clone(maps.by_id.get(&id)?);
        maps.by_whom.insert(whom.clone(), Arc::clone(&key));
        Some(key)
    }

    /// Wipes these keys, whoever holds them.
    pub(super) fn forget(&self, ids: &[SubjectId]) {
        let mut maps = self.write();
        for id in ids {
            if let Some(key) = maps.by_id.remove(id) {
                key.wipe();
            }
        }
        maps.by_whom.retain(|_, key| !ids.contains(&key.id()));
    }

    /// Wipes all keys.
    pub(super) fn wipe(&self) {
        let mut maps = self.write();
        for (_, key) in maps.by_id.drain() {
            key.wipe();
        }
        maps.by_whom.clear();
    }

    fn read(&self) -> RwLockReadGuard<'_, Maps> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Maps> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}
