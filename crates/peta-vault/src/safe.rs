//! The vault of a running Core: its keys, the arena, and the loans that are open. What is lent is decrypted straight into
//! locked memory; nothing else here holds plaintext. Who keeps the sealed bytes, and when it is, comes in as arguments.

mod beside;
mod fault;
mod lending;
mod sealing;
mod shape;
mod subject;

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard},
    time::Duration,
};

use peta_arena::{Arena, Leases, Locked};
use peta_model::{InstallId, Moment, TenantId};
use zeroize::Zeroizing;

use crate::{
    keyring::{Keyring, LeftOut, LendError, UnlockError, WrapError},
    keys::{Block, Kek, KekId, KekRow, Purpose},
    place::{Kind, Place},
    random::Random,
    root::Root,
    sanitize::{Digester, Fingerprints, Weak},
};
pub use fault::{NoPrints, NotLent, NotSealed};
pub use shape::Shape;

/// What no lease outlives is 30 seconds; those that sweep come each half second, so that the bytes are gone by then.
pub const LEASE: Duration = Duration::from_secs(29);
pub const SWEEP: Duration = Duration::from_millis(500);

const SECRET: &str = "secret";
const BOUND: &str = "bound";
const PRINTS: &str = "prints";

/// A handle to the vault; clones are the same one.
#[derive(Clone)]
pub struct Safe(Arc<Inner>);

struct Inner {
    install: InstallId,
    ring: RwLock<Keyring>,
    arena: Arena,
    leases: Leases,
    /// A clock that goes on while the machine sleeps.
    clock: Box<dyn Fn() -> Duration + Send + Sync>,
    random: Mutex<Box<dyn Random + Send>>,
}

/// What is kept of a secret.
pub struct Sealed {
    pub envelope: Vec<u8>,
    /// Its fingerprints, sealed.
    pub prints: Vec<u8>,
    /// What whoever stores it should be told.
    pub weak: Option<Weak>,
}

impl Safe {
    /// A vault that is locked. `clock` must go on while the machine sleeps.
    pub fn locked(
        install: InstallId,
        arena: Arena,
        clock: Box<dyn Fn() -> Duration + Send + Sync>,
        random: Box<dyn Random + Send>,
    ) -> Self {
        let (ring, leases) = (RwLock::new(Keyring::locked(install)), Leases::new(arena.clone()));
        Self(Arc::new(Inner { install, ring, arena, leases, clock, random: Mutex::new(random) }))
    }

    pub fn is_locked(&self) -> bool {
        self.ring().is_locked()
    }

    /// Takes in the keys of these rows; says which it left out.
    pub fn unlock(&self, root: &dyn Root, rows: &[KekRow]) -> Result<Vec<LeftOut>, UnlockError> {
        self.0.ring.write().unwrap_or_else(PoisonError::into_inner).unlock(root, rows)
    }

    /// Wipes all keys, then ends all loans: none is made afterwards.
    pub fn lock(&self) {
        self.0.ring.write().unwrap_or_else(PoisonError::into_inner).lock();
        self.0.leases.end_all();
    }

    /// The rows of these keys under another root. It may wait for it.
    pub fn wrap_under(
        &self,
        root: &dyn Root,
        rows: &[KekRow],
        random: &mut dyn Random,
    ) -> Result<Vec<KekRow>, WrapError> {
        self.ring().wrap_under(root, rows, random)
    }

    pub fn insert(&self, row: &KekRow, kek: Kek) {
        self.0.ring.write().unwrap_or_else(PoisonError::into_inner).insert(row, kek);
    }

    pub fn forget(&self, kek: KekId) {
        self.0.ring.write().unwrap_or_else(PoisonError::into_inner).forget(kek);
    }

    /// Makes a key that is kept in no table, to be taken in with `insert` once its row is kept.
    pub fn make_payload(&self, tenant: TenantId, now: Moment) -> Result<(KekRow, Kek), WrapError> {
        self.ring().make_payload(tenant, now, &mut **self.random())
    }

    /// Takes in the keys that are kept in no table; says which it left out.
    pub fn take_in_payload(&self, tenant: TenantId, rows: &[KekRow]) -> Result<Vec<LeftOut>, WrapError> {
        self.0.ring.write().unwrap_or_else(PoisonError::into_inner).take_in_payload(tenant, rows)
    }

    /// From now on a key seals nothing new.
    pub fn retire(&self, kek: KekId) {
        self.0.ring.write().unwrap_or_else(PoisonError::into_inner).retire(kek);
    }

    /// The key that new things are sealed under.
    pub fn current(&self, tenant: TenantId, purpose: Purpose) -> Option<KekId> {
        self.ring().current(tenant, purpose)
    }

    /// The key to reserve wraps for, if fewer than this are left.
    pub fn wants_wraps(&self, tenant: TenantId, purpose: Purpose, fewer: u32) -> Option<KekId> {
        let ring = self.ring();
        ring.current(tenant, purpose).filter(|kek| ring.wraps_left(*kek) < fewer)
    }

    pub fn grant(&self, block: Block) -> Result<(), Block> {
        self.ring().grant(block)
    }

    /// The fingerprints of a version.
    pub fn prints(
        &self,
        sealed: &[u8],
        (tenant, object, version): (TenantId, [u8; 16], u64),
    ) -> Result<Fingerprints, NoPrints> {
        let ring = self.ring();
        let opened = ring.open(sealed, &self.place(tenant, Kind::Fingerprints, object, version))?;
        Ok(Fingerprints::from_bytes(&opened.open(PRINTS)?)?)
    }

    /// What a tenant's fingerprints are made with.
    pub fn digester(&self, tenant: TenantId) -> Result<Digester, LendError> {
        self.ring().with_current((tenant, Purpose::Digest), |_, key| Digester::new(key))
    }

    /// The time by which leases end.
    pub fn now(&self) -> Duration {
        (self.0.clock)()
    }

    pub fn arena(&self) -> &Arena {
        &self.0.arena
    }

    /// Whether the system keeps what is lent out of swap.
    pub fn is_pinned(&self) -> bool {
        matches!(self.0.arena.locked(), Locked::Yes)
    }

    /// Bytes for placeholders and identifiers.
    pub fn random_bytes<const N: usize>(&self) -> Option<[u8; N]> {
        let mut bytes = [0; N];
        self.random().fill(&mut bytes).ok().map(|()| bytes)
    }

    /// Bytes that are a secret; wiped when they are let go of.
    pub fn random_secret<const N: usize>(&self) -> Option<Zeroizing<[u8; N]>> {
        let mut bytes = Zeroizing::new([0; N]);
        self.random().fill(&mut *bytes).ok().map(|()| bytes)
    }

    /// For whoever makes keys.
    pub fn with_random<T>(&self, with: impl FnOnce(&mut dyn Random) -> T) -> T {
        with(&mut **self.random())
    }

    fn place(&self, tenant: TenantId, kind: Kind, object: [u8; 16], version: u64) -> Place {
        Place { install: self.0.install, tenant, kind, object, version }
    }

    fn ring(&self) -> RwLockReadGuard<'_, Keyring> {
        self.0.ring.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn random(&self) -> MutexGuard<'_, Box<dyn Random + Send>> {
        self.0.random.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Safe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Safe(..)")
    }
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealed(..)")
    }
}

#[cfg(test)]
mod tests;
