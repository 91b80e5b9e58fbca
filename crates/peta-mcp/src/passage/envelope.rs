//! What of an answer is looked at as it passes: its own members, and `isError` of its result. Depth 1 is the answer's own
//! object, 2 that of its result.

use crate::fault::Fault;

#[derive(Debug)]
pub(super) struct Envelope {
    /// The id that it must have.
    asked: u64,
    key: Key,
    version: bool,
    id: bool,
    result: bool,
    in_result: bool,
    failed: bool,
}

/// The member that is being read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Key {
    Version,
    Id,
    Result,
    /// `isError` of the result.
    Failed,
    Other,
}

impl Envelope {
    pub(super) const fn of(asked: u64) -> Self {
        Self { asked, key: Key::Other, version: false, id: false, result: false, in_result: false, failed: false }
    }

    /// Whether keys mean something at this depth.
    pub(super) const fn names(&self, depth: u32) -> bool {
        depth <= 2
    }

    /// A key. The members that an answer needs stand in it once each.
    pub(super) fn key(&mut self, depth: u32, says: &str) -> Result<(), Fault> {
        self.key = match (depth, says) {
            (1, "jsonrpc") => Key::Version,
            (1, "id") => Key::Id,
            (1, "result") => Key::Result,
            (1, "error" | "method") => return Err(Fault::NotAMessage("an answer has a `result`, and no more")),
            (2, "isError") if self.in_result => Key::Failed,
            _ => Key::Other,
        };
        let twin = match self.key {
            Key::Version => std::mem::replace(&mut self.version, true),
            Key::Id => std::mem::replace(&mut self.id, true),
            Key::Result => std::mem::replace(&mut self.result, true),
            Key::Failed | Key::Other => false,
        };
        if twin { Err(Fault::DuplicateKey) } else { Ok(()) }
    }

    /// Whether the value that comes next is needed whole.
    pub(super) fn needs(&self, depth: u32) -> bool {
        depth == 1 && matches!(self.key, Key::Version | Key::Id)
    }

    /// A value that was needed: it must be what it has to be.
    pub(super) fn settle(&self, raw: &[u8]) -> Result<(), Fault> {
        let fits = match self.key {
            Key::Version => raw == b"\"2.0\"",
            _ => raw == self.asked.to_string().as_bytes(),
        };
        if fits { Ok(()) } else { Err(Fault::NotAMessage("`jsonrpc` or `id` is another than it must be")) }
    }

    /// Whether the value at this depth is the answer's id.
    pub(super) fn is_id(&self, depth: u32) -> bool {
        depth == 1 && self.key == Key::Id
    }

    /// `true`, `false` or `null`.
    pub(super) fn word(&mut self, depth: u32, word: &[u8]) {
        self.failed |= depth == 2 && self.key == Key::Failed && word == b"true";
    }

    /// A container opens in this depth.
    pub(super) fn opens(&mut self, depth: u32) {
        self.in_result |= depth == 1 && self.key == Key::Result;
    }

    /// A container has closed; this is the depth around it.
    pub(super) fn closed(&mut self, depth: u32) {
        self.in_result &= depth > 1;
    }

    pub(super) const fn is_in_result(&self) -> bool {
        self.in_result
    }

    /// At the end: whether all is there. True if a tool says that it failed.
    pub(super) fn end(&self) -> Result<bool, Fault> {
        match (self.version && self.id, self.result) {
            (true, true) => Ok(self.failed),
            _ => Err(Fault::NotAMessage("an answer has `jsonrpc`, `id` and `result`")),
        }
    }
}
