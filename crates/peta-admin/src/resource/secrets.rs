//! Secrets of credentials: stored, made anew, confirmed, removed. The store and the record get sealed bytes and names; what
//! runs with the old secret is opened anew.

use peta_api::{
    Credential, CredentialRemoved, CredentialState, CredentialStored, Endpoint, Secret,
    endpoint::{AddCredential, ConfirmCredential, RemoveCredential, RotateCredential},
};
use peta_audit::Intent;
use peta_model::{CredentialId, Delivery, DeliveryClass, Owner, Transport};
use peta_store::{CredentialEntry, NewCredential, NewSecret, ServerEntry, bound};
use peta_vault::{safe::Sealed, sanitize};
use serde_json::{Value, json};

use super::{
    agents::check_name,
    credentials::{self, view},
    servers,
};
use crate::{access::Who, act, admin::Admin, delivery, learn, problem::Fault, register::Ask};

/// Wraps that are reserved before something is sealed: each act takes two, and some may come at once.
const WRAPS: u32 = 16;

pub(crate) async fn add(ask: Ask<AddCredential>) -> Result<CredentialStored, Fault> {
    let Ask { admin, who, body, .. } = ask;
    let server = servers::named(&admin, body.server.as_str())?;
    let owner = owner(body.user, body.group)?;
    let delivery = delivery::read(body.delivery, &server.spec.transport)?;
    if body.capability.is_some() && delivery.class() != DeliveryClass::Request {
        let why = "a process is given its secrets when it starts, so they cannot be for one capability alone";
        return Err(Fault::unfit("capability", why));
    }
    let (id, origin) = (new_id(&admin), server.spec.origin());
    let bound = bound(server.id, &owner, &delivery, body.capability.as_ref(), &origin);
    let sealed = seal(&admin, (id, 1), (&delivery, &bound), body.secret).await?;

    let about = json!({
        "id": id, "credential": body.name, "owner": owner, "delivery": delivery, "capability": body.capability, "origin": origin,
        "held": body.held, "version": 1,
    });
    let intent = intent::<AddCredential>(&admin, &who, &server, &about);
    let mut warnings = warnings(&sealed);
    warnings.extend(doubled(&delivery, &server));
    let new = NewCredential {
        id,
        name: body.name,
        server: server.id,
        owner,
        delivery,
        scope: body.capability,
        origin,
        held: body.held,
        by: act::by(&who),
        sealed: sealed.envelope,
        prints: sealed.prints,
        oauth: None,
    };
    let entry = admin.store().add_credential(intent, new).await?;
    if !entry.held {
        reopen(&admin, &server, is_first(&entry, &server)).await?;
    }
    Ok(CredentialStored { credential: view(&entry, &server), warnings })
}

pub(crate) async fn rotate(ask: Ask<RotateCredential>) -> Result<CredentialStored, Fault> {
    let (old, server) = credentials::named(&ask.admin, ask.name())?;
    let Ask { admin, who, body, .. } = ask;
    if old.oauth.is_some() {
        let text = format!("the secret of `{0}` is granted, not stored: `peta credential connect {0}`", old.name);
        return Err(Fault::conflict(text));
    }
    let version = old.version + 1;
    // It stays bound to where it was bound: a new secret confirms no new place.
    let sealed = seal(&admin, (old.id, version), (&old.delivery, &old.bound()), body.secret).await?;
    let intent = intent::<RotateCredential>(&admin, &who, &server, &about(&old, version));
    let warnings = warnings(&sealed);
    let new = NewSecret {
        version,
        origin: old.origin.clone(),
        held: old.held,
        by: act::by(&who),
        sealed: sealed.envelope,
        prints: sealed.prints,
        oauth: None,
    };
    let entry = admin.store().set_secret(intent, old.id, new).await?;
    reopen(&admin, &server, is_first(&entry, &server)).await?;
    Ok(CredentialStored { credential: view(&entry, &server), warnings })
}

pub(crate) async fn confirm(ask: Ask<ConfirmCredential>) -> Result<Credential, Fault> {
    let (old, server) = credentials::named(&ask.admin, ask.name())?;
    let Ask { admin, who, .. } = ask;
    if credentials::state(&old, &server) == CredentialState::Ready {
        return Err(Fault::conflict(format!("`{}` is ready: there is nothing to confirm", old.name)));
    }
    if old.sealed.is_empty() {
        return Err(Fault::conflict(format!("nobody has connected yet: `peta credential connect {}`", old.name)));
    }
    check_alone(&admin, &old)?;
    let (tenant, version, origin) = (admin.store().snapshot().tenant, old.version + 1, server.spec.origin());
    admin.store().provide_wraps(admin.safe(), WRAPS).await?;
    let kept = admin.store().prints_of_versions(vec![(old.id, old.version)]).await?;
    let prints = kept.into_iter().next().ok_or_else(Fault::damaged)?.prints;
    let anew = (tenant, *old.id.as_bytes(), old.version, version);
    let bound = bound(server.id, &old.owner, &old.delivery, old.scope.as_ref(), &origin);
    let sealed = admin.safe().bind_anew(&old.sealed, anew, &bound)?;
    let prints = admin.safe().prints_anew(&prints, anew)?;

    let mut about = about(&old, version);
    if let Some(about) = about.as_object_mut() {
        about.insert("held".to_owned(), json!({ "before": old.held, "after": false }));
        about.insert("origin".to_owned(), json!({ "before": old.origin, "after": origin }));
    }
    let intent = intent::<ConfirmCredential>(&admin, &who, &server, &about);
    let new = NewSecret {
        version,
        origin,
        held: false,
        by: act::by(&who),
        sealed,
        prints,
        oauth: old.oauth.as_deref().cloned(),
    };
    let entry = admin.store().set_secret(intent, old.id, new).await?;
    reopen(&admin, &server, is_first(&entry, &server)).await?;
    Ok(view(&entry, &server))
}

pub(crate) async fn remove(ask: Ask<RemoveCredential>) -> Result<CredentialRemoved, Fault> {
    let (old, server) = credentials::named(&ask.admin, ask.name())?;
    let Ask { admin, who, .. } = ask;
    // First there, as long as there is something to show: what is not revoked goes on until it runs out.
    let revoking = old.oauth.as_ref().is_some_and(|oauth| oauth.granted.is_some());
    let warning = if revoking {
        match admin.connector().revoke(old.id).await {
            Ok(warning) => warning,
            Err(error) => Some(format!("what was granted could not be revoked: {error}")),
        }
    } else {
        None
    };
    let mut about = about(&old, old.version);
    if let Some(about) = about.as_object_mut().filter(|_| revoking) {
        about.insert("revoked".to_owned(), json!(warning.is_none()));
    }
    let intent = intent::<RemoveCredential>(&admin, &who, &server, &about);
    admin.store().remove_credential(intent, old.id).await?;
    reopen(&admin, &server, false).await?;
    Ok(CredentialRemoved { warning })
}

pub(super) fn owner(user: Option<String>, group: Option<String>) -> Result<Owner, Fault> {
    match (user, group) {
        (Some(_), Some(_)) => Err(Fault::bad_field("group", "a credential is a user's or a group's, not both")),
        (Some(user), None) => check_name("user", &user).map(|()| Owner::User(user)),
        (None, Some(group)) => check_name("group", &group).map(|()| Owner::Group(group)),
        (None, None) => Ok(Owner::Shared),
    }
}

pub(super) fn new_id(admin: &Admin) -> CredentialId {
    let mut id = [0; 16];
    id.iter_mut().zip(admin.random()).for_each(|(to, from)| *to = from);
    CredentialId::from_bytes(id)
}

/// Seals a secret for this version, if it can go where it is to go. It is wiped afterwards.
async fn seal(
    admin: &Admin,
    (id, version): (CredentialId, u64),
    (delivery, bound): (&Delivery, &[u8]),
    secret: Secret,
) -> Result<Sealed, Fault> {
    delivery::check_secret(delivery, secret.reveal())?;
    admin.store().provide_wraps(admin.safe(), WRAPS).await?;
    let (user, header) = match delivery {
        Delivery::Header { template, .. } => (None, Some(template.replacen("{}", "{secret}", 1))),
        Delivery::Basic { user } => (Some(user.as_str()), Some("Basic {basic}".to_owned())),
        _ => (None, None),
    };
    let plain = sanitize::Secret { bytes: secret.reveal().as_bytes(), user, header: header.as_deref() };
    let tenant = admin.store().snapshot().tenant;
    Ok(admin.safe().seal((tenant, *id.as_bytes(), version), bound, &plain)?)
}

fn warnings(sealed: &Sealed) -> Vec<String> {
    let weak = sealed.weak.map(|why| {
        format!(
            "the secret is weak: {why}. It is stored, and found again in a server's answers only where it is a whole \
             string"
        )
    });
    weak.into_iter().collect()
}

/// A variable that the server was registered with, too.
fn doubled(delivery: &Delivery, server: &ServerEntry) -> Option<String> {
    let (Delivery::Env { variable } | Delivery::Fd { variable } | Delivery::File { variable }) = delivery else {
        return None;
    };
    let Transport::Stdio { env, .. } = &server.spec.transport else { return None };
    env.iter().any(|(name, _)| name == variable).then(|| {
        format!("`{}` was registered with a value for {variable} too; register it anew without", server.spec.name)
    })
}

/// A held credential may stand beside one that is in use; confirmed, they would go to one place.
fn check_alone(admin: &Admin, entry: &CredentialEntry) -> Result<(), Fault> {
    let snapshot = admin.store().snapshot();
    let place = entry.place();
    let others = snapshot.credentials_of(entry.server, &entry.owner);
    let twin = others
        .iter()
        .find(|other| other.id != entry.id && !other.held && other.place() == place && other.scope == entry.scope);
    match twin {
        Some(twin) if entry.held => Err(Fault::conflict(format!(
            "`{}` already goes to the same place for the same owner: remove one of them",
            twin.name
        ))),
        _ => Ok(()),
    }
}

pub(super) fn about(entry: &CredentialEntry, version: u64) -> Value {
    json!({ "id": entry.id, "credential": entry.name, "owner": entry.owner, "delivery": entry.delivery, "version": version })
}

pub(super) fn intent<E: Endpoint>(admin: &Admin, who: &Who, server: &ServerEntry, about: &Value) -> Intent {
    let intent = act::about_server(act::intent(admin, who, E::OPERATION), &server.spec.name);
    let person = about.pointer("/owner/user").and_then(Value::as_str);
    act::with_detail(act::about_person(intent, person), about)
}

/// Whether a server that could not be learnt may be learnt with it: at a URL, with what everybody's calls carry.
pub(super) fn is_first(entry: &CredentialEntry, server: &ServerEntry) -> bool {
    let at_url = matches!(server.spec.transport, Transport::Http { .. });
    at_url && entry.owner == Owner::Shared && !entry.held && server.learnt.is_none() && !server.disabled
}

/// Ends what runs with the old secret, with the usual grace; beside it, learns the server if it never was.
pub(super) async fn reopen(admin: &Admin, server: &ServerEntry, first: bool) -> Result<(), Fault> {
    let learning = async { if first { learn::learn(admin, server).await } else { Ok(()) } };
    let ((), learnt) = tokio::join!(admin.runtime().withdraw(server.id, admin.config().grace), learning);
    learnt
}
