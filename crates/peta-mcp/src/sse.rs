//! Server-sent events (WHATWG HTML, section 9.2), bounded: a parser for what servers send, and a writer of our own.

use bytes::{Bytes, BytesMut};

/// One event.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Event {
    /// The `event` field; `None` means `message`.
    pub name: Option<String>,
    /// The `data` lines, joined by line feeds.
    pub data: Bytes,
    /// The `id` field of this event.
    pub id: Option<String>,
    /// The `retry` field, in milliseconds.
    pub retry: Option<u64>,
}

/// The stream cannot be read on: an event is larger than the limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an event of more than {limit} bytes")]
pub struct SseError {
    pub limit: usize,
}

/// Reads events from a stream of bytes, however it is cut.
#[derive(Debug)]
pub struct Parser {
    limit: usize,
    held: BytesMut,
    searched: usize,
    started: bool,
    data: BytesMut,
    has_data: bool,
    event: Event,
}

impl Parser {
    pub fn new(limit: usize) -> Self {
        Self {
            limit,
            held: BytesMut::new(),
            searched: 0,
            started: false,
            data: BytesMut::new(),
            has_data: false,
            event: Event::default(),
        }
    }

    pub fn push(&mut self, bytes: &[u8]) {
        self.held.extend_from_slice(bytes);
    }

    /// The next whole event: one with data (which may be empty), or one that carries only an id or a retry.
    #[expect(clippy::should_implement_trait, reason = "more may come after `None`, unlike with an iterator")]
    pub fn next(&mut self) -> Option<Result<Event, SseError>> {
        let over = Some(Err(SseError { limit: self.limit }));
        while let Some(line) = self.line() {
            if !line.is_empty() {
                self.field(&line);
                if self.data.len() > self.limit {
                    return over;
                }
                continue;
            }
            let mut event = std::mem::take(&mut self.event);
            event.data = self.data.split().freeze();
            if std::mem::take(&mut self.has_data) || event.id.is_some() || event.retry.is_some() {
                return Some(Ok(event));
            }
        }
        if self.held.len() > self.limit.saturating_add(64) { over } else { None }
    }

    /// The next line without its end: LF, CR LF, or CR.
    fn line(&mut self) -> Option<BytesMut> {
        if !self.started {
            const MARK: &[u8] = b"\xef\xbb\xbf";
            if self.held.len() < MARK.len() && MARK.starts_with(&self.held) {
                return None;
            }
            self.started = true;
            if self.held.starts_with(MARK) {
                let _ = self.held.split_to(MARK.len());
            }
        }
        let rest = self.held.get(self.searched..).unwrap_or_default();
        let Some(at) = memchr::memchr2(b'\n', b'\r', rest).map(|at| self.searched + at) else {
            self.searched = self.held.len();
            return None;
        };
        let length = match (self.held.get(at), self.held.get(at + 1)) {
            (Some(b'\r'), Some(b'\n')) => 2,
            // Whether a LF follows this CR is not known yet.
            (Some(b'\r'), None) => {
                self.searched = at;
                return None;
            }
            _ => 1,
        };
        let mut line = self.held.split_to(at + length);
        line.truncate(at);
        self.searched = 0;
        Some(line)
    }

    fn field(&mut self, line: &[u8]) {
        let (name, value) = match memchr::memchr(b':', line) {
            Some(at) => (line.get(..at).unwrap_or_default(), line.get(at + 1..).unwrap_or_default()),
            None => (line, &[] as &[u8]),
        };
        let value = value.strip_prefix(b" ").unwrap_or(value);
        let text = || std::str::from_utf8(value).ok();
        match name {
            b"data" => {
                if self.has_data {
                    self.data.extend_from_slice(b"\n");
                }
                self.has_data = true;
                self.data.extend_from_slice(value);
            }
            b"event" => self.event.name = text().filter(|name| !name.is_empty()).map(str::to_owned),
            b"id" => self.event.id = text().filter(|id| !id.contains('\0')).map(str::to_owned),
            b"retry" if value.iter().all(u8::is_ascii_digit) => {
                self.event.retry = text().and_then(|retry| retry.parse().ok());
            }
            _ => {}
        }
    }
}

/// An event of one message; `data` must hold no line end (see [`crate::compact`]).
pub fn encode(name: Option<&str>, id: Option<&str>, data: &[u8]) -> Bytes {
    debug_assert!(memchr::memchr2(b'\n', b'\r', data).is_none(), "a message in an event is one line");
    let mut out = Vec::with_capacity(data.len() + 32);
    for (field, value) in [("event: ", name), ("id: ", id)] {
        if let Some(value) = value {
            out.extend_from_slice(field.as_bytes());
            out.extend_from_slice(value.as_bytes());
            out.push(b'\n');
        }
    }
    out.extend_from_slice(b"data: ");
    out.extend_from_slice(data);
    out.extend_from_slice(b"\n\n");
    out.into()
}

/// The first event of a stream: an id and no data, so that a client can resume from the very start, and how long to
/// wait before it does (MCP 2025-11-25, SEP-1699).
pub fn priming(id: &str, retry_ms: u64) -> Bytes {
    format!("id: {id}\nretry: {retry_ms}\ndata: \n\n").into()
}

/// How long to wait before coming back, as the last words of a stream that is about to be closed.
pub fn retry(retry_ms: u64) -> Bytes {
    format!("retry: {retry_ms}\n\n").into()
}

/// A comment: keeps intermediaries from closing a silent stream.
pub fn comment() -> Bytes {
    Bytes::from_static(b": keep-alive\n\n")
}

#[cfg(test)]
mod tests;
