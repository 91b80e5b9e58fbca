//! Credentials as they are shown: everything but their secrets.

use std::sync::Arc;

use peta_api::{
    Credential, CredentialState, List, OAuth,
    endpoint::{ListCredentials, ShowCredential},
};
use peta_model::Owner;
use peta_store::{CredentialEntry, OAuth as Granting, ServerEntry, Snapshot};

use crate::{admin::Admin, delivery, problem::Fault, register::Ask};

pub(crate) async fn list(ask: Ask<ListCredentials>) -> Result<List<Credential>, Fault> {
    let snapshot = ask.admin.store().snapshot();
    let all = snapshot.credentials();
    Ok(List::whole(all.into_iter().filter_map(|entry| Some(view(entry, at(&snapshot, entry)?))).collect()))
}

pub(crate) async fn show(ask: Ask<ShowCredential>) -> Result<Credential, Fault> {
    let (entry, server) = named(&ask.admin, ask.name())?;
    Ok(view(&entry, &server))
}

/// The credential of that name, and its server.
pub(crate) fn named(admin: &Admin, name: &str) -> Result<(Arc<CredentialEntry>, Arc<ServerEntry>), Fault> {
    let snapshot = admin.store().snapshot();
    let found = snapshot.credential_named(name).and_then(|entry| Some((entry, at(&snapshot, entry)?)));
    let (entry, server) = found.ok_or_else(|| Fault::not_found("credential", name))?;
    Ok((Arc::clone(entry), Arc::clone(server)))
}

/// A credential in the API's words.
pub(crate) fn view(entry: &CredentialEntry, server: &ServerEntry) -> Credential {
    let (user, group) = match &entry.owner {
        Owner::User(name) => (Some(name.clone()), None),
        Owner::Group(name) => (None, Some(name.clone())),
        Owner::Shared => (None, None),
    };
    let class = entry.delivery.class();
    Credential {
        name: entry.name.clone(),
        id: entry.id,
        server: server.spec.name.clone(),
        user,
        group,
        delivery: delivery::shown(&entry.delivery),
        class: class.word().to_owned(),
        promise: delivery::promise(class).to_owned(),
        capability: entry.scope.clone(),
        origin: entry.origin.clone(),
        oauth: entry.oauth.as_deref().map(oauth),
        state: state(entry, server),
        version: entry.version,
        added: entry.added,
        set: entry.changed,
        set_by: entry.changed_by.clone(),
        last_used: entry.last_used(),
    }
}

pub(crate) fn state(entry: &CredentialEntry, server: &ServerEntry) -> CredentialState {
    if entry.rolled_back {
        CredentialState::RolledBack
    } else if entry.held {
        CredentialState::Held
    } else if entry.origin != server.spec.origin() {
        CredentialState::Unbound
    } else if entry.is_connected() {
        CredentialState::Ready
    } else if entry.oauth.as_ref().is_some_and(|oauth| oauth.broken.is_some()) {
        CredentialState::Reconnect
    } else {
        CredentialState::Unconnected
    }
}

fn oauth(it: &Granting) -> OAuth {
    let granted = it.granted.as_ref();
    OAuth {
        issuer: granted.map(|granted| granted.issuer.clone()).or_else(|| it.issuer.clone()),
        client_id: it.client_id.clone(),
        client_auth: it.client_auth,
        profile: it.profile.clone(),
        client_credentials: it.own,
        asks: it.scopes.clone(),
        scopes: granted.and_then(|granted| granted.scopes.clone()),
        issued: granted.map(|granted| granted.issued),
        expires: granted.and_then(|granted| granted.expires),
        refreshable: granted.is_some_and(|granted| granted.refreshable),
        broken: it.broken.clone(),
    }
}

fn at<'a>(snapshot: &'a Snapshot, entry: &CredentialEntry) -> Option<&'a Arc<ServerEntry>> {
    snapshot.server_by_id(entry.server)
}
