//! What everything about connections works with: store, vault, the way out, and who Peta says it is.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use peta_dial::Dialer;
use peta_identity::oauth::{Attempts, Dialed, Fresh, Registrant};
use peta_model::{CredentialId, Moment, TenantId};
use peta_store::{CredentialEntry, OAuth, ServerEntry, Store};
use peta_vault::safe::Safe;
use tokio::time::Instant;

use super::trouble::Trouble;
use crate::serve::senses;

const MINUTE: Duration = Duration::from_secs(60);
const REFUSALS: usize = 5;

/// A handle to it; clones are the same one.
#[derive(Clone)]
pub(in crate::serve) struct Clerk(Arc<Inner>);

/// A credential, what is known of its grant, and its server.
pub(super) type Known = (Arc<CredentialEntry>, Arc<OAuth>, Arc<ServerEntry>);

struct Inner {
    store: Store,
    safe: Safe,
    dialer: Dialer,
    fetch: Dialed,
    us: Registrant,
    public: String,
    /// One renews or revokes a grant at a time.
    turns: Mutex<HashMap<CredentialId, Arc<tokio::sync::Mutex<()>>>>,
    /// When a server's refusal led to a renewal.
    refusals: Mutex<HashMap<CredentialId, Vec<Instant>>>,
    /// How often more scopes were asked for since the last time that somebody connected.
    attempts: Mutex<HashMap<CredentialId, Attempts>>,
}

impl Clerk {
    /// `public` is where people reach Core, without a slash at its end; `document` where its client metadata document is, if
    /// elsewhere.
    pub(in crate::serve) fn new(
        store: Store,
        safe: Safe,
        dialer: Dialer,
        (public, document): (String, Option<String>),
    ) -> Self {
        let own = || public.starts_with("https://").then(|| format!("{public}/oauth/client.json"));
        let document = document.or_else(own);
        let us = Registrant { name: "Peta".to_owned(), redirect_uri: format!("{public}/oauth/callback"), document };
        let fetch = Dialed::new(dialer.clone());
        let (turns, refusals, attempts) = (Mutex::default(), Mutex::default(), Mutex::default());
        Self(Arc::new(Inner { store, safe, dialer, fetch, us, public, turns, refusals, attempts }))
    }

    pub(super) fn store(&self) -> &Store {
        &self.0.store
    }

    pub(super) fn safe(&self) -> &Safe {
        &self.0.safe
    }

    pub(super) fn dialer(&self) -> &Dialer {
        &self.0.dialer
    }

    pub(super) fn fetch(&self) -> &Dialed {
        &self.0.fetch
    }

    pub(super) fn us(&self) -> &Registrant {
        &self.0.us
    }

    pub(super) fn public(&self) -> &str {
        &self.0.public
    }

    pub(super) fn tenant(&self) -> TenantId {
        self.0.store.snapshot().tenant
    }

    pub(super) fn now() -> Moment {
        senses::now()
    }

    pub(super) fn fresh() -> Fresh {
        Fresh::new(senses::now(), senses::random())
    }

    /// The credential, what is known of its grant, and its server.
    pub(super) fn entry(&self, id: CredentialId) -> Result<Known, Trouble> {
        let snapshot = self.0.store.snapshot();
        let found = snapshot.credential(&id).and_then(|entry| {
            Some((Arc::clone(entry), entry.oauth.clone()?, Arc::clone(snapshot.server_by_id(entry.server)?)))
        });
        found.ok_or_else(Trouble::unknown)
    }

    /// Whose turn it is to use this credential's refresh token.
    pub(super) fn turn(&self, id: CredentialId) -> Arc<tokio::sync::Mutex<()>> {
        Arc::clone(self.0.turns.lock().unwrap_or_else(PoisonError::into_inner).entry(id).or_default())
    }

    /// A server that refuses whatever it is shown must not make Peta ask its provider without end: a few times a minute.
    pub(super) fn may_renew_after_refusal(&self, id: CredentialId) -> bool {
        let mut refusals = self.0.refusals.lock().unwrap_or_else(PoisonError::into_inner);
        let (times, now) = (refusals.entry(id).or_default(), Instant::now());
        times.retain(|time| now.duration_since(*time) < MINUTE);
        let may = times.len() < REFUSALS;
        if may {
            times.push(now);
        }
        may
    }

    pub(super) fn forget(&self, id: CredentialId) {
        self.0.turns.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
        self.0.refusals.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
        self.forget_attempts(id);
    }

    /// Counts what is asked for beyond what was granted.
    pub(super) fn with_attempts<T>(&self, id: CredentialId, with: impl FnOnce(&mut Attempts) -> T) -> T {
        with(self.0.attempts.lock().unwrap_or_else(PoisonError::into_inner).entry(id).or_default())
    }

    pub(super) fn forget_attempts(&self, id: CredentialId) {
        self.0.attempts.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
    }
}
