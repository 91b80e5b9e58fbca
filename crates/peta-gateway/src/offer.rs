//! Where a person must connect before anything can be sent: the agent gets a link of Peta's own, as an elicitation if it can
//! show one. And the opening of lines, which a server may refuse as it may a call.

pub(crate) mod table;

use std::sync::Arc;

use peta_mcp::write;
use peta_model::{AgentId, Code};
use peta_runtime::Description;
use peta_store::{CredentialEntry, ServerEntry};

use crate::{
    custody::{ConnectTo, GivenLink, NoChoice, NotConnected, WantedLink},
    hold,
    hub::Hub,
    refuse::{Refusal, rpc},
    session::{Session, held::Held},
};

/// Instead of a request that carries nothing: with a link, if a person can change that.
pub(crate) async fn instead(hub: &Arc<Hub>, session: &Session, why: NoChoice) -> Refusal {
    let text = format!("Nothing was sent: {why}");
    match why.connect() {
        Some(to) => link(hub, session, to, (why.code(), text), None).await,
        None => Refusal::new(why.code(), rpc::INTERNAL, text),
    }
}

/// After a server refused what was granted, and it could not be renewed.
pub(crate) async fn after(hub: &Arc<Hub>, session: &Session, entry: &CredentialEntry, why: NotConnected) -> Refusal {
    let text = format!("The server does not take what was granted: {why}");
    if why.code == Code::CONNECT_AGAIN {
        link(hub, session, &ConnectTo::of(entry), (why.code, text), None).await
    } else {
        Refusal::failure(why.code, text)
    }
}

/// The session's line to a server, ready. A server that refuses it leads to what a refused call leads to: a renewal and
/// one more try, or a link.
pub(crate) async fn ready(
    hub: &Arc<Hub>,
    session: &Arc<Session>,
    (agent, server): (AgentId, &ServerEntry),
) -> Result<(Arc<Held>, Arc<Description>), Refusal> {
    let open = async || {
        let held = hold::hold(hub, session, server);
        hold::ready(hub, &held).await.map(|description| (held, description))
    };
    if hold::hold(hub, session, server).instance.if_ready().is_some() {
        return open().await;
    }
    // Chosen beforehand, so that it is what the line shows, and not what that was renewed to meanwhile.
    let granted = match hub.steward.choose(&hub.store.snapshot(), server, agent, None) {
        Err(why) if why.connect().is_some() => return Err(instead(hub, session, why).await),
        Err(_) => None,
        Ok(chosen) => chosen.into_iter().find(|entry| entry.oauth.is_some()),
    };
    match (open().await, granted) {
        (Err(refusal), Some(entry)) if refusal.code == Code::SERVER_CHALLENGED => {
            match hub.steward.connections().renew(entry.id, entry.version).await {
                Ok(()) => open().await,
                Err(why) => Err(after(hub, session, &entry, why).await),
            }
        }
        (opened, _) => opened,
    }
}

/// A refusal with a link for the person whose turn it is.
pub(crate) async fn link(
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
        Ok(GivenLink { url, key }) if session.features().elicitation_url => {
            let id: [u8; 16] = hub.random.bytes().unwrap_or_default();
            let id = format!("peta-{:032x}", u128::from_be_bytes(id));
            hub.offers.note(key, session, id.clone());
            let raw = format!(
                r#"[{{"mode":"url","elicitationId":"{id}","url":{},"message":{}}}]"#,
                write::string(&url),
                write::string(&text)
            );
            Refusal::new(code, rpc::URL_ELICITATION, text).with("elicitations", raw)
        }
        Ok(GivenLink { url, .. }) => {
            let raw = write::string(&url);
            Refusal::new(code, rpc::INTERNAL, format!("{text}. Open this link in a browser: {url}")).with("url", raw)
        }
        Err(why) => Refusal::failure(why.code, format!("{text}; and there is no link: {why}")),
    }
}
