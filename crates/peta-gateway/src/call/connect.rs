//! Where a call cannot be made before a person connects, and what a server's refusal of a token leads to. A challenge of a
//! server's ends here: the agent gets a link of Peta's own, as an elicitation if it can show one.

use std::sync::Arc;

use http::StatusCode;
use peta_mcp::write;
use peta_model::{CapabilityRef, Code};
use peta_store::CredentialEntry;

use super::resolve::Resolved;
use crate::{
    custody::{ConnectTo, Loans, NoChoice, NotConnected, WantedLink},
    hub::Hub,
    refuse::{Refusal, rpc},
    session::Session,
    stop::Stop,
};

/// Why a call carries nothing: with a link, if a person can change that.
pub(super) async fn needed(hub: &Arc<Hub>, resolved: &Resolved, why: NoChoice) -> Refusal {
    offered(hub, &resolved.admitted.session, why).await
}

/// The same for what is no call.
pub(crate) async fn offered(hub: &Arc<Hub>, session: &Session, why: NoChoice) -> Refusal {
    let text = format!("Nothing was sent: {why}");
    match why.connect() {
        Some(to) => linked(hub, session, to, (why.code(), text), None).await,
        None => Refusal::new(why.code(), rpc::INTERNAL, text),
    }
}

/// After a server refused what a call carried: what it carries when it is sent once more, or why it is not.
pub(super) async fn challenged(
    hub: &Arc<Hub>,
    resolved: &Resolved,
    ticket: &Loans,
    (stop, again): (Stop, bool),
) -> Result<Arc<Loans>, Stop> {
    let Some(entry) = ticket.granted() else { return Err(stop) };
    let challenge = ticket.challenge();
    if challenge.as_ref().is_some_and(|challenge| challenge.status == StatusCode::FORBIDDEN) {
        let headers = challenge.map(|challenge| challenge.headers).unwrap_or_default();
        return Err(more_scopes(hub, resolved, &entry, headers).await.map_or(stop, Stop::from));
    }
    let connections = hub.steward.connections();
    if again {
        return Err(match connections.doubt(entry.id, entry.version).await {
            Ok(()) => stop,
            Err(why) => failed(hub, resolved, &entry, why).await.into(),
        });
    }
    match connections.renew(entry.id, entry.version).await {
        Ok(()) => chosen_anew(hub, resolved).await.map_err(Stop::from),
        Err(why) => Err(failed(hub, resolved, &entry, why).await.into()),
    }
}

async fn chosen_anew(hub: &Arc<Hub>, resolved: &Resolved) -> Result<Arc<Loans>, Refusal> {
    let server = resolved.server.as_ref().ok_or_else(|| Refusal::no_tool(&resolved.asked))?;
    let snapshot = hub.store.snapshot();
    let capability = CapabilityRef { kind: resolved.kind, name: &resolved.own };
    match hub.steward.choose(&snapshot, server, resolved.admitted.caller.agent.id, Some(capability)) {
        Ok(chosen) => Ok(hub.steward.ticket(chosen)),
        Err(why) => Err(needed(hub, resolved, why).await),
    }
}

/// Nothing if the server does not say that more scopes would help.
async fn more_scopes(
    hub: &Arc<Hub>,
    resolved: &Resolved,
    entry: &CredentialEntry,
    headers: Vec<String>,
) -> Option<Refusal> {
    let session = &resolved.admitted.session;
    match hub.steward.connections().step_up(entry.id, headers).await {
        Ok(scopes) if scopes.is_empty() => None,
        Ok(scopes) => {
            let text = format!("The server refused the call: it wants the scopes {scopes}");
            let to = ConnectTo::of(entry);
            Some(linked(hub, session, &to, (Code::SCOPES_NEEDED, text), Some(scopes)).await)
        }
        Err(why) => Some(Refusal::new(why.code, rpc::INTERNAL, format!("The server refused the call: {why}"))),
    }
}

async fn failed(hub: &Arc<Hub>, resolved: &Resolved, entry: &CredentialEntry, why: NotConnected) -> Refusal {
    let text = format!("The server does not take what was granted: {why}");
    if why.code == Code::CONNECT_AGAIN {
        linked(hub, &resolved.admitted.session, &ConnectTo::of(entry), (why.code, text), None).await
    } else {
        Refusal::failure(why.code, text)
    }
}

async fn linked(
    hub: &Arc<Hub>,
    session: &Session,
    to: &ConnectTo,
    (code, text): (Code, String),
    scopes: Option<String>,
) -> Refusal {
    let Some(person) = to.person.clone() else {
        // A link would let whoever reads it connect for everybody.
        return Refusal::new(code, rpc::INTERNAL, format!("{text}; an administrator must connect"));
    };
    match hub.steward.connections().link(WantedLink { credential: to.credential, person, scopes }).await {
        Ok(url) if session.features().elicitation_url => {
            let id: [u8; 16] = hub.random.bytes().unwrap_or_default();
            let id = format!("peta-{:032x}", u128::from_be_bytes(id));
            let raw = format!(
                r#"[{{"mode":"url","elicitationId":"{id}","url":{},"message":{}}}]"#,
                write::string(&url),
                write::string(&text)
            );
            Refusal::new(code, rpc::URL_ELICITATION, text).with("elicitations", raw)
        }
        Ok(url) => {
            let raw = write::string(&url);
            Refusal::new(code, rpc::INTERNAL, format!("{text}. Open this link in a browser: {url}")).with("url", raw)
        }
        Err(why) => Refusal::failure(why.code, format!("{text}; and there is no link: {why}")),
    }
}
