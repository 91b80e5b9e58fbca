//! A map that shares what did not change: boards of drawers, of which a change copies one board and one drawer. One more
//! costs the same whether ten are there or a million, and finding one is a hash and three steps.

use std::{
    borrow::Borrow,
    hash::{BuildHasher, Hash, RandomState},
    sync::Arc,
};

/// Boards of a shelf, and drawers of a board: at 200,000 a drawer holds twelve, at a million sixty.
const BOARDS: usize = 128;
const DRAWERS: usize = 128;

/// An immutable map with cheap copies.
#[derive(Debug, Clone)]
pub(crate) struct Shelf<K, V> {
    boards: Arc<Vec<Option<Board<K, V>>>>,
    hasher: RandomState,
}

type Board<K, V> = Arc<Vec<Option<Drawer<K, V>>>>;

type Drawer<K, V> = Arc<Vec<Item<K, V>>>;

#[derive(Debug, Clone)]
struct Item<K, V> {
    hash: u64,
    key: K,
    value: V,
}

impl<K: Eq + Hash + Clone, V: Clone> Shelf<K, V> {
    pub(crate) fn get<Q: Eq + Hash + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        self.find(key, |known| known.borrow() == key)
    }

    /// For keys that cannot be borrowed: what hashes as the key does, and whether a key is it.
    pub(crate) fn find(&self, like: &(impl Hash + ?Sized), is: impl Fn(&K) -> bool) -> Option<&V> {
        let hash = self.hasher.hash_one(like);
        let drawer = self.boards.get(board(hash))?.as_ref()?.get(drawer(hash))?.as_ref()?;
        drawer.iter().find(|item| item.hash == hash && is(&item.key)).map(|item| &item.value)
    }

    pub(crate) fn put(&mut self, key: K, value: V) {
        let hash = self.hasher.hash_one(&key);
        let Some(board) = Arc::make_mut(&mut self.boards).get_mut(board(hash)) else { return };
        let board = Arc::make_mut(board.get_or_insert_with(|| empty(DRAWERS)));
        let Some(drawer) = board.get_mut(drawer(hash)) else { return };
        let items = Arc::make_mut(drawer.get_or_insert_default());
        match items.iter_mut().find(|item| item.hash == hash && item.key == key) {
            Some(item) => item.value = value,
            None => items.push(Item { hash, key, value }),
        }
    }

    pub(crate) fn take<Q: Eq + Hash + ?Sized>(&mut self, key: &Q)
    where
        K: Borrow<Q>,
    {
        if self.get(key).is_none() {
            return;
        }
        let hash = self.hasher.hash_one(key);
        let board = Arc::make_mut(&mut self.boards).get_mut(board(hash)).and_then(Option::as_mut);
        let Some(drawer) = board.and_then(|board| Arc::make_mut(board).get_mut(drawer(hash))) else { return };
        let Some(items) = drawer.as_mut().map(Arc::make_mut) else { return };
        items.retain(|item| item.hash != hash || item.key.borrow() != key);
        if items.is_empty() {
            *drawer = None;
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        let drawers = self.boards.iter().flatten().flat_map(|board| board.iter().flatten());
        drawers.flat_map(|drawer| drawer.iter().map(|item| (&item.key, &item.value)))
    }
}

impl<K, V> Default for Shelf<K, V> {
    fn default() -> Self {
        Self { boards: empty(BOARDS), hasher: RandomState::new() }
    }
}

fn empty<T>(places: usize) -> Arc<Vec<Option<T>>> {
    Arc::new(std::iter::repeat_with(|| None).take(places).collect())
}

// The remainders are below 128, so they fit any usize. Other bits of the hash for the one than for the other.
fn board(hash: u64) -> usize {
    usize::try_from(hash % (BOARDS as u64)).unwrap_or(0)
}

fn drawer(hash: u64) -> usize {
    usize::try_from((hash >> 32) % (DRAWERS as u64)).unwrap_or(0)
}

#[cfg(test)]
mod tests;
