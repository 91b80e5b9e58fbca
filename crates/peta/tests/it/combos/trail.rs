//! The server's end of a conversation, from what the fixture traced: the messages of the one line that the conversation
//! goes through. What Peta asks for itself, there or on lines of its own, is set aside.

use std::path::PathBuf;

use peta_testkit::{Traced, Value, read_trace_from};

use super::ledger::Ledger;

pub(super) struct Trail {
    path: PathBuf,
    read: usize,
    asides: Vec<String>,
    ledger: Ledger,
    /// The client (process and number) that the conversation goes through, once it told itself by what it sent.
    line: Option<(u64, u64)>,
    before: Vec<Traced>,
}

impl Trail {
    /// Begins here: what was traced until now is how Peta learnt the server.
    pub(super) fn new(path: PathBuf, asides: &[String]) -> Self {
        let mut read = 0;
        read_trace_from(&path, &mut read);
        Self { path, read, asides: asides.to_vec(), ledger: Ledger::default(), line: None, before: Vec::new() }
    }

    /// What the server received (true) and sent since the last look.
    pub(super) fn more(&mut self) -> Result<Vec<(bool, Value)>, String> {
        let mut all = Vec::new();
        for traced in read_trace_from(&self.path, &mut self.read) {
            if traced.way == "headers" {
                continue;
            }
            if self.line.is_none() && self.tells(&traced) {
                self.line = Some((traced.pid, traced.peer));
                for traced in std::mem::take(&mut self.before) {
                    all.extend(self.taken(&traced)?);
                }
            }
            if self.line.is_none() {
                self.before.push(traced);
            } else {
                all.extend(self.taken(&traced)?);
            }
        }
        Ok(all)
    }

    /// Whether only an agent's conversation would bring this: no handshake, nothing that is set aside.
    fn tells(&self, traced: &Traced) -> bool {
        let message: Value = serde_json::from_str(&traced.text).unwrap_or_default();
        let method = message["method"].as_str().unwrap_or_default();
        let greets = ["", "initialize", "notifications/initialized"].contains(&method);
        traced.way == "in" && !greets && !self.asides.iter().any(|aside| aside == method)
    }

    fn taken(&mut self, traced: &Traced) -> Result<Option<(bool, Value)>, String> {
        if self.line != Some((traced.pid, traced.peer)) {
            return match self.tells(traced) {
                true => Err(format!("the server was reached on a second line: {}", traced.text)),
                false => Ok(None),
            };
        }
        let down = traced.way == "in";
        let message = serde_json::from_str(&traced.text).map_err(|error| format!("{error}: {}", traced.text))?;
        let plain = self.ledger.plain(down, message)?;
        let of = plain["re"].as_str().or(plain["method"].as_str()).unwrap_or_default();
        Ok((!self.asides.iter().any(|aside| aside == of)).then_some((down, plain)))
    }
}
