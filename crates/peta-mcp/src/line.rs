//! Lines, as the stdio transport frames messages: one message a line, bounded before it is whole.

use bytes::{Bytes, BytesMut};

/// Cuts a stream of bytes into lines.
#[derive(Debug)]
pub struct Splitter {
    limit: usize,
    held: BytesMut,
    /// How much of `held` is known to hold no line end.
    searched: usize,
    /// Whether the rest of a line that was too long is being dropped.
    dropping: bool,
}

/// Why a line was dropped; the next one is read as usual.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LineError {
    #[error("a line of more than {limit} bytes")]
    TooLong { limit: usize },
    #[error("a line that is not UTF-8")]
    NotUtf8,
}

impl Splitter {
    pub fn new(limit: usize) -> Self {
        Self { limit, held: BytesMut::new(), searched: 0, dropping: false }
    }

    pub fn push(&mut self, bytes: &[u8]) {
        self.held.extend_from_slice(bytes);
    }

    /// The buffer to read into, for a reader that fills it itself; what is appended counts as pushed.
    pub fn buffer(&mut self) -> &mut BytesMut {
        &mut self.held
    }

    /// The next whole line without its end; empty lines are passed over.
    #[expect(clippy::should_implement_trait, reason = "more may come after `None`, unlike with an iterator")]
    pub fn next(&mut self) -> Option<Result<Bytes, LineError>> {
        loop {
            let Some(end) = self.end_of_line() else { return self.overflow() };
            let mut line = self.held.split_to(end + 1);
            self.searched = 0;
            if std::mem::take(&mut self.dropping) {
                continue;
            }
            line.truncate(end);
            if let Some(found) = self.line(line) {
                return Some(found);
            }
        }
    }

    /// What is left when the stream has ended without a line end.
    pub fn finish(&mut self) -> Option<Result<Bytes, LineError>> {
        self.searched = 0;
        let rest = self.held.split();
        if std::mem::take(&mut self.dropping) { None } else { self.line(rest) }
    }

    fn line(&self, mut line: BytesMut) -> Option<Result<Bytes, LineError>> {
        if line.last() == Some(&b'\r') {
            line.truncate(line.len() - 1);
        }
        if line.len() > self.limit {
            return Some(Err(LineError::TooLong { limit: self.limit }));
        }
        if line.iter().all(u8::is_ascii_whitespace) {
            return None;
        }
        Some(if std::str::from_utf8(&line).is_ok() { Ok(line.freeze()) } else { Err(LineError::NotUtf8) })
    }

    fn end_of_line(&mut self) -> Option<usize> {
        let found = memchr::memchr(b'\n', self.held.get(self.searched..).unwrap_or_default());
        let end = found.map(|at| self.searched + at);
        self.searched = self.held.len();
        end
    }

    /// A line that is longer than the limit before it has ended is told once and dropped up to its end.
    fn overflow(&mut self) -> Option<Result<Bytes, LineError>> {
        // One byte more than the limit may be the CR of a CR LF.
        if self.held.len() <= self.limit + 1 {
            return None;
        }
        self.held.clear();
        self.searched = 0;
        if std::mem::replace(&mut self.dropping, true) {
            return None;
        }
        Some(Err(LineError::TooLong { limit: self.limit }))
    }
}

#[cfg(test)]
mod tests;
