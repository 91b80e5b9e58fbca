//! Which credentials a request carries: one for each place of the server, by the server's setting and by who calls. All
//! that it depends on comes in as arguments.

use std::sync::Arc;

use peta_model::{CapabilityRef, Code, CredentialId, Owner, Whose};
use peta_store::{CredentialEntry, Place, ServerEntry, Snapshot};
use peta_vault::owner::{Caller, NoCredential, Owned, Standing, choose};

/// What a request carries, in the order of its places.
pub(crate) type Chosen = Vec<Arc<CredentialEntry>>;

/// Why a request cannot go.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NoChoice {
    #[error("{why}")]
    None { why: NoCredential, connect: Option<ConnectTo> },
    #[error("the credential was put back as it once was, by the record")]
    RolledBack,
}

/// What a person could connect, so that there is something to carry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ConnectTo {
    /// Of another person it is the model.
    pub(crate) credential: CredentialId,
    /// None where only an administrator may: it is not one person's.
    pub(crate) person: Option<String>,
    /// It was granted once.
    again: bool,
}

impl ConnectTo {
    pub(crate) fn of(entry: &CredentialEntry) -> Self {
        let person = entry.owner.person().map(str::to_owned);
        let again = entry.oauth.as_ref().is_some_and(|oauth| oauth.granted.is_some());
        Self { credential: entry.id, person, again }
    }
}

impl From<NoCredential> for NoChoice {
    fn from(why: NoCredential) -> Self {
        Self::None { why, connect: None }
    }
}

impl NoChoice {
    /// What a person could connect.
    pub(crate) const fn connect(&self) -> Option<&ConnectTo> {
        match self {
            Self::None { connect, .. } => connect.as_ref(),
            Self::RolledBack => None,
        }
    }

    pub(crate) const fn code(&self) -> Code {
        let (why, connect) = match self {
            Self::None { why, connect } => (why, connect),
            Self::RolledBack => return Code::CREDENTIAL_DAMAGED,
        };
        match connect {
            Some(to) if to.again => return Code::CONNECT_AGAIN,
            Some(_) => return Code::CONNECT_NEEDED,
            None => {}
        }
        match why {
            NoCredential::NoUser | NoCredential::NoGroup | NoCredential::None => Code::CREDENTIAL_MISSING,
            NoCredential::Held => Code::CREDENTIAL_HELD,
            NoCredential::Suspended => Code::CREDENTIAL_UNBOUND,
            NoCredential::Twice => Code::CREDENTIAL_DAMAGED,
        }
    }
}

/// The credentials for a request of this caller, about this capability (none: a request of the line's own).
pub(crate) fn chosen(
    snapshot: &Snapshot,
    server: &ServerEntry,
    whose: Whose,
    caller: impl FnOnce() -> Caller,
    capability: Option<CapabilityRef<'_>>,
) -> Result<Chosen, NoChoice> {
    let empty: &[Place] = &[];
    let places = snapshot.credential_places(server.id).map_or(empty, |credentials| &credentials.places);
    let mine: Vec<&Place> = places.iter().filter(|place| place.is_for(capability)).collect();
    if mine.is_empty() {
        // Who says that calls carry a person's credential does not mean that they go without one.
        return match whose {
            Whose::User | Whose::Group => Err(NoCredential::None.into()),
            Whose::Shared | Whose::UserThenShared => Ok(Vec::new()),
        };
    }
    // Most servers have no credentials, and nobody looks then who calls.
    let caller = &caller();
    let mut names: Vec<&str> = mine.iter().map(|place| place.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let theirs = owned(snapshot, server, caller);
    let chosen = |name| {
        at_place(whose, caller, (name, &mine), &theirs).map_err(|none| match none {
            NoChoice::None { why: NoCredential::None, connect: None } => {
                let connect = model(snapshot, server, whose, caller, name);
                NoChoice::None { why: NoCredential::None, connect }
            }
            other => other,
        })
    };
    names.into_iter().map(chosen).collect()
}

/// What is for the capability alone goes before what is for all.
fn at_place(
    whose: Whose,
    caller: &Caller,
    (name, places): (&str, &[&Place]),
    theirs: &[Owned<Arc<CredentialEntry>>],
) -> Result<Arc<CredentialEntry>, NoChoice> {
    let mut why = NoCredential::None;
    for scoped in [true, false] {
        let here = |place: &&&Place| place.name == name && place.scope.is_some() == scoped;
        let scopes: Vec<_> = places.iter().filter(here).map(|place| &place.scope).collect();
        let fits = |entry: &&Owned<Arc<CredentialEntry>>| {
            entry.credential.delivery.is_at(name) && scopes.contains(&&entry.credential.scope)
        };
        let candidates: Vec<_> = theirs.iter().filter(fits).cloned().collect();
        match choose(whose, caller, &candidates) {
            Ok(chosen) if chosen.credential().rolled_back => return Err(NoChoice::RolledBack),
            Ok(chosen) if chosen.credential().is_connected() => return Ok(Arc::clone(chosen.credential())),
            Ok(chosen) => {
                let connect = Some(ConnectTo::of(chosen.credential()));
                return Err(NoChoice::None { why: NoCredential::None, connect });
            }
            Err(NoCredential::None) => {}
            Err(other) if scoped => return Err(other.into()),
            Err(other) => why = other,
        }
    }
    Err(why.into())
}

/// What a caller who has nothing of their own could get for themselves: somebody has it by OAuth.
fn model(snapshot: &Snapshot, server: &ServerEntry, whose: Whose, caller: &Caller, place: &str) -> Option<ConnectTo> {
    let person = caller.user.clone().filter(|_| matches!(whose, Whose::User | Whose::UserThenShared))?;
    let model = snapshot.granted_at(server.id, place)?;
    Some(ConnectTo { credential: model.id, person: Some(person), again: false })
}

/// All that might be used: the caller's own, that of their groups, and the shared ones.
fn owned(snapshot: &Snapshot, server: &ServerEntry, caller: &Caller) -> Vec<Owned<Arc<CredentialEntry>>> {
    let groups = caller.groups.iter().cloned().map(Owner::Group);
    let owners = caller.user.iter().cloned().map(Owner::User).chain(groups).chain([Owner::Shared]);
    let of = |owner: Owner| {
        let standing = |entry: &CredentialEntry| match (entry.held, *entry.origin == *server.origin) {
            (true, _) => Standing::Held,
            (false, true) => Standing::Ready,
            (false, false) => Standing::Suspended,
        };
        let entries = snapshot.credentials_of(server.id, &owner).iter();
        let owned = |entry: &Arc<CredentialEntry>| Owned {
            tenant: snapshot.tenant,
            owner: entry.owner.clone(),
            standing: standing(entry),
            credential: Arc::clone(entry),
        };
        entries.map(owned).collect::<Vec<_>>()
    };
    owners.flat_map(of).collect()
}
