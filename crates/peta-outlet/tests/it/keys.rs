//! A vault that is open, so that private parts are sealed.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use peta_arena::{Arena, Unlocked};
use peta_model::{Moment, SubjectId};
use peta_store::{KeysFault, PayloadKeys, Store};
use peta_vault::{
    NoRandom, Random,
    keys::{Block, KekId, KekRow, Purpose, reserve},
    root::LocalRoot,
    safe::Safe,
};

/// The system's own.
struct Chance;

impl Random for Chance {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), NoRandom> {
        aws_lc_rs::rand::fill(out).map_err(|_| NoRandom)
    }
}

/// Keeps one payload key in memory.
#[derive(Default)]
struct Keeper(AtomicU64);

impl PayloadKeys for Keeper {
    fn reserve(&self, kek: KekId) -> Result<Block, KeysFault> {
        let (next, block) = reserve(kek, self.0.load(Ordering::Relaxed)).unwrap();
        self.0.store(next, Ordering::Relaxed);
        Ok(block)
    }

    fn erase(&self, _: SubjectId, _: KekId, now: Moment) -> Result<Moment, KeysFault> {
        Ok(now)
    }

    fn now(&self) -> Moment {
        Moment::from_micros(0)
    }
}

/// The same each time, so that what was sealed opens after a start.
struct Counted(u8);

impl Random for Counted {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), NoRandom> {
        for byte in out {
            self.0 = self.0.wrapping_add(1);
            *byte = self.0;
        }
        Ok(())
    }
}

/// Gives the store a vault, and opens it.
pub(crate) fn unlock(store: &Store) {
    let (install, tenant) = (store.snapshot().install, store.snapshot().tenant);
    let root = LocalRoot::random(&mut Counted(0)).unwrap();
    let whose = (install, tenant, Purpose::Payload);
    let row = KekRow::make(&root, whose, Moment::from_micros(0), &mut Counted(99)).unwrap().0;
    let arena = Arena::new(1 << 16, Unlocked::Tell).unwrap();
    let safe = Safe::locked(install, arena, Box::new(|| Duration::ZERO), Box::new(Chance));
    safe.unlock(&root, &[row]).unwrap();
    store.keep_subjects(safe, Arc::new(Keeper::default()));
}
