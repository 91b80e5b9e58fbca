//! Whoever lends the secrets of sinks in the tests.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use peta_arena::{Arena, Lease, Leases, Unlocked};
use peta_dial::{Lender, NotLent};
use peta_model::SinkId;
use peta_outlet::Custody;

pub(crate) const SECRET: &str = "s3cret-of-the-tests";

/// Lends what was "sealed" as it is; with a user as HTTP Basic would have it, unencoded.
pub(crate) struct Bank {
    leases: Arc<Leases>,
    locked: Arc<AtomicBool>,
}

struct Lent {
    leases: Arc<Leases>,
    locked: Arc<AtomicBool>,
    bytes: Vec<u8>,
}

impl Bank {
    pub(crate) fn new() -> Arc<Self> {
        let arena = Arena::new(64 << 10, Unlocked::Tell).unwrap();
        Arc::new(Self { leases: Arc::new(Leases::new(arena)), locked: Arc::default() })
    }

    pub(crate) fn lock(&self, locked: bool) {
        self.locked.store(locked, Ordering::SeqCst);
    }
}

impl Custody for Bank {
    fn lender(&self, _: SinkId, sealed: Vec<u8>, user: Option<&str>) -> Arc<dyn Lender> {
        let bytes = match user {
            Some(user) => format!("{user}:{}", String::from_utf8(sealed).unwrap()).into_bytes(),
            None => sealed,
        };
        Arc::new(Lent { leases: Arc::clone(&self.leases), locked: Arc::clone(&self.locked), bytes })
    }

    fn is_locked(&self) -> bool {
        self.locked.load(Ordering::SeqCst)
    }
}

impl Lender for Lent {
    fn lend(&self) -> Result<Lease, NotLent> {
        if self.locked.load(Ordering::SeqCst) {
            return Err(NotLent);
        }
        let fill = |out: &mut [u8]| {
            out[..self.bytes.len()].copy_from_slice(&self.bytes);
            Ok::<_, NotLent>(self.bytes.len())
        };
        self.leases.lend(self.bytes.len(), Duration::from_secs(30), fill).map_err(|_| NotLent)
    }

    fn now(&self) -> Duration {
        Duration::ZERO
    }
}
