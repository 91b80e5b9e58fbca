//! Ids of a stream's events: `{stream}.{number}`, and, as long as an answer is owed, the ids of the requests that wait
//! for it. So a client that comes back is told what became of its request even where nothing of the stream is left:
//! after a restart of Core, or when the answer was kept long enough. Nothing of it is secret or trusted: it says
//! nothing to the session's own agent that this agent did not say first.

use std::fmt::Write as _;

use peta_mcp::{Limits, RequestId, Value};

/// The longest list of request ids in an event id; only batches could have a longer one, and go without.
const LONGEST: usize = 16 * 1024;

/// How the events of one stream are named.
#[derive(Debug)]
pub(crate) struct Namer {
    stream: u64,
    waiting: Box<str>,
}

/// What an event id says.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) stream: u64,
    pub(crate) number: u64,
    /// The requests that an answer was owed to.
    pub(crate) waiting: Vec<RequestId>,
}

impl Namer {
    pub(crate) fn new<'a>(stream: u64, waiting: impl Iterator<Item = &'a RequestId>) -> Self {
        let mut text = String::new();
        for id in waiting {
            text.push(if text.is_empty() { '.' } else { '-' });
            for byte in id.raw().bytes() {
                // Writing to a string cannot fail.
                let _ = write!(text, "{byte:02x}");
            }
        }
        if text.len() > LONGEST {
            text.clear();
        }
        Self { stream, waiting: text.into() }
    }

    pub(crate) const fn stream(&self) -> u64 {
        self.stream
    }

    /// The id of an event after which something is still owed, or nothing.
    pub(crate) fn name(&self, number: u64, owes: bool) -> String {
        let waiting = if owes { &*self.waiting } else { "" };
        format!("{:x}.{number:x}{waiting}", self.stream)
    }
}

impl Place {
    /// Reads an event id; `None` if it is none of Peta's.
    pub(crate) fn read(text: &str, limits: &Limits) -> Option<Self> {
        let mut parts = text.split('.');
        let stream = number(parts.next()?)?;
        let number = number(parts.next()?)?;
        let waiting = match parts.next() {
            Some(waiting) => waiting.split('-').map(|hex| request(hex, limits)).collect::<Option<_>>()?,
            None => Vec::new(),
        };
        parts.next().is_none().then_some(Self { stream, number, waiting })
    }
}

fn number(text: &str) -> Option<u64> {
    let digits = text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if digits { u64::from_str_radix(text, 16).ok() } else { None }
}

fn request(hex: &str, limits: &Limits) -> Option<RequestId> {
    if hex.len() > limits.id_bytes.saturating_mul(2) || !hex.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let byte = |pair: &[u8]| match pair {
        [_, _] => u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok(),
        _ => None,
    };
    let raw = hex.as_bytes().chunks(2).map(byte).collect::<Option<Vec<u8>>>()?;
    let raw = String::from_utf8(raw).ok()?;
    RequestId::read(Value::of(&raw).ok()?, limits).ok()
}

#[cfg(test)]
mod tests;
