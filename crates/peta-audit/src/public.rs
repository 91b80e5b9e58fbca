//! The parts of an event that may go where no erasure reaches.

use peta_model::{CapabilityKind, Grant, Scope};

use crate::{Caller, Event, Subject};

impl Event {
    /// Without what belongs to a person or was said by one: the agent's name, the user, the detail; and of capability and
    /// reasons all that is no plain name.
    pub fn public(self) -> Self {
        let Self { caller, subject, reasons, .. } = self;
        let is_uri = matches!(self.kind.as_str(), "resource_read" | "subscription");
        let capability = subject.capability.filter(|name| !is_uri && is_name(name));
        Self {
            caller: Caller { agent: None, user: None, ..caller },
            subject: Subject { capability, ..subject },
            reasons: reasons.into_iter().map(reason).collect(),
            detail: None,
            ..self
        }
    }
}

/// Whether a text is a name by MCP's rule for tools. A URI is none, for it holds a colon.
fn is_name(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'/' | b'-');
    (1..=128).contains(&text.len()) && text.bytes().all(plain)
}

/// A grant, without the name in it if that is a URI or no plain name; and what is no grant, if it is one word.
fn reason(reason: String) -> String {
    match reason.parse() {
        Ok(Grant { scope: Scope::All, .. }) => reason,
        Ok(Grant { server, scope: Scope::One(kind, name) | Scope::Prefix(kind, name) }) => {
            let is_uri = matches!(kind, CapabilityKind::Resource | CapabilityKind::Template);
            let is_plain = name.is_empty() || is_name(&name);
            if is_plain && !is_uri { reason } else { format!("{server}/{kind}:…") }
        }
        Err(_) if is_name(&reason) => reason,
        Err(_) => "…".to_owned(),
    }
}

#[cfg(test)]
mod tests;
