//! Ids of requests, which travel exactly as they were written.

use std::{
    borrow::Cow,
    hash::{Hash, Hasher},
};

use crate::{fault::Fault, scan::Limits, text, value::Value, write};

/// An id, kept as it was written and equal by type and value: `1` is not `"1"`, and no number goes through a float.
#[derive(Debug, Clone)]
pub struct RequestId {
    raw: Box<str>,
    /// What a string id says, where that differs from how it is written.
    said: Option<Box<str>>,
}

impl RequestId {
    pub fn number(id: u64) -> Self {
        Self { raw: id.to_string().into(), said: None }
    }

    /// A string id that needs no escaping.
    pub fn word(word: &str) -> Self {
        Self { raw: write::string(word).into(), said: None }
    }

    /// Reads an id from a value inside a message, such as `requestId` of a cancellation.
    pub fn read(value: Value<'_>, limits: &Limits) -> Result<Self, Fault> {
        let bad = Fault::BadId { limit: limits.id_bytes };
        let raw = value.raw();
        if raw.len() > limits.id_bytes {
            return Err(bad);
        }
        let integer = |raw: &str| raw.strip_prefix('-').unwrap_or(raw).bytes().all(|b| b.is_ascii_digit());
        if value.is_string() {
            let said = value.as_str().ok_or(bad)?;
            let said = raw.contains('\\').then(|| write::string(&said).into());
            Ok(Self { raw: raw.into(), said })
        } else if value.is_number() && integer(raw) {
            Ok(Self { raw: raw.into(), said: None })
        } else {
            Err(bad)
        }
    }

    /// As it was written, to be echoed.
    pub fn raw(&self) -> &str {
        &self.raw
    }

    /// What it says: a number as it was written, a text without its quotes.
    pub fn text(&self) -> Cow<'_, str> {
        if self.raw.starts_with('"') {
            text::unescape(&self.raw).unwrap_or(Cow::Borrowed(&self.raw))
        } else {
            (&*self.raw).into()
        }
    }

    pub fn as_u64(&self) -> Option<u64> {
        self.raw.parse().ok()
    }

    fn key(&self) -> &str {
        self.said.as_deref().unwrap_or(&self.raw)
    }
}

impl PartialEq for RequestId {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}
impl Eq for RequestId {}
impl Hash for RequestId {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key().hash(state);
    }
}
