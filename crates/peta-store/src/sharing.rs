//! Who may share an instance: one that everybody shares is given nothing that is one user's or group's. It is looked at
//! in the transaction that would make it so, where no other act comes between; whoever wants to say so earlier may ask,
//! too.

use peta_model::{Isolation, Owner, ServerSpec, Whose};

use crate::sheet::ChangeError;

/// Whether a server may be so; `personal` says that it has credentials of users or groups.
pub(crate) fn check_server(spec: &ServerSpec, personal: bool) -> Result<(), ChangeError> {
    let name = &spec.name;
    match (spec.isolation, spec.credential) {
        (Isolation::PerSession | Isolation::PerUser, _) => Ok(()),
        (Isolation::Shared, Whose::User | Whose::Group) => Err(ChangeError::Conflict(format!(
            "everybody shares the instance of `{name}`, so its calls cannot carry a credential of one user or group: set \
             the isolation to per-session or per-user, or the credential to shared"
        ))),
        (Isolation::Shared, _) if personal => Err(ChangeError::Conflict(format!(
            "`{name}` has credentials of users or groups, so its instances cannot be shared by everybody: keep the \
             isolation per-session or per-user, or remove those credentials"
        ))),
        (Isolation::Shared, Whose::Shared | Whose::UserThenShared) => Ok(()),
    }
}

/// Whether a server may have a credential of this owner.
pub fn check_owner(spec: &ServerSpec, owner: &Owner) -> Result<(), ChangeError> {
    if *owner == Owner::Shared || spec.isolation != Isolation::Shared {
        return Ok(());
    }
    Err(ChangeError::Conflict(format!(
        "everybody shares the instance of `{0}`, so it cannot be given what is one user's or group's: \
         `peta server set {0} --isolation per-session`",
        spec.name
    )))
}
