//! Credentials as they stand in a snapshot: whose they are, where they go, and their sealed bytes.

use std::{collections::VecDeque, sync::Arc};

use peta_model::{CapabilityRef, CredentialId, CredentialName, Delivery, Moment, Owner, Scope, ServerId};

use crate::{entry::Usage, oauth::OAuth};

/// One credential. The secret is in `sealed`, which only the vault opens.
#[derive(Clone)]
pub struct CredentialEntry {
    pub id: CredentialId,
    pub name: CredentialName,
    pub server: ServerId,
    pub owner: Owner,
    pub delivery: Delivery,
    /// What of the server it is for; none for all that Peta asks of it.
    pub scope: Option<Scope>,
    /// The place that it was given for: the URL's origin, or `stdio`.
    pub origin: String,
    /// Nobody has confirmed yet whose it is.
    pub held: bool,
    pub version: u64,
    /// The record knows a newer version: the row was put back as it once was. It is not used until it is rotated.
    pub rolled_back: bool,
    /// Empty until something was granted.
    pub sealed: Arc<[u8]>,
    /// Of one that is granted by OAuth.
    pub oauth: Option<Arc<OAuth>>,
    pub added: Moment,
    /// When its secret was set, and by whom.
    pub changed: Moment,
    pub changed_by: String,
    pub(crate) usage: Arc<Usage>,
}

/// What is known of a new one.
pub struct NewCredential {
    pub id: CredentialId,
    pub name: CredentialName,
    pub server: ServerId,
    pub owner: Owner,
    pub delivery: Delivery,
    pub scope: Option<Scope>,
    pub origin: String,
    pub held: bool,
    pub by: String,
    /// Empty, with its fingerprints, if nothing was granted yet.
    pub sealed: Vec<u8>,
    pub prints: Vec<u8>,
    pub oauth: Option<OAuth>,
}

/// A new version of one.
pub struct NewSecret {
    pub version: u64,
    /// Where it may go from now on.
    pub origin: String,
    pub held: bool,
    pub by: String,
    pub sealed: Vec<u8>,
    pub prints: Vec<u8>,
    pub oauth: Option<OAuth>,
}

/// A version as it is kept.
pub struct KeptSecret {
    pub credential: CredentialId,
    pub version: u64,
    pub sealed: Option<Vec<u8>>,
    pub prints: Vec<u8>,
}

/// The sealed fingerprints of one version.
pub struct SealedPrints {
    pub credential: CredentialId,
    pub version: u64,
    pub prints: Vec<u8>,
}

/// Where a server's credentials go, whoever has one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ServerCredentials {
    /// Grows with each change of any of them.
    pub revision: u64,
    pub places: Vec<Place>,
    /// How many there are in all.
    pub count: usize,
    /// Versions that came last, with the revision that each came with, the oldest first.
    pub(crate) newest: VecDeque<(u64, CredentialId, u64)>,
    /// The revision of the last one that is no longer among them.
    pub(crate) unknown: u64,
}

/// So many of a server's newest versions are kept in mind.
const NEWEST: usize = 256;

/// One place of a server to which credentials go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// As `Delivery::place` names it.
    pub name: String,
    pub scope: Option<Scope>,
    pub(crate) count: usize,
    /// How many of them a person granted by OAuth.
    pub(crate) granted: usize,
    /// One of these.
    pub(crate) model: Option<CredentialId>,
}

impl ServerCredentials {
    /// The versions that came after this revision; none if that is too long ago to be known.
    pub fn since(&self, revision: u64) -> Option<Vec<(CredentialId, u64)>> {
        let after = self.newest.iter().filter(|(came, ..)| *came > revision);
        (revision >= self.unknown && revision <= self.revision)
            .then(|| after.map(|(_, credential, version)| (*credential, *version)).collect())
    }

    pub(crate) fn note(&mut self, credential: CredentialId, version: u64) {
        self.newest.push_back((self.revision, credential, version));
        while self.newest.len() > NEWEST {
            self.unknown = self.newest.pop_front().map_or(self.unknown, |(came, ..)| came);
        }
    }
}

impl CredentialEntry {
    /// Bytes that are sealed beside the secret: changed in the database, it is lent no more.
    pub fn bound(&self) -> Vec<u8> {
        bound(self.server, &self.owner, &self.delivery, self.scope.as_ref(), &self.origin)
    }

    pub fn place(&self) -> String {
        self.delivery.place()
    }

    /// Whether there is something to be lent: of one that is granted, whether it was, and still is.
    pub fn is_connected(&self) -> bool {
        self.oauth.as_ref().is_none_or(|oauth| oauth.is_connected())
    }

    /// Whether a person granted it by OAuth, or is to.
    pub fn is_granted(&self) -> bool {
        self.oauth.as_ref().is_some_and(|oauth| !oauth.own)
    }

    pub fn last_used(&self) -> Option<Moment> {
        self.usage.last()
    }
}

impl Place {
    /// Whether requests about this (none: the line's own ones) carry what goes here.
    pub fn is_for(&self, capability: Option<CapabilityRef<'_>>) -> bool {
        match (&self.scope, capability) {
            (None, _) => true,
            (Some(scope), Some(capability)) => scope.covers(capability),
            (Some(_), None) => false,
        }
    }
}

/// What a secret is bound to, in one spelling.
pub fn bound(server: ServerId, owner: &Owner, delivery: &Delivery, scope: Option<&Scope>, origin: &str) -> Vec<u8> {
    let scope = scope.map(ToString::to_string);
    // Members in a fixed order, texts escaped by the library: two different bindings never have one spelling.
    serde_json::to_vec(&(server, owner, delivery, scope, origin)).unwrap_or_default()
}

impl std::fmt::Debug for CredentialEntry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CredentialEntry")
            .field("name", &self.name)
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}
