//! One pass over a JSON text before anything reads it: the grammar, the depth, keys that stand twice, and half
//! characters. It also notes where the members of the outermost object stand, so that the envelope costs no second
//! pass. The stack is one bit a level, so no text can make it grow.

use std::{borrow::Cow, collections::HashSet, ops::Range};

use smallvec::SmallVec;

use crate::{
    fault::Fault,
    text::{self, Escape},
};

/// What a message may measure.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Bytes of one message.
    pub bytes: usize,
    /// Containers within containers; the message's own object is 1. At most 128.
    pub depth: u32,
    /// Bytes of an id as written.
    pub id_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { bytes: 16 << 20, depth: 64, id_bytes: 256 }
    }
}

/// Who wrote the text. What an agent writes in `params` is judged and then read again by a server, so both must read
/// the same: there, duplicate keys and lone surrogates are refused at any depth. What a server writes passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Agent,
    Server,
}

/// A member of the outermost object: key (quotes included) and value.
pub(crate) type MemberSpans = (Range<usize>, Range<usize>);

/// The outermost object's members: few, in a message as in any envelope.
pub(crate) type Members = SmallVec<[MemberSpans; 6]>;

/// What a scan found: the outermost object's members, and the first fault that does not end the reading.
pub(crate) struct Scanned {
    pub(crate) members: Members,
    pub(crate) tolerable: Option<Fault>,
}

/// What a scan that broke off had found until then.
pub(crate) struct Broken {
    pub(crate) fault: Fault,
    pub(crate) members: Members,
}

/// Scans a whole text: one value with white space around it.
pub(crate) fn scan(text: &[u8], side: Side, depth: u32) -> Result<Scanned, Box<Broken>> {
    let mut scan = Scan {
        bytes: text,
        at: 0,
        limit: depth.min(128),
        depth: 0,
        objects: 0,
        side,
        strict: true,
        keys: SmallVec::new(),
        frames: SmallVec::new(),
        outer: Outer::default(),
        tolerable: None,
    };
    match scan.run() {
        Ok(()) => Ok(Scanned { members: scan.outer.members, tolerable: scan.tolerable }),
        Err(fault) => Err(Box::new(Broken { fault, members: scan.outer.members })),
    }
}

struct Scan<'a> {
    bytes: &'a [u8],
    at: usize,
    limit: u32,
    depth: u32,
    /// One bit a level, the lowest the innermost: set for an object.
    objects: u128,
    side: Side,
    /// Whether keys and characters are watched here: in the envelope always, in an agent's `params` at any depth.
    strict: bool,
    keys: SmallVec<[Range<usize>; 16]>,
    frames: SmallVec<[usize; 8]>,
    outer: Outer,
    tolerable: Option<Fault>,
}

#[derive(Default)]
struct Outer {
    members: Members,
    key: Range<usize>,
    value: usize,
}

impl Scan<'_> {
    fn run(&mut self) -> Result<(), Fault> {
        self.space();
        loop {
            self.value_opens();
            let opened = self.value()?;
            if !opened && self.value_closes()? {
                return Ok(());
            }
        }
    }

    /// Reads a scalar, or opens a container that is not empty (then a value follows).
    fn value(&mut self) -> Result<bool, Fault> {
        match self.peek() {
            Some(b'{') => self.open(true),
            Some(b'[') => self.open(false),
            Some(b'"') => self.string().map(|_| false),
            Some(b't') => self.literal(b"true"),
            Some(b'f') => self.literal(b"false"),
            Some(b'n') => self.literal(b"null"),
            _ => {
                self.at = text::number_end(self.bytes, self.at).ok_or(self.not_json())?;
                Ok(false)
            }
        }
    }

    /// Goes on after a value: the next member or item, or the ends of containers. True at the end of the text.
    fn value_closes(&mut self) -> Result<bool, Fault> {
        loop {
            if self.depth == 1 && self.in_object() {
                self.outer.members.push((self.outer.key.clone(), self.outer.value..self.at));
            }
            self.space();
            if self.depth == 0 {
                return if self.at == self.bytes.len() { Ok(true) } else { Err(self.not_json()) };
            }
            match (self.peek(), self.in_object()) {
                (Some(b','), object) => {
                    self.at += 1;
                    self.space();
                    if object {
                        self.key()?;
                    }
                    return Ok(false);
                }
                (Some(b'}'), true) | (Some(b']'), false) => self.close()?,
                _ => return Err(self.not_json()),
            }
        }
    }

    fn open(&mut self, object: bool) -> Result<bool, Fault> {
        if self.depth == self.limit {
            return Err(Fault::TooDeep { limit: self.limit });
        }
        self.at += 1;
        self.depth += 1;
        self.objects = (self.objects << 1) | u128::from(object);
        if self.depth == 2 {
            self.strict = self.side == Side::Agent && self.bytes.get(self.outer.key.clone()).is_some_and(says_params);
        }
        if object && self.strict {
            self.frames.push(self.keys.len());
        }
        self.space();
        match (self.peek(), object) {
            (Some(b'}'), true) | (Some(b']'), false) => self.close().map(|()| false),
            (_, true) => self.key().map(|()| true),
            (_, false) => Ok(true),
        }
    }

    fn close(&mut self) -> Result<(), Fault> {
        if self.strict && self.in_object() {
            let first = self.frames.pop().unwrap_or(0);
            if self.tolerable.is_none() && has_twins(self.bytes, self.keys.get(first..).unwrap_or_default()) {
                self.tolerable = Some(Fault::DuplicateKey);
            }
            self.keys.truncate(first);
        }
        self.at += 1;
        self.depth -= 1;
        self.objects >>= 1;
        if self.depth <= 1 {
            self.strict = true;
        }
        Ok(())
    }

    fn key(&mut self) -> Result<(), Fault> {
        if self.peek() != Some(b'"') {
            return Err(self.not_json());
        }
        let key = self.string()?;
        if self.strict {
            self.keys.push(key.clone());
        }
        if self.depth == 1 {
            self.outer.key = key;
        }
        self.space();
        if self.peek() != Some(b':') {
            return Err(self.not_json());
        }
        self.at += 1;
        self.space();
        Ok(())
    }

    fn string(&mut self) -> Result<Range<usize>, Fault> {
        let start = self.at;
        self.at = text::string_end(self.bytes, start).ok_or(self.not_json())?;
        let raw = self.bytes.get(start..self.at).unwrap_or_default();
        // What a server says inside its result is for the agent to read, and may be long: only what is read here, and
        // what an agent says, is looked at inside its strings.
        if (self.strict || self.side == Side::Agent) && memchr::memchr(b'\\', raw).is_some() {
            let raw = std::str::from_utf8(raw).map_err(|_| Fault::NotUtf8)?;
            match text::unescape(raw) {
                Err(Escape::Bad) => return Err(Fault::NotJson { at: start }),
                Err(Escape::LoneSurrogate) if !escapes_are_well_formed(raw) => {
                    return Err(Fault::NotJson { at: start });
                }
                Err(Escape::LoneSurrogate) if self.strict && self.tolerable.is_none() => {
                    self.tolerable = Some(Fault::LoneSurrogate);
                }
                _ => {}
            }
        }
        Ok(start..self.at)
    }

    fn literal(&mut self, word: &[u8]) -> Result<bool, Fault> {
        if !self.bytes.get(self.at..).is_some_and(|rest| rest.starts_with(word)) {
            return Err(self.not_json());
        }
        self.at += word.len();
        Ok(false)
    }

    fn value_opens(&mut self) {
        if self.depth == 1 {
            self.outer.value = self.at;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn space(&mut self) {
        self.at = text::skip_space(self.bytes, self.at);
    }

    fn in_object(&self) -> bool {
        self.objects & 1 == 1
    }

    fn not_json(&self) -> Fault {
        Fault::NotJson { at: self.at }
    }
}

fn says_params(key: &[u8]) -> bool {
    said(key) == "params"
}

/// What a key says; one that says half a character is itself.
fn said(raw: &[u8]) -> Cow<'_, str> {
    let raw = std::str::from_utf8(raw).unwrap_or_default();
    text::unescape(raw).unwrap_or(Cow::Borrowed(raw))
}

/// After a lone surrogate the rest of the string still has to be JSON.
fn escapes_are_well_formed(raw: &str) -> bool {
    let mut rest = raw.as_bytes();
    while let Some(at) = memchr::memchr(b'\\', rest) {
        let escape = rest.get(at + 1..).unwrap_or_default();
        let length = match escape.first() {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => 1,
            Some(b'u') if escape.get(1..5).is_some_and(|hex| hex.iter().all(u8::is_ascii_hexdigit)) => 5,
            _ => return false,
        };
        rest = escape.get(length..).unwrap_or_default();
    }
    true
}

/// Whether two of these keys say the same, however they are spelled.
fn has_twins(text: &[u8], keys: &[Range<usize>]) -> bool {
    let raw = |key: &Range<usize>| text.get(key.clone()).unwrap_or_default();
    if keys.len() > 12 {
        let mut seen = HashSet::with_capacity(keys.len());
        return !keys.iter().all(|key| seen.insert(said(raw(key))));
    }
    let escaped = keys.iter().any(|key| memchr::memchr(b'\\', raw(key)).is_some());
    let twin =
        |a: &Range<usize>, b: &Range<usize>| if escaped { said(raw(a)) == said(raw(b)) } else { raw(a) == raw(b) };
    keys.iter().enumerate().any(|(n, a)| keys.iter().skip(n + 1).any(|b| twin(a, b)))
}

#[cfg(test)]
mod tests;
