//! A credential on its way into a request or a process: what is lent when the bytes are about to be written, and not
//! before.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use http::{HeaderMap, StatusCode};
use peta_arena::Lease;
use peta_dial::{Lender, NotLent as NothingLent, Placeholder, Splice};
use peta_model::{Code, Delivery, DeliveryClass};
use peta_runtime::{Carried, Handed, How, Ticket, Withheld};
use peta_store::CredentialEntry;
use peta_vault::safe::NotLent;

use super::{challenge::Challenge, choice::Chosen, desk::Desk, proven::Proven, withheld::locked};

/// So many times what is sealed fits whatever is made of it to be sent, for several calls at once.
const ROOM: usize = 16;

/// Lends one credential.
struct Loan {
    desk: Arc<Desk>,
    proven: Arc<Proven>,
}

/// What one call carries: chosen once, lent anew for each attempt.
pub(crate) struct Loans {
    desk: Arc<Desk>,
    chosen: Chosen,
    challenge: Mutex<Option<Challenge>>,
    /// How long it took to have at hand what it carries, in nanoseconds.
    took: AtomicU64,
}

impl Loans {
    pub(super) fn new(desk: Arc<Desk>, chosen: Chosen) -> Self {
        Self { desk, chosen, challenge: Mutex::default(), took: AtomicU64::new(0) }
    }

    /// The one that was granted by OAuth, if there is one.
    pub(crate) fn granted(&self) -> Option<Arc<CredentialEntry>> {
        self.chosen.iter().find(|entry| entry.oauth.is_some()).cloned()
    }

    /// Whether there is anything in it.
    pub(crate) fn carries(&self) -> bool {
        !self.chosen.is_empty()
    }

    /// How long it took to have at hand what it carries, since this was asked last.
    pub(crate) fn lent_in(&self) -> Duration {
        if self.carries() { Duration::from_nanos(self.took.swap(0, Ordering::Relaxed)) } else { Duration::ZERO }
    }

    pub(crate) fn challenge(&self) -> Option<Challenge> {
        self.challenge.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Ticket for Loans {
    fn carried(&self) -> Result<Vec<Carried>, Withheld> {
        // What carries nothing is shared by calls, and takes no time.
        if !self.carries() {
            return Ok(Vec::new());
        }
        let began = Instant::now();
        let carried = carried(&self.desk, &self.chosen);
        let took = u64::try_from(began.elapsed().as_nanos()).unwrap_or(u64::MAX);
        self.took.fetch_add(took, Ordering::Relaxed);
        carried
    }

    fn challenged(&self, status: StatusCode, headers: &HeaderMap) {
        // What carries nothing is shared by calls, and nothing could be renewed.
        if !self.carries() {
            return;
        }
        *self.challenge.lock().unwrap_or_else(PoisonError::into_inner) = Some(Challenge::of(status, headers));
    }
}

/// What goes into a request.
pub(super) fn carried(desk: &Arc<Desk>, chosen: &Chosen) -> Result<Vec<Carried>, Withheld> {
    let into_request = chosen.iter().filter(|entry| entry.delivery.class() == DeliveryClass::Request);
    into_request
        .map(|entry| {
            let loan = Loan::of(desk, entry)?;
            let at = loan.proven.at.clone().ok_or_else(|| Withheld {
                code: Code::SECRET_UNFIT,
                text: "the credential does not fit into a request".to_owned(),
            })?;
            let random = desk.safe.random_bytes().ok_or_else(|| Withheld {
                code: Code::CREDENTIAL_DAMAGED,
                text: "the operating system gives no random bytes".to_owned(),
            })?;
            Ok(Carried { at, splice: Splice { placeholder: Placeholder::new(random), lender: Arc::new(loan) } })
        })
        .collect()
}

/// What a process is handed.
pub(super) fn handed(desk: &Arc<Desk>, chosen: &Chosen) -> Result<Vec<Handed>, Withheld> {
    let handed = |entry: &Arc<CredentialEntry>| {
        let (variable, how) = match &entry.delivery {
            Delivery::Env { variable } => (variable.clone(), How::Env),
            Delivery::Fd { variable } => (variable.clone(), How::Fd),
            Delivery::File { variable } => (variable.clone(), How::File),
            Delivery::Header { .. } | Delivery::Query { .. } | Delivery::Cookie { .. } | Delivery::Basic { .. } => {
                return None;
            }
        };
        Some(Loan::of(desk, entry).map(|loan| Handed { variable, how, lender: Arc::new(loan) }))
    };
    chosen.iter().filter_map(handed).collect()
}

impl Loan {
    /// Looks first whether it can be lent: once bytes are being written it is too late for a clear answer.
    fn of(desk: &Arc<Desk>, entry: &Arc<CredentialEntry>) -> Result<Self, Withheld> {
        // What was opened once, and did not change since, can be opened as long as its key is at hand. Where locked memory
        // runs short it is tried, so that the answer says so.
        let room = || desk.safe.arena().free() > ROOM * entry.sealed.len();
        let proven = desk.proven.of(entry).filter(|_| desk.safe.has_key_of(&entry.sealed) && room());
        let proven = match proven {
            Some(proven) => proven,
            None => desk.proven.keep(Proven::new((&desk.store, &desk.safe), entry).map_err(|why| withheld(&why))?),
        };
        Ok(Self { desk: Arc::clone(desk), proven })
    }
}

impl Lender for Loan {
    fn lend(&self) -> Result<Lease, NothingLent> {
        let Self { desk, proven } = self;
        let (entry, lease) = (&proven.entry, proven.lend(&desk.safe).map_err(|_| NothingLent)?);
        desk.store.touch_credential(entry, (desk.day)());
        #[cfg(feature = "leaks-on-purpose")]
        // Told to be looked at, or the compiler leaves the copy out.
        let _ = lease.with(desk.safe.now(), |secret| {
            std::hint::black_box(Box::leak(secret.to_vec().into_boxed_slice()));
        });
        Ok(lease)
    }

    fn now(&self) -> Duration {
        self.desk.safe.now()
    }
}

fn withheld(why: &NotLent) -> Withheld {
    let code = match why {
        NotLent::Locked => return locked(),
        NotLent::Unbound => Code::CREDENTIAL_UNBOUND,
        NotLent::Damaged(_) => Code::CREDENTIAL_DAMAGED,
        NotLent::Full => Code::ARENA_FULL,
    };
    Withheld { code, text: format!("the credential that the server needs is not lent: {}", code.title()) }
}
