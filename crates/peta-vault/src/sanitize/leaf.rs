//! One text in which is cut: a string of JSON, a number, or a whole stream. What was found in it by any reading is put
//! in one order, and what overlaps is cut once.

use std::{collections::VecDeque, ops::Range, sync::Arc};

use super::{
    blob,
    forms::FormKind,
    layer::{Layer, Spot},
    live::LiveSet,
    skim::{self, Quiet},
    table::Handed,
};

/// Readings after the first: a string in a string, and one more.
const LEVELS: u8 = 2;

/// What stands where a secret was cut out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// The marker, which says that something was cut.
    Marker,
    /// Stars, so that the length stays.
    Filler,
    /// Zeros of base64: the length stays, and it can be decoded.
    Base64,
    /// Nothing can stand there: an answer in which something would have to be cut there is refused.
    Refuse,
}

/// What only the caller knows: which members a schema binds.
#[derive(Clone, Copy)]
pub struct Rules {
    /// How the value of the member with this key (as it is written) is cut.
    pub style: fn(key: &[u8]) -> Style,
}

impl Default for Rules {
    fn default() -> Self {
        Self { style: |_| Style::Marker }
    }
}

/// Where something was cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Place {
    Key,
    Value,
    Number,
    /// In a text that is no JSON.
    Stream,
}

/// A secret that was cut.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cut {
    pub handed: Handed,
    pub kind: FormKind,
    pub place: Place,
    /// Where it stood in what came.
    pub range: Range<u64>,
}

/// What to do to the text.
pub(super) struct Edit {
    pub(super) range: Range<u64>,
    pub(super) with: With,
}

#[derive(Clone, Copy)]
pub(super) enum With {
    Marker,
    Filler(u8, u64),
    /// It goes on what was cut before.
    Nothing,
    Refuse,
}

/// What was found, for whoever writes the text anew.
#[derive(Default)]
pub(super) struct Notes {
    pub(super) edits: VecDeque<Edit>,
    pub(super) cuts: Vec<Cut>,
}

pub(super) struct Leaf {
    layer: Layer,
    spots: Vec<Spot>,
    style: Style,
    place: Place,
    /// Up to here was cut, in places of what is said.
    covered: Option<u64>,
    /// Nothing that says something goes on from what was read to what follows.
    edge: bool,
    ended: bool,
}

impl Leaf {
    /// Strings of JSON.
    pub(super) fn strings(live: &Arc<LiveSet>) -> Self {
        Self::new(Layer::new(live, LEVELS).with_blobs())
    }

    /// Numbers.
    pub(super) fn numbers(live: &Arc<LiveSet>) -> Self {
        Self::new(Layer::new(live, 0).plain())
    }

    /// Text that is no JSON, but may hold some.
    pub(super) fn stream(live: &Arc<LiveSet>) -> Self {
        let mut leaf = Self::new(Layer::new(live, LEVELS).plain());
        leaf.begin(0, Place::Stream, Style::Marker);
        leaf
    }

    fn new(layer: Layer) -> Self {
        let (style, place) = (Style::Marker, Place::Value);
        Self { layer, spots: Vec::new(), style, place, covered: None, edge: false, ended: false }
    }

    /// A new text, which begins here.
    pub(super) fn begin(&mut self, at: u64, place: Place, style: Style) {
        self.layer.begin(at, matches!(place, Place::Key | Place::Value));
        self.spots.clear();
        (self.style, self.place, self.covered) = (style, place, None);
        (self.edge, self.ended) = (false, false);
    }

    /// Reads on; see [`Layer::push`].
    pub(super) fn push(&mut self, text: &[u8], in_quotes: bool) -> Option<usize> {
        self.layer.push(text, in_quotes)
    }

    /// Reads on in quotes, and steps over what holds nothing.
    pub(super) fn push_past_quiet(&mut self, text: &[u8], run: u32, live: &LiveSet) -> Option<usize> {
        let mut at = 0;
        while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
            if self.edge && self.spots.is_empty() && self.layer.is_idle() {
                let Quiet { length, closed } = skim::quiet(rest, run, |row| live.may_be_in(row));
                self.step_over(length);
                at += length;
                if closed {
                    return Some(at + 1);
                }
            }
            let rest = text.get(at..).unwrap_or_default();
            let (close, edge) = skim::close(rest);
            self.edge = edge;
            if let Some(end) = self.layer.push(rest.get(..close).unwrap_or_default(), true) {
                return Some(at + end);
            }
            at += close;
        }
        None
    }

    /// What follows of the text is read like a text of its own.
    pub(super) fn step_over(&mut self, length: usize) {
        if length > 0 {
            self.layer.step_over(length);
            self.covered = None;
        }
    }

    pub(super) fn end(&mut self) {
        self.layer.end();
        self.ended = true;
    }

    /// How far it is known what is to be done, in places of the text; behind the end, all of it.
    pub(super) fn settled(&self) -> u64 {
        self.layer.place(self.layer.settled())
    }

    /// Gives what is known by now.
    pub(super) fn note(&mut self, notes: &mut Notes) {
        self.layer.take_found(&mut self.spots);
        let settled = if self.ended { u64::MAX } else { self.layer.settled() };
        if !self.spots.is_empty() {
            // Of two that begin alike the longer one first: then the shorter one is cut already.
            self.spots.sort_by_key(|Spot { found, in_base64 }| {
                (found.range.start, std::cmp::Reverse(found.range.end), !in_base64, found.kind, found.handed)
            });
            // What needs no further reading is found by each: where those begin depends on the pieces, so it counts once.
            self.spots.dedup_by(|a, b| a.in_base64 == b.in_base64 && a.found == b.found);
            let known = self.spots.partition_point(|spot| spot.found.range.start < settled);
            let rest = self.spots.split_off(known);
            for spot in std::mem::replace(&mut self.spots, rest) {
                self.cut(spot, notes);
            }
        }
        self.layer.forget(settled);
    }

    fn cut(&mut self, spot: Spot, notes: &mut Notes) {
        let Spot { found, in_base64 } = spot;
        let in_text = |range: Range<u64>| self.layer.place(range.start)..self.layer.place(range.end);
        let range = in_text(found.range.clone());
        notes.cuts.push(Cut { handed: found.handed, kind: found.kind, place: self.place, range });
        let from = found.range.start.max(self.covered.unwrap_or(0));
        if from >= found.range.end {
            return;
        }
        let goes_on = self.covered.is_some_and(|covered| covered >= found.range.start);
        let length = found.range.end - from;
        let with = match (self.place, self.style) {
            (_, Style::Refuse) => With::Refuse,
            (Place::Number, _) => With::Filler(b'1', length),
            (_, Style::Base64) => With::Filler(blob::FILLER, length),
            (_, Style::Filler) => With::Filler(b'*', length),
            (_, Style::Marker) if in_base64 => With::Filler(blob::FILLER, length),
            (_, Style::Marker) if goes_on => With::Nothing,
            (_, Style::Marker) => With::Marker,
        };
        notes.edits.push_back(Edit { range: in_text(from..found.range.end), with });
        self.covered = Some(found.range.end);
    }
}
