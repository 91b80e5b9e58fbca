//! Finds the strings of a JSON text that comes in any chunks. Whoever passes the text on has checked its grammar, or
//! will: here only strings, numbers, and which strings are keys, are told apart. A text that is no JSON is searched like
//! one, and nothing breaks.

use std::sync::Arc;

use super::{
    blob::Blob,
    leaf::{Leaf, Notes, Place, Rules, Style},
    live::LiveSet,
    skim::{self, Quiet},
};

/// A longer key is none that a rule names.
const KEY: usize = 64;

pub(super) struct Json {
    live: Arc<LiveSet>,
    rules: Rules,
    strings: Leaf,
    numbers: Leaf,
    phase: Phase,
    at: u64,
    /// One bit a level, the lowest the innermost: set for an object. What is deeper than 128 counts as an array.
    objects: u128,
    /// The next string is a key if this is an object.
    key_next: bool,
    /// The key whose value comes next, as it is written.
    key: Vec<u8>,
    has_key: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    Between,
    String(Place),
    Number,
}

impl Json {
    pub(super) fn new(live: &Arc<LiveSet>, rules: Rules) -> Self {
        Self {
            live: Arc::clone(live),
            rules,
            strings: Leaf::strings(live),
            numbers: Leaf::numbers(live),
            phase: Phase::Between,
            at: 0,
            objects: 0,
            key_next: false,
            key: Vec::new(),
            has_key: false,
        }
    }

    pub(super) fn push(&mut self, text: &[u8], notes: &mut Notes) {
        let mut rest = text;
        while !rest.is_empty() {
            let taken = match self.phase {
                Phase::Between => self.between(rest),
                Phase::String(place) => self.string(rest, place, notes),
                Phase::Number => self.number(rest, notes),
            };
            self.at += taken as u64;
            rest = rest.get(taken..).unwrap_or_default();
        }
    }

    /// How far it is known what is to be done.
    pub(super) fn settled(&self) -> u64 {
        match self.phase {
            Phase::Between => self.at,
            Phase::String(_) => self.strings.settled(),
            Phase::Number => self.numbers.settled(),
        }
    }

    /// The text is over; false if it breaks off in a string.
    pub(super) fn end(&mut self, notes: &mut Notes) -> bool {
        match self.phase {
            Phase::Between => {}
            Phase::Number => self.number_ends(notes),
            Phase::String(_) => {
                self.strings.end();
                self.strings.note(notes);
                self.phase = Phase::Between;
                return false;
            }
        }
        true
    }

    /// Reads up to the inside of a string, or up to a number.
    fn between(&mut self, text: &[u8]) -> usize {
        for (at, byte) in text.iter().enumerate() {
            match byte {
                b'"' => {
                    let inside = text.get(at + 1..).unwrap_or_default();
                    return at + 1 + self.string_begins(inside, self.at + at as u64 + 1);
                }
                b'{' | b'[' => {
                    self.objects = self.objects << 1 | u128::from(*byte == b'{');
                    (self.key_next, self.has_key) = (true, false);
                }
                b'}' | b']' => {
                    self.objects >>= 1;
                    (self.key_next, self.has_key) = (false, false);
                }
                b',' => (self.key_next, self.has_key) = (true, false),
                b'-' | b'0'..=b'9' if self.live.has_digits() => {
                    self.numbers.begin(self.at + at as u64, Place::Number, self.style());
                    self.phase = Phase::Number;
                    return at;
                }
                _ => {}
            }
        }
        text.len()
    }

    /// A string begins here. One that is whole, has no escape and is too short to hold anything is stepped over.
    fn string_begins(&mut self, inside: &[u8], at: u64) -> usize {
        let is_key = self.key_next && self.objects & 1 == 1;
        self.key_next = false;
        let (place, style) = if is_key { (Place::Key, Style::Marker) } else { (Place::Value, self.style()) };
        self.has_key = is_key;
        if is_key {
            self.key.clear();
        }
        let shortest = self.live.shortest();
        let short = inside.get(..shortest.min(inside.len())).unwrap_or_default();
        if let Some(end) = memchr::memchr2(b'"', b'\\', short)
            && short.get(end) == Some(&b'"')
        {
            self.note_key(short.get(..end).unwrap_or_default(), is_key);
            return end + 1;
        }
        let run = self.live.quiet_run().filter(|run| !Blob::may_begin(inside, *run));
        let quiet = run.map_or(Quiet::NOTHING, |run| skim::quiet(inside, run, |row| self.live.may_be_in(row)));
        self.note_key(inside.get(..quiet.length).unwrap_or_default(), is_key);
        if quiet.closed {
            return quiet.length + 1;
        }
        self.strings.begin(at, place, style);
        self.strings.step_over(quiet.length);
        self.phase = Phase::String(place);
        quiet.length
    }

    fn string(&mut self, text: &[u8], place: Place, notes: &mut Notes) -> usize {
        let end = match self.live.quiet_run() {
            Some(run) => self.strings.push_past_quiet(text, run, &self.live),
            None => self.strings.push(text, true),
        };
        let inside = text.get(..end.map_or(text.len(), |end| end - 1)).unwrap_or_default();
        self.note_key(inside, place == Place::Key);
        if end.is_some() {
            self.strings.end();
            self.phase = Phase::Between;
        }
        self.strings.note(notes);
        end.unwrap_or(text.len())
    }

    fn note_key(&mut self, part: &[u8], is_key: bool) {
        if is_key && self.key.len() <= KEY {
            self.key.extend_from_slice(part.get(..part.len().min(KEY + 1)).unwrap_or_default());
        }
    }

    fn number(&mut self, text: &[u8], notes: &mut Notes) -> usize {
        let of_number = |byte: &u8| matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E');
        let length = text.iter().take_while(|byte| of_number(byte)).count();
        self.numbers.push(text.get(..length).unwrap_or_default(), false);
        if length < text.len() {
            self.number_ends(notes);
        } else {
            self.numbers.note(notes);
        }
        length
    }

    fn number_ends(&mut self, notes: &mut Notes) {
        self.numbers.end();
        self.numbers.note(notes);
        self.phase = Phase::Between;
        self.has_key = false;
    }

    /// Of the value that comes next.
    fn style(&self) -> Style {
        if self.has_key && self.key.len() <= KEY { (self.rules.style)(&self.key) } else { Style::Marker }
    }
}
