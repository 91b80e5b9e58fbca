//! Who may do what: the door a request came in by, the administrator behind it, and the one table of roles.
//! An agent's token opens nothing here, and no answer tells whether the thing asked about exists.

use std::sync::Arc;

use http::{HeaderMap, header};
use peta_api::Action;
use peta_identity::{TokenKind, recognise};
use peta_model::{Moment, Role};
use peta_store::{Snapshot, TokenEntry, TokenOwner, TokenState};

use crate::problem::Fault;

/// The door a request came in by. Whoever accepts the connection sets it as an extension of the request;
/// a request without one counts as from the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    /// The Unix socket in the data directory, which only its owner can open.
    Socket,
    /// A listener; an administrator's token is needed.
    Network,
}

/// A proven administrator.
#[derive(Debug, Clone)]
pub(crate) struct Who {
    pub(crate) role: Role,
    pub(crate) door: Door,
    /// The token that was shown; none at the socket.
    pub(crate) token: Option<Arc<TokenEntry>>,
}

/// Whoever is no administrator.
#[derive(Debug, Clone)]
pub(crate) enum Stranger {
    NoToken,
    /// Unknown, misspelt, expired or revoked.
    BadToken,
    /// Shows a token of an agent's kind; its entry if it is one that works.
    Agent(Option<Arc<TokenEntry>>),
}

/// The one table: what each role allows.
pub(crate) const fn allows(role: Role, action: Action) -> bool {
    match action {
        Action::ContractRead | Action::EventRead => matches!(role, Role::Owner | Role::Auditor | Role::Payloads),
        // Who reads the record reads names and sizes; what was said is for nobody who may do anything else.
        Action::PayloadRead => matches!(role, Role::Payloads),
        Action::StatusRead
        | Action::MetricsRead
        | Action::ServerRead
        | Action::AgentRead
        | Action::TokenRead
        | Action::CredentialRead
        | Action::SinkRead
        | Action::VaultRead => matches!(role, Role::Owner | Role::Auditor),
        Action::ServerLogs
        | Action::ServerWrite
        | Action::ServerLaunch
        | Action::AgentWrite
        | Action::GrantWrite
        | Action::AuditWrite
        | Action::TokenWrite
        | Action::CredentialWrite
        | Action::SinkWrite
        | Action::VaultWrite => matches!(role, Role::Owner),
    }
}

/// Proves who asks.
pub(crate) fn prove(
    door: Option<Door>,
    headers: &HeaderMap,
    snapshot: &Snapshot,
    now: Moment,
) -> Result<Who, Stranger> {
    if door == Some(Door::Socket) {
        return Ok(Who { role: Role::Owner, door: Door::Socket, token: None });
    }
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let value = values.next().ok_or(Stranger::NoToken)?;
    if values.next().is_some() {
        return Err(Stranger::BadToken);
    }
    let claim = bearer(value.as_bytes()).and_then(|token| recognise(token).ok()).ok_or(Stranger::BadToken)?;
    let entry = snapshot.token(&claim.hash).filter(|entry| entry.state(now) == TokenState::Live);
    match (claim.kind, entry.map(|entry| (entry.owner, entry))) {
        (TokenKind::Admin, Some((TokenOwner::Admin(role), entry))) => {
            Ok(Who { role, door: Door::Network, token: Some(Arc::clone(entry)) })
        }
        (TokenKind::Service, entry) => Err(Stranger::Agent(entry.map(|(_, entry)| Arc::clone(entry)))),
        (TokenKind::Admin, _) => Err(Stranger::BadToken),
    }
}

impl Who {
    /// Refuses what this administrator's role does not allow.
    pub(crate) fn may(&self, action: Action) -> Result<(), Fault> {
        match action {
            _ if allows(self.role, action) => Ok(()),
            Action::PayloadRead => Err(Fault::not_said(self.role.word())),
            _ => Err(Fault::not_allowed(self.role.word(), action.word())),
        }
    }

    /// Whether whoever was proven once would still be: the token was not revoked and has not expired.
    pub(crate) fn stands(&self, snapshot: &Snapshot, now: Moment) -> bool {
        let Some(token) = &self.token else { return true };
        snapshot.admin_tokens().iter().any(|entry| entry.id == token.id && entry.state(now) == TokenState::Live)
    }
}

impl From<Stranger> for Fault {
    fn from(stranger: Stranger) -> Self {
        match stranger {
            Stranger::NoToken => Self::no_token(),
            Stranger::BadToken => Self::bad_token(),
            Stranger::Agent(_) => Self::agents_token(),
        }
    }
}

/// The token of a `Bearer` value; the scheme is read in any case.
fn bearer(value: &[u8]) -> Option<&str> {
    let (scheme, token) = std::str::from_utf8(value).ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim_start_matches(' '))
}

#[cfg(test)]
mod tests;
