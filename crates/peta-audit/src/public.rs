//! The parts of an event that may go where no erasure reaches.

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

/// A grant: `SERVER`, `SERVER/NAME`, `SERVER/KIND:NAME`, perhaps with `*` at its end. What is named by a URI is left out.
fn reason(grant: String) -> String {
    let (of, name) = grant.split_once(':').unwrap_or(("", &grant));
    let is_uri = of.ends_with("/resource") || of.ends_with("/template");
    let name = name.strip_suffix('*').unwrap_or(name);
    let is_plain = |text: &str| text.is_empty() || is_name(text);
    match is_plain(of) {
        true if !is_uri && is_plain(name) => grant,
        true if !of.is_empty() => format!("{of}:…"),
        _ => "…".to_owned(),
    }
}

#[cfg(test)]
mod tests;
