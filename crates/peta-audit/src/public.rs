//! The parts of an event that may go where no erasure reaches.

use std::borrow::Cow;

use peta_model::{CapabilityKind, Grant, Scope};

use crate::{Caller, Event, Facts, Subject};

impl Event {
    /// Without what belongs to a person or was said by one: the agent's name, the user, its client, the detail; and of
    /// capability, reasons and the request's id all that is no plain name.
    pub fn public(self) -> Self {
        let Self { caller, subject, reasons, facts, .. } = self;
        let is_uri = matches!(self.kind.as_str(), "resource_read" | "subscription");
        let capability = subject.capability.filter(|name| !is_uri && is_public_name(name));
        Self {
            caller: Caller { agent: None, user: None, ..caller },
            subject: Subject { capability, ..subject },
            reasons: reasons.iter().map(|reason| public_reason(reason).into_owned()).collect(),
            detail: None,
            facts: Facts { client: None, request: facts.request.filter(|id| is_public_name(id)), ..facts },
            ..self
        }
    }
}

/// Whether a name of a capability may stand where everybody reads it: those that follow the rule for names of tools
/// (MCP 2025-11-25, server/tools). What does not may be anything: an address, a sentence, somebody's name.
pub fn is_public_name(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-./".contains(&byte);
    (1..=128).contains(&name.len()) && name.bytes().all(plain)
}

/// A grant, without the name in it if that is a URI or no plain name; and what is no grant, if it is one word.
pub fn public_reason(reason: &str) -> Cow<'_, str> {
    // A plain name is none of a URI's, whatever it grants: most reasons are one, and each call has some.
    if is_public_name(reason) {
        return reason.into();
    }
    match reason.parse() {
        Ok(Grant { scope: Scope::All, .. }) => reason.into(),
        Ok(Grant { server, scope: Scope::One(kind, name) | Scope::Prefix(kind, name) }) => {
            let is_uri = matches!(kind, CapabilityKind::Resource | CapabilityKind::Template);
            let is_plain = name.is_empty() || is_public_name(&name);
            if is_plain && !is_uri { reason.into() } else { format!("{server}/{kind}:…").into() }
        }
        Err(_) => "…".into(),
    }
}

#[cfg(test)]
mod tests;
