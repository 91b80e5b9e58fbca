//! A large answer that is read as it passes: its characters, its grammar and its envelope are checked piece by piece,
//! and nothing of it is kept but a token that a piece broke off in. Whoever passes it on puts another id in the place of
//! its own.

mod envelope;

use std::collections::VecDeque;

use bytes::{Bytes, BytesMut};

use crate::{
    fault::Fault,
    scan::Limits,
    text::{self, Rest},
    utf8::Utf8,
};
use envelope::Envelope;

/// The longest token of an answer that is needed whole: a number, a word, a key or member of the envelope or the result.
/// Each piece of one is read again from its beginning, so it must not be long.
const TOKEN: usize = 4 << 10;

/// A part of an answer, to be passed on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    Text(Bytes),
    /// Here stands the id of the request.
    Id,
}

/// An answer on its way through.
#[derive(Debug)]
pub struct Passage {
    limits: Limits,
    utf8: Utf8,
    /// What came of a token that is not whole yet.
    broken_off: BytesMut,
    parts: VecDeque<Part>,
    /// The last brace and what stands behind it: without it nobody can take what has left for the whole.
    tail: BytesMut,
    length: usize,
    phase: Phase,
    depth: u32,
    /// One bit a level, the lowest the innermost: set for an object.
    objects: u128,
    envelope: Envelope,
}

/// What comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// The first member or item of a container, or its end.
    First,
    Key,
    Colon,
    Value,
    /// The rest of a string.
    Inside(Inside),
    /// A comma, or the end of the container.
    After,
}

/// Where in a string the next byte is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Inside {
    /// It belongs to an escape.
    escaped: bool,
    /// The string is a key.
    key: bool,
}

impl Passage {
    /// Of the answer to the request with this id.
    pub fn new(id: u64, limits: &Limits) -> Self {
        Self {
            limits: *limits,
            utf8: Utf8::default(),
            broken_off: BytesMut::new(),
            parts: VecDeque::new(),
            tail: BytesMut::new(),
            length: 0,
            phase: Phase::Value,
            depth: 0,
            objects: 0,
            envelope: Envelope::of(id),
        }
    }

    /// Reads the next piece. After a fault nothing more can be read.
    pub fn push(&mut self, piece: Bytes) -> Result<(), Fault> {
        self.length += piece.len();
        if self.length > self.limits.bytes {
            return Err(Fault::TooLarge { limit: self.limits.bytes });
        }
        self.utf8.push(&piece)?;
        let text = if self.broken_off.is_empty() {
            piece
        } else {
            let mut whole = std::mem::take(&mut self.broken_off);
            whole.extend_from_slice(&piece);
            whole.freeze()
        };
        let read = self.read(&text)?;
        let left = text.len() - read;
        if left > TOKEN || self.tail.len() > TOKEN {
            return Err(Fault::NotAMessage("a key or a number is too long"));
        }
        self.broken_off.extend_from_slice(text.get(read..).unwrap_or_default());
        Ok(())
    }

    /// The next part that can be passed on.
    pub fn next_part(&mut self) -> Option<Part> {
        self.parts.pop_front()
    }

    /// Whether the result is being read: what came before it is an envelope that nothing speaks against.
    pub fn is_in_result(&self) -> bool {
        self.envelope.is_in_result()
    }

    /// At the end of the text: whether it was a whole answer; then its last part is there. True if a tool says that it
    /// failed.
    pub fn end(&mut self) -> Result<bool, Fault> {
        self.utf8.end()?;
        if !self.is_closed() || !self.broken_off.is_empty() {
            return Err(Fault::NotJson { at: self.length });
        }
        let failed = self.envelope.end()?;
        self.parts.push_back(Part::Text(self.tail.split().freeze()));
        Ok(failed)
    }

    /// Reads as far as there are whole tokens; gives where the first stands that is not.
    fn read(&mut self, text: &Bytes) -> Result<usize, Fault> {
        let (mut at, mut passed) = (0, 0);
        loop {
            if !matches!(self.phase, Phase::Inside(_)) {
                at = text::skip_space(text, at);
            }
            let Some(first) = text.get(at) else { break };
            let next = match self.phase {
                Phase::First if self.closes(*first) => self.close(text, &mut passed, at),
                Phase::First => {
                    self.phase = if self.in_object() { Phase::Key } else { Phase::Value };
                    continue;
                }
                Phase::Key => self.key(text, at)?,
                Phase::Colon if *first == b':' => {
                    self.phase = Phase::Value;
                    Some(at + 1)
                }
                Phase::Value => {
                    let next = self.value(text, at, *first)?;
                    if let Some(next) = next.filter(|_| self.envelope.is_id(self.depth)) {
                        self.pass(text, passed..at);
                        self.parts.push_back(Part::Id);
                        passed = next;
                    }
                    next
                }
                Phase::Inside(inside) => {
                    let from =
                        if inside.escaped { text::escape_end(text, at).ok_or(self.not_json(text, at))? } else { at };
                    Some(self.inside(text, from, inside.key)?)
                }
                Phase::After if *first == b',' && self.depth > 0 => {
                    self.phase = if self.in_object() { Phase::Key } else { Phase::Value };
                    Some(at + 1)
                }
                Phase::After if self.closes(*first) => self.close(text, &mut passed, at),
                Phase::Colon | Phase::After => return Err(self.not_json(text, at)),
            };
            match next {
                Some(next) => at = next,
                None => break,
            }
        }
        let at = at.min(text.len());
        if self.is_closed() {
            self.tail.extend_from_slice(text.get(passed..at).unwrap_or_default());
        } else {
            self.pass(text, passed..at);
        }
        Ok(at)
    }

    fn pass(&mut self, text: &Bytes, range: std::ops::Range<usize>) {
        if !range.is_empty() {
            self.parts.push_back(Part::Text(text.slice(range)));
        }
    }

    /// Whether the message's own object has ended.
    fn is_closed(&self) -> bool {
        self.depth == 0 && self.phase == Phase::After
    }

    /// A key, if it is whole; of one below the result's own members nothing is needed.
    fn key(&mut self, text: &[u8], at: usize) -> Result<Option<usize>, Fault> {
        if !self.envelope.names(self.depth) && text.get(at) == Some(&b'"') {
            self.phase = Phase::Inside(Inside { escaped: false, key: true });
            return Ok(Some(at + 1));
        }
        let Some(raw) = self.whole_string(text, at)? else { return Ok(None) };
        let says = std::str::from_utf8(raw).ok().and_then(|raw| text::unescape(raw).ok()).unwrap_or_default();
        self.envelope.key(self.depth, &says)?;
        self.phase = Phase::Colon;
        Ok(Some(at + raw.len()))
    }

    /// A scalar if it is whole, the opening of a container, or the start of a string.
    fn value(&mut self, text: &[u8], at: usize, first: u8) -> Result<Option<usize>, Fault> {
        let needed = self.envelope.needs(self.depth);
        match first {
            b'{' | b'[' if needed => Err(Fault::NotAMessage("`jsonrpc` or `id` is no scalar")),
            b'{' => self.open(at, true).map(Some),
            b'[' => self.open(at, false).map(Some),
            // The text of an answer is an object.
            _ if self.depth == 0 => Err(self.not_json(text, at)),
            b'"' if !needed => {
                self.phase = Phase::Inside(Inside { escaped: false, key: false });
                Ok(Some(at + 1))
            }
            b'"' => Ok(self.whole_string(text, at)?.map(|raw| at + raw.len())),
            b't' => self.word(text, at, b"true"),
            b'f' => self.word(text, at, b"false"),
            b'n' => self.word(text, at, b"null"),
            _ => self.number(text, at),
        }
        .and_then(|end| match end {
            Some(end) if needed => {
                self.phase = Phase::After;
                self.envelope.settle(text.get(at..end).unwrap_or_default()).map(|()| Some(end))
            }
            end => Ok(end),
        })
    }

    fn word(&mut self, text: &[u8], at: usize, word: &[u8]) -> Result<Option<usize>, Fault> {
        let rest = text.get(at..).unwrap_or_default();
        if rest.starts_with(word) {
            self.phase = Phase::After;
            self.envelope.word(self.depth, word);
            return Ok(Some(at + word.len()));
        }
        if word.starts_with(rest) { Ok(None) } else { Err(self.not_json(text, at)) }
    }

    /// A number is whole when something follows it.
    fn number(&mut self, text: &[u8], at: usize) -> Result<Option<usize>, Fault> {
        let rest = text.get(at..).unwrap_or_default();
        let of_number = |byte: &u8| matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E');
        let Some(length) = rest.iter().position(|byte| !of_number(byte)) else { return Ok(None) };
        let end = text::number_end(text, at).filter(|end| *end == at + length).ok_or(self.not_json(text, at))?;
        self.phase = Phase::After;
        Ok(Some(end))
    }

    /// The rest of a string, however much of it is there.
    fn inside(&mut self, text: &[u8], from: usize, key: bool) -> Result<usize, Fault> {
        match text::string_rest(text, from) {
            Rest::End(end) => {
                self.phase = if key { Phase::Colon } else { Phase::After };
                Ok(end)
            }
            Rest::More(escaped) => {
                self.phase = Phase::Inside(Inside { escaped, key });
                Ok(text.len())
            }
            Rest::Control => Err(self.not_json(text, from)),
        }
    }

    /// A string that is needed whole, if it is.
    fn whole_string<'a>(&self, text: &'a [u8], at: usize) -> Result<Option<&'a [u8]>, Fault> {
        if text.get(at) != Some(&b'"') {
            return Err(self.not_json(text, at));
        }
        match text::string_rest(text, at + 1) {
            Rest::End(end) => Ok(text.get(at..end)),
            Rest::More(_) => Ok(None),
            Rest::Control => Err(self.not_json(text, at)),
        }
    }

    fn open(&mut self, at: usize, object: bool) -> Result<usize, Fault> {
        if self.depth >= self.limits.depth.min(128) {
            return Err(Fault::TooDeep { limit: self.limits.depth });
        }
        if self.depth == 0 && !object {
            return Err(Fault::NotAMessage("a message is an object"));
        }
        self.envelope.opens(self.depth);
        self.depth += 1;
        self.objects = (self.objects << 1) | u128::from(object);
        self.phase = Phase::First;
        Ok(at + 1)
    }

    fn closes(&self, byte: u8) -> bool {
        self.depth > 0 && byte == if self.in_object() { b'}' } else { b']' }
    }

    fn close(&mut self, text: &Bytes, passed: &mut usize, at: usize) -> Option<usize> {
        if self.depth == 1 {
            self.pass(text, *passed..at);
            *passed = at;
        }
        self.depth -= 1;
        self.envelope.closed(self.depth);
        self.objects >>= 1;
        self.phase = Phase::After;
        Some(at + 1)
    }

    fn in_object(&self) -> bool {
        self.objects & 1 == 1
    }

    /// The fault of a text that is not JSON here.
    fn not_json(&self, text: &[u8], at: usize) -> Fault {
        Fault::NotJson { at: self.length.saturating_sub(text.len().saturating_sub(at)) }
    }
}

#[cfg(test)]
mod tests;
