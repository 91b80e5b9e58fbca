//! What came of all that the agents did.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use super::wire::Broke;

/// Counts by word, and the first few things that should not have been.
#[derive(Default)]
pub(super) struct Tally {
    counts: Mutex<BTreeMap<String, u64>>,
    wrong: Mutex<Vec<String>>,
}

impl Tally {
    pub(super) fn count(&self, word: &str) {
        self.add(word, 1);
    }

    pub(super) fn add(&self, word: &str, more: u64) {
        *self.counts.lock().unwrap_or_else(PoisonError::into_inner).entry(word.to_owned()).or_default() += more;
    }

    pub(super) fn broke(&self, who: &str, why: &Broke) {
        match why {
            Broke::Cut => self.count("cut"),
            Broke::Gone => self.count("session gone"),
            Broke::Wrong(what) => self.wrong(&format!("{who}: {what}")),
        }
    }

    pub(super) fn wrong(&self, what: &str) {
        self.count("wrong");
        let mut wrong = self.wrong.lock().unwrap_or_else(PoisonError::into_inner);
        if wrong.len() < 20 {
            wrong.push(what.chars().take(600).collect());
        }
    }

    pub(super) fn counts(&self) -> BTreeMap<String, u64> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn all_wrong(&self) -> Vec<String> {
        self.wrong.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
