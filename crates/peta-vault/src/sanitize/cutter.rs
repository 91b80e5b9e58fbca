//! Passes a text on without the secrets in it, as it comes. What may still turn out to be a secret's beginning stays
//! back: 15 bytes as a rule, the longest form at most. What passes untouched is not copied.

use std::{collections::VecDeque, sync::Arc};

use bytes::Bytes;

pub use super::leaf::Cut;
use super::{
    glance::holds_plainly_none,
    json::Json,
    leaf::{Leaf, Notes, Rules, With},
    live::LiveSet,
};

/// What stands where a secret was: the same for all, so that it says nothing of it. It needs no escape anywhere.
pub const MARKER: &str = "[secret removed]";

/// Why a text cannot pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Uncut {
    #[error("the text breaks off inside a string")]
    NotJson,
    #[error("a secret stands where nothing else may")]
    Refused,
}

/// One text on its way.
pub struct Cutter {
    reader: Reader,
    notes: Notes,
    /// What came and did not pass yet; the first piece begins at `passed`.
    held: VecDeque<Bytes>,
    passed: u64,
    read: u64,
    parts: VecDeque<Bytes>,
    refused: bool,
}

enum Reader {
    /// Nothing is searched for.
    Nothing,
    Json(Box<Json>),
    Stream(Box<Leaf>),
}

impl Cutter {
    /// Of one JSON text.
    pub fn json(live: &Arc<LiveSet>, rules: Rules) -> Self {
        let reader = || Reader::Json(Box::new(Json::new(live, rules)));
        Self::new(if live.is_empty() { Reader::Nothing } else { reader() })
    }

    /// Of text that is no JSON, such as what a process says on stderr.
    pub fn stream(live: &Arc<LiveSet>) -> Self {
        let reader = || Reader::Stream(Box::new(Leaf::stream(live)));
        Self::new(if live.is_empty() { Reader::Nothing } else { reader() })
    }

    fn new(reader: Reader) -> Self {
        Self {
            reader,
            notes: Notes::default(),
            held: VecDeque::new(),
            passed: 0,
            read: 0,
            parts: VecDeque::new(),
            refused: false,
        }
    }

    /// Reads the next piece. After an error nothing more passes.
    pub fn push(&mut self, piece: Bytes) -> Result<(), Uncut> {
        self.read += piece.len() as u64;
        let settled = match &mut self.reader {
            Reader::Nothing => self.read,
            Reader::Json(json) => {
                json.push(&piece, &mut self.notes);
                json.settled()
            }
            Reader::Stream(leaf) => {
                leaf.push(&piece, false);
                leaf.note(&mut self.notes);
                leaf.settled()
            }
        };
        self.held.push_back(piece);
        self.pass(settled)
    }

    /// The text is over.
    pub fn end(&mut self) -> Result<(), Uncut> {
        let whole = match &mut self.reader {
            Reader::Nothing => true,
            Reader::Json(json) => json.end(&mut self.notes),
            Reader::Stream(leaf) => {
                leaf.end();
                leaf.note(&mut self.notes);
                true
            }
        };
        if !whole {
            self.refused = true;
            return Err(Uncut::NotJson);
        }
        self.pass(self.read)
    }

    /// The next part that can be passed on.
    pub fn next_part(&mut self) -> Option<Bytes> {
        self.parts.pop_front()
    }

    /// What was cut since this was last asked.
    pub fn take_cuts(&mut self) -> Vec<Cut> {
        std::mem::take(&mut self.notes.cuts)
    }

    fn pass(&mut self, settled: u64) -> Result<(), Uncut> {
        while let Some(edit) = self.notes.edits.pop_front() {
            self.advance(edit.range.start, true);
            match edit.with {
                With::Marker => self.parts.push_back(Bytes::from_static(MARKER.as_bytes())),
                With::Filler(byte, count) => {
                    self.parts.push_back(vec![byte; usize::try_from(count).unwrap_or(0)].into());
                }
                With::Nothing => {}
                With::Refuse => self.refused = true,
            }
            if self.refused {
                break;
            }
            self.advance(edit.range.end, false);
        }
        if self.refused {
            self.held.clear();
            return Err(Uncut::Refused);
        }
        self.advance(settled, true);
        Ok(())
    }

    /// Goes on to here, and passes what lies between or leaves it out.
    fn advance(&mut self, to: u64, pass: bool) {
        while self.passed < to {
            let Some(mut piece) = self.held.pop_front() else { return };
            let length = usize::try_from(to - self.passed).unwrap_or(usize::MAX).min(piece.len());
            let part = piece.split_to(length);
            self.passed += part.len() as u64;
            if pass && !part.is_empty() {
                self.parts.push_back(part);
            }
            if !piece.is_empty() {
                self.held.push_front(piece);
            }
        }
    }
}

/// A JSON text that is there as a whole: what is to pass, which is the same bytes if nothing was cut.
pub fn cut_json(live: &Arc<LiveSet>, rules: Rules, text: &Bytes) -> Result<(Bytes, Vec<Cut>), Uncut> {
    // Most answers are short and hold nothing. One that breaks off in a string is told apart from those below.
    let closed = || memchr::memchr_iter(b'"', text).count().is_multiple_of(2);
    if holds_plainly_none(live, text) && closed() {
        return Ok((text.clone(), Vec::new()));
    }
    let mut cutter = Cutter::json(live, rules);
    cutter.push(text.clone())?;
    cutter.end()?;
    let cuts = cutter.take_cuts();
    if cuts.is_empty() {
        return Ok((text.clone(), cuts));
    }
    let mut out = Vec::with_capacity(text.len());
    while let Some(part) = cutter.next_part() {
        out.extend_from_slice(&part);
    }
    Ok((out.into(), cuts))
}

#[cfg(test)]
mod tests;
