//! A map that shares what did not change: 256 parts, of which a change copies one. Ten thousand agents added one by
//! one cost ten thousand small copies, not ten thousand whole ones.

use std::{
    borrow::Borrow,
    collections::HashMap,
    hash::{BuildHasher, Hash, RandomState},
    sync::Arc,
};

const PARTS: usize = 256;

/// An immutable map with cheap copies.
#[derive(Debug, Clone)]
pub(crate) struct Shelf<K, V> {
    parts: Vec<Arc<HashMap<K, V>>>,
    hasher: RandomState,
}

impl<K: Eq + Hash + Clone, V: Clone> Shelf<K, V> {
    pub(crate) fn get<Q: Eq + Hash + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        self.parts.get(self.part(key))?.get(key)
    }

    pub(crate) fn put(&mut self, key: K, value: V) {
        let part = self.part(&key);
        if let Some(part) = self.parts.get_mut(part) {
            Arc::make_mut(part).insert(key, value);
        }
    }

    pub(crate) fn take<Q: Eq + Hash + ?Sized>(&mut self, key: &Q)
    where
        K: Borrow<Q>,
    {
        let part = self.part(key);
        if let Some(part) = self.parts.get_mut(part).filter(|part| part.contains_key(key)) {
            Arc::make_mut(part).remove(key);
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.parts.iter().flat_map(|part| part.iter())
    }

    fn part<Q: Hash + ?Sized>(&self, key: &Q) -> usize {
        // The remainder is below 256, so it fits any usize.
        usize::try_from(self.hasher.hash_one(key) % (PARTS as u64)).unwrap_or(0)
    }
}

impl<K, V> Default for Shelf<K, V> {
    fn default() -> Self {
        let empty = || Arc::new(HashMap::new());
        Self { parts: std::iter::repeat_with(empty).take(PARTS).collect(), hasher: RandomState::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_copies_one_part() {
        let mut old = Shelf::default();
        (0..1000_u32).for_each(|key| old.put(key, key));
        let mut new = old.clone();
        new.put(7, 0);
        assert_eq!((old.get(&7), new.get(&7), new.get(&8), new.get(&1000)), (Some(&7), Some(&0), Some(&8), None));
        let shared = old.parts.iter().zip(&new.parts).filter(|(old, new)| Arc::ptr_eq(old, new)).count();
        assert_eq!(shared, PARTS - 1);
        assert_eq!(new.iter().count(), 1000);
    }
}
