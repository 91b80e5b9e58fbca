//! What a server writes beside its messages, kept with a bound: the newest lines of its standard error, lines on its
//! standard output that are no message, and what became of its process. Lines are data: whoever prints them escapes
//! what a terminal would obey.

use std::{collections::VecDeque, sync::Mutex};

use peta_model::Moment;

use crate::{config::Bounds, lock::lock};

/// One captured line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    pub at: Moment,
    pub source: LogSource,
    pub text: String,
}

/// Where a line came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogSource {
    /// The server's standard error.
    Stderr,
    /// Its standard output: a line that is no message.
    Stdout,
    /// Peta: that it started, ended, and why.
    Peta,
}

/// The newest lines of one server.
#[derive(Debug)]
pub(crate) struct Logs {
    kept: Mutex<Kept>,
    lines: usize,
    bytes: usize,
    line: usize,
}

#[derive(Debug, Default)]
struct Kept {
    lines: VecDeque<LogLine>,
    bytes: usize,
}

impl LogSource {
    pub const fn word(self) -> &'static str {
        match self {
            Self::Stderr => "stderr",
            Self::Stdout => "stdout",
            Self::Peta => "peta",
        }
    }
}

impl Logs {
    pub(crate) fn new(bounds: &Bounds) -> Self {
        Self { kept: Mutex::default(), lines: bounds.log_lines, bytes: bounds.log_bytes, line: bounds.log_line }
    }

    pub(crate) fn add(&self, at: Moment, source: LogSource, text: &[u8]) {
        let cut = text.get(..self.line).unwrap_or(text);
        let mut text = String::from_utf8_lossy(cut).into_owned();
        if cut.len() < text.len().min(self.line) {
            text.truncate(self.line);
        }
        let mut kept = lock(&self.kept);
        kept.bytes += text.len();
        kept.lines.push_back(LogLine { at, source, text });
        while kept.lines.len() > self.lines || kept.bytes > self.bytes {
            let Some(oldest) = kept.lines.pop_front() else { break };
            kept.bytes -= oldest.text.len();
        }
    }

    /// All that is kept, newest last.
    pub(crate) fn all(&self) -> Vec<LogLine> {
        lock(&self.kept).lines.iter().cloned().collect()
    }
}

#[cfg(test)]
mod tests;
