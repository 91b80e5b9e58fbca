//! The vault of a running Core: its keys, the arena, and the loans that are open. What is lent is decrypted straight into
//! locked memory; nothing else here holds plaintext. Who keeps the sealed bytes, and when it is, comes in as arguments.

mod beside;
mod fault;
mod shape;
mod subject;

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard},
    time::Duration,
};

use peta_arena::{Arena, Lease, Leases, Locked};
use peta_model::{InstallId, Moment, TenantId};
use zeroize::Zeroizing;

use crate::{
    envelope::{Envelope, OpenError, SealError},
    keyring::{Keyring, LeftOut, LendError, UnlockError, WrapError},
    keys::{Block, Kek, KekId, KekRow, Purpose},
    place::{Kind, Place},
    random::Random,
    root::Root,
    sanitize::{Digester, Fingerprints, Secret, Weak, forms},
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

    /// Makes a key that is kept in no table, and gives the row to keep.
    pub fn make_payload(&self, tenant: TenantId, now: Moment) -> Result<KekRow, WrapError> {
        let mut ring = self.0.ring.write().unwrap_or_else(PoisonError::into_inner);
        ring.make_payload(tenant, now, &mut **self.random())
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

    /// Seals a secret for this object and version, bound to what it may be used for, and makes its fingerprints.
    pub fn seal(
        &self,
        (tenant, object, version): (TenantId, [u8; 16], u64),
        bound: &[u8],
        secret: &Secret<'_>,
    ) -> Result<Sealed, NotSealed> {
        self.seal_with((tenant, object, version), bound, secret, &[])
    }

    /// The same with more beside it, which is never lent: what the secret is renewed with.
    pub fn seal_with(
        &self,
        (tenant, object, version): (TenantId, [u8; 16], u64),
        bound: &[u8],
        secret: &Secret<'_>,
        beside: &[(&str, &[u8])],
    ) -> Result<Sealed, NotSealed> {
        let forms = forms(secret)?;
        let prints = Zeroizing::new(Fingerprints::of(&forms, &self.digester(tenant)?).to_bytes());
        let (ring, random) = (self.ring(), &mut **self.random());
        let place = self.place(tenant, Kind::Credential, object, version);
        let fields = [&[(SECRET, secret.bytes), (BOUND, bound)], beside].concat();
        let envelope = ring.seal(&place, &fields, random)?;
        let place = self.place(tenant, Kind::Fingerprints, object, version);
        let prints = ring.seal(&place, &[(PRINTS, &prints)], random)?;
        Ok(Sealed { envelope, prints, weak: forms.weak() })
    }

    /// The same secret, bound to something else. The version must be another one.
    pub fn bind_anew(
        &self,
        envelope: &[u8],
        (tenant, object, from, to): (TenantId, [u8; 16], u64, u64),
        bound: &[u8],
    ) -> Result<Vec<u8>, NotSealed> {
        let (ring, random) = (self.ring(), &mut **self.random());
        let opened =
            ring.open(envelope, &self.place(tenant, Kind::Credential, object, from)).map_err(SealError::from)?;
        let names: Vec<&str> = opened.fields().map(|(name, _)| name).filter(|name| *name != BOUND).collect();
        let plain: Vec<Zeroizing<Vec<u8>>> =
            names.iter().map(|name| opened.open(name)).collect::<Result<_, _>>().map_err(SealError::from)?;
        let kept = names.iter().copied().zip(plain.iter().map(|bytes| bytes.as_slice()));
        let fields: Vec<(&str, &[u8])> = kept.chain([(BOUND, bound)]).collect();
        let place = self.place(tenant, Kind::Credential, object, to);
        Ok(ring.seal(&place, &fields, random)?)
    }

    /// The fingerprints of a version, sealed for another one: the secret is the same.
    pub fn prints_anew(
        &self,
        sealed: &[u8],
        (tenant, object, from, to): (TenantId, [u8; 16], u64, u64),
    ) -> Result<Vec<u8>, NotSealed> {
        let (ring, random) = (self.ring(), &mut **self.random());
        let opened =
            ring.open(sealed, &self.place(tenant, Kind::Fingerprints, object, from)).map_err(SealError::from)?;
        let prints = opened.open(PRINTS).map_err(SealError::from)?;
        let place = self.place(tenant, Kind::Fingerprints, object, to);
        Ok(ring.seal(&place, &[(PRINTS, &prints)], random)?)
    }

    /// Lends a secret, in the shape in which it is sent, to whoever it was bound to.
    pub fn lend(
        &self,
        envelope: &[u8],
        (tenant, object, version): (TenantId, [u8; 16], u64),
        bound: &[u8],
        shape: &Shape,
    ) -> Result<Lease, NotLent> {
        let ring = self.ring();
        let place = self.place(tenant, Kind::Credential, object, version);
        let opened = ring.open(envelope, &place)?;
        if **opened.open(BOUND)? != *bound {
            return Err(NotLent::Unbound);
        }
        let length = opened.length(SECRET).ok_or(OpenError::NoField)?;
        let deadline = self.now() + LEASE;
        if *shape == Shape::Plain {
            return Ok(self.0.leases.lend(length, deadline, |out| opened.open_into(SECRET, out))?);
        }
        // What it is made of lies in the arena, too, and only until it is made.
        let plain = self.0.arena.fill(length, |out| opened.open_into(SECRET, out))?;
        let length = plain.with(|plain| shape.length(plain));
        Ok(self
            .0
            .leases
            .lend(length, deadline, |out| Ok::<_, OpenError>(plain.with(|plain| shape.write(plain, out))))?)
    }

    /// Whether it could be lent now, to what it was bound to.
    pub fn check(
        &self,
        envelope: &[u8],
        (tenant, object, version): (TenantId, [u8; 16], u64),
        bound: &[u8],
    ) -> Result<(), NotLent> {
        let ring = self.ring();
        let opened = ring.open(envelope, &self.place(tenant, Kind::Credential, object, version))?;
        if **opened.open(BOUND)? != *bound {
            return Err(NotLent::Unbound);
        }
        // Opened once for nothing: that it is whole is only known then.
        let length = opened.length(SECRET).ok_or(OpenError::NoField)?;
        self.0.arena.fill(length, |out| opened.open_into(SECRET, out))?;
        Ok(())
    }

    /// Whether the key is at hand that an envelope needs which was opened before.
    pub fn has_key_of(&self, envelope: &[u8]) -> bool {
        Envelope::kek_of(envelope).is_some_and(|kek| self.ring().has(kek))
    }

    /// Lends bytes that somebody brought, so long: what a drill looks for.
    pub fn lend_plain(&self, bytes: &[u8], within: Duration) -> Result<Lease, NotLent> {
        let deadline = self.now() + within.min(LEASE);
        let copy = |out: &mut [u8]| {
            out.copy_from_slice(bytes);
            Ok::<_, OpenError>(bytes.len())
        };
        Ok(self.0.leases.lend(bytes.len(), deadline, copy)?)
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

    /// Wraps what an envelope is sealed with under the current key. True if it was not already.
    pub fn rewrap(
        &self,
        envelope: &mut [u8],
        (tenant, kind, object, version): (TenantId, Kind, [u8; 16], u64),
    ) -> Result<bool, SealError> {
        self.ring().rewrap(envelope, &self.place(tenant, kind, object, version), &mut **self.random())
    }

    /// The same fields under a new key of their own.
    pub fn reseal(
        &self,
        envelope: &[u8],
        (tenant, kind, object, version): (TenantId, Kind, [u8; 16], u64),
    ) -> Result<Vec<u8>, SealError> {
        let (ring, random) = (self.ring(), &mut **self.random());
        let place = self.place(tenant, kind, object, version);
        let opened = ring.open(envelope, &place)?;
        let names: Vec<String> = opened.fields().map(|(name, _)| name.to_owned()).collect();
        let plain: Vec<Zeroizing<Vec<u8>>> = names.iter().map(|name| opened.open(name)).collect::<Result<_, _>>()?;
        let fields: Vec<(&str, &[u8])> =
            names.iter().zip(&plain).map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
        ring.seal(&place, &fields, random)
    }

    /// The time by which leases end.
    pub fn now(&self) -> Duration {
        (self.0.clock)()
    }

    /// Ends what is over. To be called each half second.
    pub fn sweep(&self) -> usize {
        self.0.leases.sweep(self.now())
    }

    /// How many loans are open.
    pub fn leases_open(&self) -> usize {
        self.0.leases.open()
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
