//! A credential on its way into a request or a process: what is lent when the bytes are about to be written, and not
//! before.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use http::{HeaderMap, HeaderName, StatusCode, header};
use peta_arena::Lease;
use peta_dial::{Lender, NotLent as NothingLent, Placeholder, Splice};
use peta_model::{Code, Delivery, TenantId};
use peta_runtime::{Carried, Handed, How, Place, Ticket, Withheld};
use peta_store::CredentialEntry;
use peta_vault::safe::{NotLent, Shape};

use super::{choice::Chosen, desk::Desk, withheld::locked};

/// Lends one credential.
struct Loan {
    desk: Arc<Desk>,
    entry: Arc<CredentialEntry>,
    tenant: TenantId,
    bound: Vec<u8>,
    shape: Shape,
}

/// What one call carries: chosen once, lent anew for each attempt.
pub(crate) struct Loans {
    desk: Arc<Desk>,
    chosen: Chosen,
    challenge: Mutex<Option<Challenge>>,
}

/// What a server said to a request that it did not carry out for want of a better token.
#[derive(Debug, Clone)]
pub(crate) struct Challenge {
    pub(crate) status: StatusCode,
    /// Its `WWW-Authenticate`: it goes no further than this.
    pub(crate) headers: Vec<String>,
}

/// More is not looked at.
const CHALLENGES: usize = 8;

impl Loans {
    pub(super) fn new(desk: Arc<Desk>, chosen: Chosen) -> Self {
        Self { desk, chosen, challenge: Mutex::default() }
    }

    /// The one that was granted by OAuth, if there is one.
    pub(crate) fn granted(&self) -> Option<Arc<CredentialEntry>> {
        self.chosen.iter().find(|entry| entry.oauth.is_some()).cloned()
    }

    /// Whether there is anything in it.
    pub(crate) fn carries(&self) -> bool {
        !self.chosen.is_empty()
    }

    pub(crate) fn challenge(&self) -> Option<Challenge> {
        self.challenge.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Ticket for Loans {
    fn carried(&self) -> Result<Vec<Carried>, Withheld> {
        carried(&self.desk, &self.chosen)
    }

    fn challenged(&self, status: StatusCode, headers: &HeaderMap) {
        // What carries nothing is shared by calls, and nothing could be renewed.
        if !self.carries() {
            return;
        }
        let headers = headers.get_all(header::WWW_AUTHENTICATE).iter().take(CHALLENGES);
        let headers = headers.filter_map(|value| value.to_str().ok()).map(str::to_owned).collect();
        *self.challenge.lock().unwrap_or_else(PoisonError::into_inner) = Some(Challenge { status, headers });
    }
}

/// What goes into a request.
pub(super) fn carried(desk: &Arc<Desk>, chosen: &Chosen) -> Result<Vec<Carried>, Withheld> {
    let into_request = chosen.iter().filter_map(|entry| Some((entry, place(&entry.delivery)?)));
    into_request
        .map(|(entry, at)| {
            let random = desk.safe.random_bytes().ok_or_else(|| Withheld {
                code: Code::CREDENTIAL_DAMAGED,
                text: "the operating system gives no random bytes".to_owned(),
            })?;
            let lender: Arc<dyn Lender> = Arc::new(Loan::of(desk, entry)?);
            Ok(Carried { at, splice: Splice { placeholder: Placeholder::new(random), lender } })
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
        let tenant = desk.store.snapshot().tenant;
        let this = Self {
            desk: Arc::clone(desk),
            entry: Arc::clone(entry),
            tenant,
            bound: entry.bound(),
            shape: shape(&entry.delivery),
        };
        match this.desk.safe.check(&entry.sealed, this.place(), &this.bound) {
            Ok(()) => Ok(this),
            Err(why) => Err(withheld(&why)),
        }
    }

    fn place(&self) -> (TenantId, [u8; 16], u64) {
        (self.tenant, *self.entry.id.as_bytes(), self.entry.version)
    }
}

impl Lender for Loan {
    fn lend(&self) -> Result<Lease, NothingLent> {
        let Self { desk, entry, bound, shape, .. } = self;
        let lease = desk.safe.lend(&entry.sealed, self.place(), bound, shape).map_err(|_| NothingLent)?;
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

fn place(delivery: &Delivery) -> Option<Place> {
    let header = |name, before: &str, after: &str| Place::Header { name, before: before.into(), after: after.into() };
    Some(match delivery {
        Delivery::Header { name, template } => {
            let (before, after) = template.split_once("{}")?;
            header(HeaderName::from_bytes(name.as_bytes()).ok()?, before, after)
        }
        Delivery::Basic { .. } => header(header::AUTHORIZATION, "Basic ", ""),
        Delivery::Query { name } => Place::Query(Shape::Percent.text(name)),
        Delivery::Cookie { name } => Place::Cookie(name.clone()),
        Delivery::Env { .. } | Delivery::Fd { .. } | Delivery::File { .. } => return None,
    })
}

fn shape(delivery: &Delivery) -> Shape {
    match delivery {
        Delivery::Query { .. } => Shape::Percent,
        Delivery::Basic { user } => Shape::Basic { user: user.clone() },
        _ => Shape::Plain,
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
