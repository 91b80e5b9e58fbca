//! Whose credential is used. Each credential carries its owner; one pure function goes from a server's setting, the caller
//! and the credentials that are there to the one that is used, or says why none is. It never is another person's: what
//! it gives out can be made in no other way.

use peta_model::TenantId;
pub use peta_model::{Owner, Whose};

/// Who is calling, as far as it matters here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    pub tenant: TenantId,
    /// The person whom the agent calls for, if any.
    pub user: Option<String>,
    /// Groups, in the order in which an administrator wrote them: the first that has a credential counts.
    pub groups: Vec<String>,
}

/// A credential of the server that is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owned<C> {
    pub tenant: TenantId,
    pub owner: Owner,
    pub standing: Standing,
    pub credential: C,
}

/// Whether a credential may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Standing {
    Ready,
    /// It came by a link, and nobody has confirmed yet whose it is: as good as not there.
    Held,
    /// It was stopped, or its server must be confirmed anew: it is there, and is not used.
    Suspended,
}

/// The credential that is used, and as whose. Only `choose` makes one.
#[derive(Debug, PartialEq, Eq)]
pub struct Chosen<'a, C> {
    owned: &'a Owned<C>,
}

/// Why no credential is used; nothing is sent then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum NoCredential {
    #[error("the server takes personal credentials, and the agent calls for no user")]
    NoUser,
    #[error("the server takes credentials of groups, and the caller is in none")]
    NoGroup,
    #[error("there is no credential for this caller")]
    None,
    #[error("the credential waits for somebody to confirm whose it is")]
    Held,
    #[error("the credential is suspended")]
    Suspended,
    #[error("there are two credentials of one owner")]
    Twice,
}

/// Which of these credentials (all of one server) a call carries.
pub fn choose<'a, C>(
    whose: Whose,
    caller: &Caller,
    credentials: &'a [Owned<C>],
) -> Result<Chosen<'a, C>, NoCredential> {
    let of = |owner: Owner| find(caller.tenant, &owner, credentials);
    match whose {
        Whose::User => of(Owner::User(caller.user.clone().ok_or(NoCredential::NoUser)?)),
        Whose::Group if caller.groups.is_empty() => Err(NoCredential::NoGroup),
        Whose::Group => first(caller.groups.iter().cloned().map(Owner::Group), of),
        Whose::Shared => of(Owner::Shared),
        Whose::UserThenShared => first(caller.user.iter().cloned().map(Owner::User).chain([Owner::Shared]), of),
    }
}

/// The first owner's who has one. Only having none leads to the next: whose credential was stopped does not go on with
/// somebody else's.
fn first<'a, C>(
    owners: impl Iterator<Item = Owner>,
    of: impl Fn(Owner) -> Result<Chosen<'a, C>, NoCredential>,
) -> Result<Chosen<'a, C>, NoCredential> {
    let mut why = NoCredential::None;
    for owner in owners {
        match of(owner) {
            Err(NoCredential::None) => {}
            Err(NoCredential::Held) => why = NoCredential::Held,
            found => return found,
        }
    }
    Err(why)
}

/// This owner's. Names are compared as they are: two that look alike are two.
fn find<'a, C>(tenant: TenantId, owner: &Owner, all: &'a [Owned<C>]) -> Result<Chosen<'a, C>, NoCredential> {
    let theirs = || all.iter().filter(|owned| owned.tenant == tenant && owned.owner == *owner);
    let mut used = theirs().filter(|owned| owned.standing != Standing::Held);
    match (used.next(), used.next()) {
        (None, _) if theirs().next().is_some() => Err(NoCredential::Held),
        (None, _) => Err(NoCredential::None),
        (Some(_), Some(_)) => Err(NoCredential::Twice),
        (Some(owned), None) if owned.standing == Standing::Suspended => Err(NoCredential::Suspended),
        (Some(owned), None) => Ok(Chosen { owned }),
    }
}

impl<'a, C> Chosen<'a, C> {
    pub const fn credential(&self) -> &'a C {
        &self.owned.credential
    }

    /// As whose it is used: what the record says.
    pub const fn owner(&self) -> &'a Owner {
        &self.owned.owner
    }
}

#[cfg(test)]
mod tests;
