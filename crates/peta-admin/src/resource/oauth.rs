//! Credentials that are granted by OAuth: added, connected, asked about. Tokens are got by the connector; here it is
//! checked, recorded and shown.

use std::sync::Arc;

use peta_api::{
    Connection, ConnectionStage, Credential, NewOAuthCredential,
    endpoint::{AddOAuthCredential, ConnectCredential, ShowConnection},
};
use peta_identity::oauth::SigningKey;
use peta_model::{Delivery, Owner, Transport};
use peta_store::{CredentialEntry, LinkStage, NewCredential, OAuth, ServerEntry, check_owner};
use serde_json::json;

use super::{
    credentials::{self, view},
    secrets, servers,
};
use crate::{
    act,
    admin::Admin,
    connector::{EnteredClient, EnteredKey},
    problem::Fault,
    register::Ask,
};

const TEXT_LIMIT: usize = 2_048;

pub(crate) async fn add(ask: Ask<AddOAuthCredential>) -> Result<Credential, Fault> {
    let Ask { admin, who, body, .. } = ask;
    let server = servers::named(&admin, body.server.as_str())?;
    check_key(&body)?;
    let owner = secrets::owner(body.user, body.group)?;
    check_server(&server, &owner)?;
    for (field, text) in [
        ("issuer", &body.issuer),
        ("client_id", &body.client_id),
        ("client_key_id", &body.client_key_id),
        ("scopes", &body.scopes),
        ("profile", &body.profile),
    ] {
        let plain = |text: &String| {
            !text.is_empty() && text.len() <= TEXT_LIMIT && text.bytes().all(|b| b.is_ascii_graphic() || b == b' ')
        };
        if text.as_ref().is_some_and(|text| !plain(text)) {
            return Err(Fault::bad_field(field, "this is made of 1 to 2,048 visible ASCII characters"));
        }
    }
    if body.client_secret.is_some() && body.client_id.is_none() {
        return Err(Fault::bad_field("client_id", "the secret of a client goes with its id"));
    }
    if body.client_auth.is_some() && body.client_secret.is_none() {
        return Err(Fault::bad_field("client_auth", "it says how a client's secret is shown, and none is there"));
    }
    if body.client_id.is_some() && body.issuer.is_none() && body.profile.is_none() {
        return Err(Fault::bad_field(
            "issuer",
            "a client belongs to one authorization server: name it, so that no other is shown what it proves itself with",
        ));
    }
    if body.client_credentials && body.client_id.is_none() {
        return Err(Fault::bad_field("client_id", "Peta gets tokens for itself only with a client that was entered"));
    }
    if body.client_credentials && matches!(owner, Owner::User(_)) {
        return Err(Fault::bad_field("user", "what Peta gets for itself is no person's"));
    }
    if admin.safe().is_locked() {
        return Err(Fault::locked());
    }
    let oauth = OAuth {
        issuer: body.issuer.clone(),
        client_id: body.client_id.clone(),
        client_auth: body.client_auth,
        scopes: body.scopes,
        profile: body.profile,
        variables: body.variables,
        own: body.client_credentials,
        granted: None,
        broken: None,
    };
    let (id, origin) = (secrets::new_id(&admin), server.spec.origin());
    let about = json!({
        "credential": body.name, "owner": owner, "capability": body.capability, "origin": origin, "oauth": {
            "issuer": oauth.issuer, "client_id": oauth.client_id, "client_auth": oauth.client_auth, "scopes": oauth.scopes, "profile": oauth.profile,
            "client_credentials": oauth.own,
        },
    });
    let intent = secrets::intent::<AddOAuthCredential>(&admin, &who, &server, &about);
    let new = NewCredential {
        id,
        name: body.name,
        server: server.id,
        owner,
        delivery: Delivery::Header { name: "Authorization".to_owned(), template: "Bearer {}".to_owned() },
        scope: body.capability,
        origin,
        held: false,
        by: act::by(&who),
        sealed: Vec::new(),
        prints: Vec::new(),
        oauth: Some(oauth),
    };
    let mut entry = admin.store().add_credential(intent, new).await?;
    let made = async {
        if let Some(client) = body.client_id {
            let key = body.client_key.map(|pem| EnteredKey { pem, id: body.client_key_id });
            let (issuer, secret) = (body.issuer, body.client_secret);
            admin.connector().keep_client(EnteredClient { credential: id, issuer, id: client, secret, key }).await?;
        }
        if entry.oauth.as_ref().is_some_and(|oauth| oauth.own) {
            entry = admin.connector().connect_own(id).await?;
        }
        Ok::<_, Fault>(())
    };
    if let Err(fault) = made.await {
        // What could not be made whole is not left behind.
        let about = json!({ "credential": entry.name, "why": fault.code().as_str() });
        let intent = secrets::intent::<AddOAuthCredential>(&admin, &who, &server, &about);
        admin.store().remove_credential(intent, id).await?;
        return Err(fault);
    }
    if entry.is_connected() {
        connected(&admin, &entry).await?;
    }
    Ok(view(&entry, &server))
}

pub(crate) async fn connect(ask: Ask<ConnectCredential>) -> Result<Connection, Fault> {
    let (entry, server) = credentials::named(&ask.admin, ask.name())?;
    let Ask { admin, who, .. } = ask;
    let oauth = granted(&entry)?;
    check_server(&server, &entry.owner)?;
    if admin.safe().is_locked() {
        return Err(Fault::locked());
    }
    let intent = secrets::intent::<ConnectCredential>(&admin, &who, &server, &secrets::about(&entry, entry.version));
    if oauth.own {
        let connecting = async { Ok(admin.connector().connect_own(entry.id).await?) };
        let entry = act::carry_out(&admin, intent, connecting).await?;
        connected(&admin, &entry).await?;
        let credential = view(&entry, &server);
        return Ok(Connection {
            stage: ConnectionStage::Done,
            link: None,
            until: None,
            code: None,
            told: None,
            credential,
        });
    }
    let linking = async { Ok(admin.connector().link(entry.id, act::by(&who)).await?) };
    let link = act::carry_out(&admin, intent, linking).await?;
    Ok(Connection {
        stage: ConnectionStage::Waiting,
        link: Some(link.url),
        until: Some(link.until),
        code: None,
        told: None,
        credential: view(&entry, &server),
    })
}

pub(crate) async fn show(ask: Ask<ShowConnection>) -> Result<Connection, Fault> {
    let (entry, _) = credentials::named(&ask.admin, ask.name())?;
    let admin = ask.admin;
    let link = admin.store().newest_link(entry.id).await?;
    // Read again: it may have been connected meanwhile.
    let (entry, server) = credentials::named(&admin, entry.name.as_str())?;
    let credential = view(&entry, &server);
    let Some(link) = link else {
        let stage = ConnectionStage::None;
        return Ok(Connection { stage, link: None, until: None, code: None, told: None, credential });
    };
    let stage = match link.stage {
        LinkStage::Waiting if admin.now() >= link.until => ConnectionStage::Over,
        LinkStage::Waiting => ConnectionStage::Waiting,
        // Whoever was sent on at the last moment has ten minutes more.
        LinkStage::Opened if admin.now() >= link.until.after(peta_model::Span::from_secs(600)) => ConnectionStage::Over,
        LinkStage::Opened => ConnectionStage::Opened,
        LinkStage::Done => ConnectionStage::Done,
        LinkStage::Failed => ConnectionStage::Failed,
    };
    Ok(Connection { stage, link: None, until: Some(link.until), code: link.code, told: link.told, credential })
}

/// For whoever brings people back from an authorization server.
pub async fn reopen_connected(admin: &Admin, entry: &CredentialEntry) {
    if let Err(fault) = connected(admin, entry).await {
        tracing::warn!(code = %fault.code(), credential = %entry.name, "the server cannot be opened anew");
    }
}

/// After somebody connected: what runs with an old token, or with none, is opened anew.
pub(crate) async fn connected(admin: &Admin, entry: &CredentialEntry) -> Result<(), Fault> {
    let snapshot = admin.store().snapshot();
    let Some(server) = snapshot.server_by_id(entry.server).filter(|_| !entry.held) else { return Ok(()) };
    secrets::reopen(admin, server, secrets::is_first(entry, server)).await
}

fn granted(entry: &CredentialEntry) -> Result<Arc<OAuth>, Fault> {
    entry.oauth.clone().ok_or_else(|| {
        Fault::conflict(format!("`{}` is a secret that was stored: nobody connects for it; rotate it", entry.name))
    })
}

/// A client proves itself with a secret or with a key, and a key that cannot be used is better said now than at a renewal.
fn check_key(body: &NewOAuthCredential) -> Result<(), Fault> {
    let Some(key) = &body.client_key else {
        let alone = body.client_key_id.is_some();
        return if alone {
            Err(Fault::bad_field("client_key_id", "it names a key, and none is there"))
        } else {
            Ok(())
        };
    };
    if body.client_id.is_none() {
        return Err(Fault::bad_field("client_id", "the key of a client goes with its id"));
    }
    if body.client_secret.is_some() {
        return Err(Fault::bad_field(
            "client_key",
            "a client proves itself with a secret or with a key, not with both",
        ));
    }
    SigningKey::new(key.reveal().into(), None).map(|_| ()).map_err(|_| {
        let what = "this is a private key as PKCS #8 in PEM (`-----BEGIN PRIVATE KEY-----`), of P-256 or Ed25519";
        Fault::bad_field("client_key", what)
    })
}

fn check_server(server: &ServerEntry, owner: &Owner) -> Result<(), Fault> {
    if !matches!(server.spec.transport, Transport::Http { .. }) {
        let detail = "OAuth is for servers at a URL, and this one is started by a command";
        return Err(Fault::bad_field("server", detail));
    }
    // The transaction looks again; nobody is sent to connect for nothing.
    check_owner(&server.spec, owner).map_err(|error| Fault::conflict(error.to_string()))
}
