//! Changing a few places of a text and leaving every other byte as it was.

use std::{borrow::Cow, ops::Range};

use bytes::Bytes;
use smallvec::SmallVec;

use crate::value::Value;

/// A text and the changes to be made to it; places must not overlap.
#[derive(Debug)]
pub struct Splice<'a> {
    text: &'a [u8],
    edits: SmallVec<[(Range<usize>, Cow<'a, str>); 4]>,
}

impl<'a> Splice<'a> {
    pub fn new(text: &'a (impl AsRef<[u8]> + ?Sized)) -> Self {
        Self { text: text.as_ref(), edits: SmallVec::new() }
    }

    pub fn is_untouched(&self) -> bool {
        self.edits.is_empty()
    }

    pub fn replace(&mut self, range: Range<usize>, with: impl Into<Cow<'a, str>>) {
        self.edits.push((range, with.into()));
    }

    /// Puts a member at the front of an object.
    pub fn add_member(&mut self, object: Value<'_>, name: &str, raw: &str) {
        let start = object.range().start + 1;
        let comma = if object.members().next().is_some() { "," } else { "" };
        self.edits.push((start..start, Cow::Owned(format!("{}:{raw}{comma}", crate::write::string(name)))));
    }

    /// The text with its changes made.
    pub fn finish(mut self) -> Bytes {
        self.edits.sort_by_key(|(range, _)| (range.start, range.end));
        let put: usize = self.edits.iter().map(|(_, with)| with.len()).sum();
        let cut: usize = self.edits.iter().map(|(range, _)| range.len()).sum();
        // To the byte: what is made of it then needs no other room.
        let mut out = Vec::with_capacity((self.text.len() + put).saturating_sub(cut));
        let mut at = 0;
        for (range, with) in &self.edits {
            debug_assert!(range.start >= at, "edits overlap");
            out.extend_from_slice(self.text.get(at..range.start).unwrap_or_default());
            out.extend_from_slice(with.as_bytes());
            at = range.end;
        }
        out.extend_from_slice(self.text.get(at..).unwrap_or_default());
        Bytes::from(out)
    }
}

#[cfg(test)]
mod tests;
