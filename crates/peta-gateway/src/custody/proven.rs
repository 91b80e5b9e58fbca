//! Credentials that were opened once: if each call opened its own a second time, only to know that it can be opened, that
//! would cost as much as lending it.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use http::{HeaderName, header};
use peta_arena::Lease;
use peta_model::{CredentialId, Delivery, TenantId};
use peta_runtime::Place;
use peta_store::{CredentialEntry, Store};
use peta_vault::safe::{NotLent, Safe, Shape};

/// So many are remembered: of a hundred thousand people few call at a time.
const MOST: usize = 4_096;

/// A credential that could be opened, and was bound to what it is used for.
pub(super) struct Proven {
    pub(super) entry: Arc<CredentialEntry>,
    tenant: TenantId,
    bound: Vec<u8>,
    shape: Shape,
    /// Of one that goes into requests.
    pub(super) at: Option<Place>,
}

impl Proven {
    pub(super) fn new((store, safe): (&Store, &Safe), entry: &Arc<CredentialEntry>) -> Result<Self, NotLent> {
        let this = Self {
            entry: Arc::clone(entry),
            tenant: store.snapshot().tenant,
            bound: entry.bound(),
            shape: shape(&entry.delivery),
            at: place(&entry.delivery),
        };
        safe.check(&entry.sealed, this.place(), &this.bound)?;
        Ok(this)
    }

    pub(super) fn lend(&self, safe: &Safe) -> Result<Lease, NotLent> {
        safe.lend(&self.entry.sealed, self.place(), &self.bound, &self.shape)
    }

    fn place(&self) -> (TenantId, [u8; 16], u64) {
        (self.tenant, *self.entry.id.as_bytes(), self.entry.version)
    }
}

/// Those that were used of late.
#[derive(Default)]
pub(super) struct Remembered(Mutex<HashMap<CredentialId, Arc<Proven>>>);

impl Remembered {
    /// What is known of this entry. One that was changed is another one.
    pub(super) fn of(&self, entry: &Arc<CredentialEntry>) -> Option<Arc<Proven>> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(&entry.id).filter(|proven| Arc::ptr_eq(&proven.entry, entry)).cloned()
    }

    pub(super) fn keep(&self, proven: Proven) -> Arc<Proven> {
        let proven = Arc::new(proven);
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= MOST {
            all.clear();
        }
        all.insert(proven.entry.id, Arc::clone(&proven));
        proven
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
