//! Admit: who is calling. Every request proves it anew with a service token; a session never stands in for one.

use std::sync::Arc;

use http::{HeaderMap, header};
use peta_identity::{TokenKind, recognise};
use peta_mcp::Message;
use peta_model::{Code, TokenId};
use peta_store::{AgentEntry, Snapshot, TokenOwner, TokenState};

use crate::{hub::Hub, session::Session};

/// Whoever is proven to be calling, and all that the call is judged by.
#[derive(Clone)]
pub(crate) struct Caller {
    pub(crate) agent: Arc<AgentEntry>,
    pub(crate) token: Option<TokenId>,
    pub(crate) snapshot: Arc<Snapshot>,
}

/// A message of a proven caller, in its session.
pub struct Admitted {
    pub(crate) caller: Caller,
    pub(crate) session: Arc<Session>,
    pub(crate) message: Message,
}

/// Proves the caller from the request's head.
pub(crate) fn caller(hub: &Hub, headers: &HeaderMap) -> Result<Caller, Code> {
    let snapshot = hub.store.snapshot();
    let mut given = headers.get_all(header::AUTHORIZATION).iter();
    let Some(authorization) = given.next() else { return anonymous(hub, snapshot) };
    if given.next().is_some() {
        return Err(Code::TOKEN_INVALID);
    }
    let text = authorization.to_str().map_err(|_| Code::TOKEN_INVALID)?;
    let token = bearer(text).ok_or(Code::TOKEN_INVALID)?;
    let claim = recognise(token).map_err(|_| Code::TOKEN_INVALID)?;
    if claim.kind != TokenKind::Service {
        return Err(Code::TOKEN_INVALID);
    }
    let entry = snapshot.token(&claim.hash).ok_or(Code::TOKEN_INVALID)?;
    let TokenOwner::Agent(agent) = entry.owner else { return Err(Code::TOKEN_INVALID) };
    let agent = snapshot.agent(&agent).filter(|agent| agent.revoked.is_none());
    let live = entry.state(hub.lives()) == TokenState::Live;
    let Some(agent) = agent.filter(|_| live).map(Arc::clone) else { return Err(Code::TOKEN_EXPIRED) };
    hub.store.touch_token(entry, hub.now());
    let token = Some(entry.id);
    Ok(Caller { agent, token, snapshot })
}

/// Without a token: the agent that the configuration names for loopback, if any.
fn anonymous(hub: &Hub, snapshot: Arc<Snapshot>) -> Result<Caller, Code> {
    let name = hub.config.anonymous.as_ref().ok_or(Code::TOKEN_MISSING)?;
    let agent = snapshot.agent_named(name.as_str()).filter(|agent| agent.revoked.is_none()).map(Arc::clone);
    agent.map(|agent| Caller { agent, token: None, snapshot }).ok_or(Code::TOKEN_MISSING)
}

/// The token of an `Authorization: Bearer` header (RFC 6750).
fn bearer(text: &str) -> Option<&str> {
    let (scheme, token) = text.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim_matches(' '))
}

/// Whether a caller's token still holds, at the newest snapshot.
pub(crate) fn still_holds(hub: &Hub, snapshot: &Snapshot, session: &Session, token: Option<TokenId>) -> bool {
    let Some(agent) = snapshot.agent(&session.agent).filter(|agent| agent.revoked.is_none()) else { return false };
    let Some(token) = token else { return hub.config.anonymous.as_ref() == Some(&agent.name) };
    let now = hub.lives();
    snapshot.tokens_of(agent).any(|entry| entry.id == token && entry.state(now) == TokenState::Live)
}
