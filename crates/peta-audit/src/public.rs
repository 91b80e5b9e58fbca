//! The parts of an event that may go where no erasure reaches.

use crate::{Caller, Event, Subject};

impl Event {
    /// Without what belongs to a person or was said by one: agent's name, user, detail, and of the capability all that is
    /// no plain name.
    pub fn public(self) -> Self {
        let Self { caller, subject, .. } = self;
        let capability = subject.capability.filter(|name| is_name(name));
        Self {
            caller: Caller { agent: None, user: None, ..caller },
            subject: Subject { capability, ..subject },
            detail: None,
            ..self
        }
    }
}

/// Whether a text is a name by MCP's rule for tools. A resource's URI is none, for it holds a colon.
fn is_name(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'/' | b'-');
    (1..=128).contains(&text.len()) && text.bytes().all(plain)
}
