//! Leases: plaintext on loan until a time, known to whoever must be able to end it.
//!
//! Time is a number that the caller brings: how long ago something was that does not change while the process runs,
//! best the start of the machine, on a clock that goes on while it sleeps.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockWriteGuard, TryLockError, Weak},
    time::Duration,
};

use crate::{
    arena::Arena,
    slot::{FillError, Slot},
};

/// A slot on loan. A clone is the same loan: it ends with the last of them, at its deadline, or when somebody ends it,
/// whatever comes first.
///
/// Like a slot it cannot be printed, written or compared.
///
/// ```compile_fail
/// fn is<T: std::fmt::Debug>() {}
/// is::<peta_arena::Lease>();
/// ```
/// ```compile_fail
/// fn is<T: PartialEq>() {}
/// is::<peta_arena::Lease>();
/// ```
#[derive(Clone)]
pub struct Lease(Arc<Loan>);

/// The loan is over: its bytes are wiped, or will be before anybody reads them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the lease has expired")]
pub struct Expired;

/// All leases that are open. When this goes, they end.
pub struct Leases {
    arena: Arena,
    book: Arc<Book>,
}

/// What holders and the book share.
struct Loan {
    /// None once it is over. Readers hold the lock while they read, so nobody sees bytes that are being wiped.
    slot: RwLock<Option<Slot>>,
    key: Key,
    book: Arc<Book>,
}

/// Deadline first, so that what is over stands at the beginning; the number tells loans with one deadline apart.
type Key = (Duration, u64);

/// Loans stand here from before they hold a byte until after they are wiped: an empty book means that nothing is left.
#[derive(Default)]
struct Book {
    entries: Mutex<Entries>,
}

#[derive(Default)]
struct Entries {
    loans: BTreeMap<Key, Weak<Loan>>,
    next: u64,
}

impl Leases {
    /// Leases of slots in this arena.
    pub fn new(arena: Arena) -> Self {
        Self { arena, book: Arc::default() }
    }

    /// Lends bytes that `fill` makes where they lie, as [`Arena::fill`] does.
    ///
    /// The loan can be ended before it is filled: who ends it waits until the filling is done. So if the keys that
    /// `fill` needs are wiped first and [`Leases::end_all`] is called then, no lease comes into being afterwards. For the
    /// same reason `fill` must not come back to these leases.
    pub fn lend<E>(
        &self,
        len: usize,
        deadline: Duration,
        fill: impl FnOnce(&mut [u8]) -> Result<usize, E>,
    ) -> Result<Lease, FillError<E>> {
        let loan = self.book.number(deadline);
        let mut slot = loan.slot.write().unwrap_or_else(PoisonError::into_inner);
        self.book.enter(&loan);
        // A failure drops the loan, and with it what was entered.
        *slot = Some(self.arena.fill(len, fill)?);
        drop(slot);
        Ok(Lease(loan))
    }

    /// Ends those whose deadline has come; says how many. A holder that reads is waited for, at the end.
    pub fn sweep(&self, now: Duration) -> usize {
        end(self.book.loans(|(deadline, _)| *deadline <= now))
    }

    /// Ends all; says how many. A holder that reads is waited for, at the end.
    pub fn end_all(&self) -> usize {
        end(self.book.loans(|_| true))
    }

    /// How many are not wiped yet.
    pub fn open(&self) -> usize {
        self.book.entries().loans.len()
    }

    /// When the next sweep is due, if any.
    pub fn next_deadline(&self) -> Option<Duration> {
        self.book.entries().loans.keys().next().map(|(deadline, _)| *deadline)
    }
}

impl Drop for Leases {
    fn drop(&mut self) {
        self.end_all();
    }
}

impl Lease {
    /// Reads the bytes where they are, unless the loan is over at this time.
    ///
    /// Whoever ends the loan waits for the closure, which must be short and must not come back to this lease.
    pub fn with<R>(&self, now: Duration, read: impl FnOnce(&[u8]) -> R) -> Result<R, Expired> {
        if now >= self.deadline() {
            // A sweep that is late is not waited for; a reader that is not through is left to it.
            self.0.try_end();
            return Err(Expired);
        }
        let slot = self.0.slot.read().unwrap_or_else(PoisonError::into_inner);
        slot.as_ref().map(|slot| slot.with(read)).ok_or(Expired)
    }

    pub fn deadline(&self) -> Duration {
        self.0.key.0
    }

    /// Wipes the bytes now, whoever else holds the lease; one that reads is waited for.
    pub fn end(&self) {
        self.0.end();
    }
}

impl Loan {
    fn end(&self) {
        self.wipe(self.slot.write().unwrap_or_else(PoisonError::into_inner));
    }

    /// As above, but waits for no reader: says whether the loan is over.
    fn try_end(&self) -> bool {
        match self.slot.try_write() {
            Ok(slot) => self.wipe(slot),
            Err(TryLockError::Poisoned(slot)) => self.wipe(slot.into_inner()),
            Err(TryLockError::WouldBlock) => return false,
        }
        true
    }

    /// Wiped under the lock, and only then struck from the book.
    fn wipe(&self, mut slot: RwLockWriteGuard<'_, Option<Slot>>) {
        *slot = None;
        drop(slot);
        self.book.strike(&self.key);
    }
}

impl Drop for Loan {
    fn drop(&mut self) {
        self.end();
    }
}

/// Those that are being read come last, so that no other waits for their readers. The book must not be held here: what
/// ends is struck from it.
fn end(loans: Vec<Arc<Loan>>) -> usize {
    let read: Vec<_> = loans.iter().filter(|loan| !loan.try_end()).collect();
    read.into_iter().for_each(|loan| loan.end());
    loans.len()
}

impl Book {
    /// A loan that is not entered yet.
    fn number(self: &Arc<Self>, deadline: Duration) -> Arc<Loan> {
        let mut entries = self.entries();
        entries.next += 1;
        Arc::new(Loan { slot: RwLock::new(None), key: (deadline, entries.next), book: Arc::clone(self) })
    }

    fn enter(&self, loan: &Arc<Loan>) {
        self.entries().loans.insert(loan.key, Arc::downgrade(loan));
    }

    fn strike(&self, key: &Key) {
        self.entries().loans.remove(key);
    }

    /// The first of them, as long as they are wanted. One that its last holder is just dropping is left to that.
    fn loans(&self, wanted: impl Fn(&Key) -> bool) -> Vec<Arc<Loan>> {
        let entries = self.entries();
        entries.loans.iter().take_while(|(key, _)| wanted(key)).filter_map(|(_, loan)| loan.upgrade()).collect()
    }

    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
