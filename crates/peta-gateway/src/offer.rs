//! Where a person must connect before anything can be sent: the agent gets a link of Peta's own, as an elicitation if it can
//! show one. And the opening of lines, which a server may refuse as it may a call.

pub(crate) mod table;

use std::sync::Arc;

use peta_mcp::write;
use peta_model::{AgentId, Code, ServerId};
use peta_runtime::Description;
use peta_store::{CredentialEntry, ServerEntry};

use crate::{
    catalog::listing::Shared,
    custody::{ConnectTo, GivenLink, NoChoice, NotConnected, WantedLink},
    hold,
    hub::{Hub, Signal},
    refuse::{Refusal, rpc},
    session::{Session, held::Held},
    stop::Stop,
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

/// After a server forbade what was asked of it. Nothing if it does not say that more scopes would help.
pub(crate) async fn more_scopes(
    hub: &Arc<Hub>,
    session: &Session,
    entry: &CredentialEntry,
    headers: Vec<String>,
) -> Option<Refusal> {
    match hub.steward.connections().step_up(entry.id, headers).await {
        Ok(scopes) if scopes.is_empty() => None,
        Ok(scopes) => {
            let text = format!("The server refused this: it wants the scopes {scopes}");
            let to = ConnectTo::of(entry);
            Some(link(hub, session, &to, (Code::SCOPES_NEEDED, text), Some(scopes)).await)
        }
        Err(why) => Some(Refusal::new(why.code, rpc::INTERNAL, format!("The server refused this: {why}"))),
    }
}

/// What a session's line to a server shows, while something is done over it.
pub(crate) struct Shown {
    line: (ServerId, AgentId),
    granted: Option<Arc<CredentialEntry>>,
}

impl Shown {
    /// Chosen beforehand, so that it is what the line shows, and not what that was renewed to meanwhile.
    pub(crate) async fn by(
        hub: &Arc<Hub>,
        session: &Session,
        (agent, server): (AgentId, &ServerEntry),
    ) -> Result<Self, Refusal> {
        let line = (server.id, agent);
        // What was forbidden before is another story.
        hub.steward.forbidden(server.id, agent);
        match hub.steward.choose(&hub.store.snapshot(), server, agent, None) {
            Err(why) if why.connect().is_some() => Err(instead(hub, session, why).await),
            Err(_) => Ok(Self { line, granted: None }),
            Ok(chosen) => Ok(Self { line, granted: chosen.into_iter().find(|entry| entry.oauth.is_some()) }),
        }
    }

    /// A server that refuses a line leads to what a refused call leads to: a renewal, after which it is to be tried once
    /// more, or a link. Whatever else stops is given back.
    pub(crate) async fn again(&mut self, hub: &Arc<Hub>, session: &Session, stop: Stop) -> Result<(), Stop> {
        let Some(entry) = self.granted.take().filter(|_| stop.is_challenge()) else { return Err(stop) };
        if let Some(challenge) = hub.steward.forbidden(self.line.0, self.line.1) {
            let refused = more_scopes(hub, session, &entry, challenge.headers).await;
            return Err(refused.map_or(stop, Stop::from));
        }
        match hub.steward.connections().renew(entry.id, entry.version).await {
            Ok(()) => Ok(()),
            Err(why) => Err(after(hub, session, &entry, why).await.into()),
        }
    }
}

/// The session's line to a server, ready.
pub(crate) async fn ready(
    hub: &Arc<Hub>,
    session: &Arc<Session>,
    to: (AgentId, &ServerEntry),
) -> Result<(Arc<Held>, Arc<Description>), Stop> {
    let mut shown = None;
    loop {
        let held = hold::hold(hub, session, to.1);
        if held.instance.if_ready().is_none() && shown.is_none() {
            shown = Some(Shown::by(hub, session, to).await?);
        }
        match (hold::ready(hub, &held).await, &mut shown) {
            (Ok(description), _) => return Ok((held, description)),
            (Err(refusal), Some(shown)) => shown.again(hub, session, refusal.into()).await?,
            (Err(refusal), None) => return Err(refusal.into()),
        }
    }
}

/// What the session's own instance lists. Where that could not be had when the line was opened, it is asked again, as it is
/// needed now.
pub(crate) async fn lists(
    hub: &Arc<Hub>,
    session: &Arc<Session>,
    to: (AgentId, &ServerEntry),
) -> Result<Option<Shared>, Stop> {
    let (held, description) = ready(hub, session, to).await?;
    held.lists_asked().await;
    if let Some(own) = held.own() {
        return Ok(Some(own));
    }
    let mut shown = Shown::by(hub, session, to).await?;
    loop {
        match hold::listed(&held, description.features).await {
            Ok(own) => {
                held.set_own(Some(Arc::clone(&own)));
                hub.signal(Signal::Lists(held.server));
                return Ok(Some(own));
            }
            Err(why) if why.code == Code::SERVER_CHALLENGED => {
                shown.again(hub, session, Refusal::failure(why.code, why.text).into()).await?;
            }
            // It has none that could be had: what it is asked for is unknown.
            Err(_) => return Ok(None),
        }
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
