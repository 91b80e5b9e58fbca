//! Which credentials a request carries: one for each place of the server, by the server's setting and by who calls. All
//! that it depends on comes in as arguments.

use std::sync::Arc;

use peta_model::{CapabilityRef, Code, Owner, Whose};
use peta_store::{CredentialEntry, Place, ServerEntry, Snapshot};
use peta_vault::owner::{Caller, NoCredential, Owned, Standing, choose};

/// What a request carries, in the order of its places.
pub(crate) type Chosen = Vec<Arc<CredentialEntry>>;

/// Why a request cannot go.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NoChoice {
    #[error(transparent)]
    None(#[from] NoCredential),
    #[error("the credential was put back as it once was, by the record")]
    RolledBack,
}

impl NoChoice {
    pub(crate) const fn code(&self) -> Code {
        match self {
            Self::None(NoCredential::NoUser | NoCredential::NoGroup | NoCredential::None) => Code::CREDENTIAL_MISSING,
            Self::None(NoCredential::Held) => Code::CREDENTIAL_HELD,
            Self::None(NoCredential::Suspended) => Code::CREDENTIAL_UNBOUND,
            Self::None(NoCredential::Twice) | Self::RolledBack => Code::CREDENTIAL_DAMAGED,
        }
    }
}

/// The credentials for a request of this caller, about this capability (none: a request of the line's own).
pub(crate) fn chosen(
    snapshot: &Snapshot,
    server: &ServerEntry,
    whose: Whose,
    caller: &Caller,
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
    let mut names: Vec<&str> = mine.iter().map(|place| place.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let theirs = owned(snapshot, server, caller);
    names.into_iter().map(|name| at_place(whose, caller, (name, &mine), &theirs)).collect()
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
            entry.credential.place() == name && scopes.contains(&&entry.credential.scope)
        };
        let candidates: Vec<_> = theirs.iter().filter(fits).cloned().collect();
        match choose(whose, caller, &candidates) {
            Ok(chosen) if chosen.credential().rolled_back => return Err(NoChoice::RolledBack),
            Ok(chosen) => return Ok(Arc::clone(chosen.credential())),
            Err(NoCredential::None) => {}
            Err(other) if scoped => return Err(other.into()),
            Err(other) => why = other,
        }
    }
    Err(why.into())
}

/// All that might be used: the caller's own, that of their groups, and the shared ones.
fn owned(snapshot: &Snapshot, server: &ServerEntry, caller: &Caller) -> Vec<Owned<Arc<CredentialEntry>>> {
    let origin = server.spec.origin();
    let groups = caller.groups.iter().cloned().map(Owner::Group);
    let owners = caller.user.iter().cloned().map(Owner::User).chain(groups).chain([Owner::Shared]);
    let of = |owner: Owner| {
        let standing = |entry: &CredentialEntry| match (entry.held, entry.origin == origin) {
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
