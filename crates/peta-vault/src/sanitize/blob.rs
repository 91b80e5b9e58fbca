//! Base64 that fills a string, or that a data URI carries: it is decoded as it passes, and what it says is searched.
//! A secret in it is found in forms that base64 hides, as in a file that holds its hexadecimal form.

use std::sync::Arc;

use smallvec::SmallVec;

use super::{
    live::LiveSet,
    map::{Map, Run},
    scanner::{Found, Scanner},
};

/// What fills a cut, so that what is around it is decoded as before.
pub(super) const FILLER: u8 = b'A';

/// What is decoded before it is searched.
const BATCH: usize = 4 << 10;
/// Digits that are read at once.
const SMALL: usize = 256;
/// Less than this holds nothing that is searched for.
const LEAST: usize = 8;
/// The longest head of a data URI.
const HEAD: u64 = 256;
/// What `data` says when it is read as base64.
const DATA: [u8; 3] = [0x75, 0xab, 0x5a];

pub(super) struct Blob {
    scanner: Scanner,
    /// Groups of three bytes and the four digits that say them; the runs count both from where a group begins.
    map: Map,
    state: State,
    read: u64,
    group: u32,
    digits: u8,
    said: Vec<u8>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Digits,
    /// Behind `data:`, up to the comma.
    Head,
    Over,
}

impl Blob {
    pub(super) fn new(live: Arc<LiveSet>) -> Self {
        Self {
            scanner: Scanner::new(live),
            map: Map::new(),
            state: State::Over,
            read: 0,
            group: 0,
            digits: 0,
            said: Vec::new(),
        }
    }

    /// A new text.
    pub(super) fn begin(&mut self) {
        self.start(0);
        self.read = 0;
    }

    /// The text is none, or no longer.
    pub(super) fn is_over(&self) -> bool {
        self.state == State::Over && self.scanner.is_idle()
    }

    /// Whether a text that begins so can be one that says something of such a length.
    pub(super) fn may_begin(text: &[u8], says: u32) -> bool {
        let least = says as usize * 4 / 3;
        let digits = text.iter().take(least).take_while(|byte| value(**byte) < 64).count();
        let goes_on = matches!(text.get(digits), Some(b'\\' | b'\n' | b'\r'));
        digits == least || goes_on || text.starts_with(b"data:")
    }

    /// What a row of digits says by itself; none if that cannot be told at once.
    pub(super) fn said_in(row: &[u8], next: Option<u8>) -> Option<SmallVec<[u8; SMALL]>> {
        let digits = row.iter().take_while(|byte| value(**byte) < 64).count();
        let goes_on = digits == row.len() && matches!(next, Some(b'\n' | b'\r'));
        if goes_on || digits > SMALL || row.starts_with(b"data:") {
            return None;
        }
        let group = |group: &[u8]| {
            let bits = group.iter().fold(0_u32, |bits, digit| bits << 6 | u32::from(value(*digit)));
            let [_, bytes @ ..] = (bits << (6 * (4 - group.len()))).to_be_bytes();
            (bytes, group.len() * 3 / 4)
        };
        let groups = row.get(..digits)?.chunks(4).map(group);
        Some(groups.flat_map(|(bytes, count)| bytes.into_iter().take(count)).collect())
    }

    /// Nothing of the text is read.
    pub(super) fn leave(&mut self) {
        self.state = State::Over;
    }

    pub(super) fn push(&mut self, text: &[u8]) {
        let mut rest = text;
        while self.state != State::Over && !rest.is_empty() {
            let taken = match self.state {
                State::Digits => self.digits(rest),
                State::Head => self.head(rest),
                State::Over => 0,
            };
            rest = rest.get(taken..).unwrap_or_default();
        }
        if self.state != State::Over && (self.scanner.at() > 0 || self.said.len() >= LEAST) {
            self.search();
        }
    }

    /// The text is over.
    pub(super) fn end(&mut self) {
        if self.state != State::Over {
            self.stop();
        }
    }

    /// How far it is known what is in the text.
    pub(super) fn settled(&self) -> u64 {
        match self.state {
            State::Digits => digit_of(&self.map, self.scanner.settled()),
            State::Head | State::Over => u64::MAX,
        }
    }

    /// What was found, as ranges of the text: more than one if lines are broken inside.
    pub(super) fn next_found(&mut self, mut give: impl FnMut(Found)) -> bool {
        let Some(Found { range, handed, kind }) = self.scanner.next_found() else { return false };
        for run in self.map.runs(range.start, range.end) {
            let range = first_digit(&run)..behind_last_digit(&run);
            give(Found { range, handed, kind });
        }
        true
    }

    pub(super) fn forget(&mut self) {
        let settled = self.scanner.settled();
        self.map.forget(settled);
    }

    fn start(&mut self, from: u64) {
        self.state = State::Digits;
        self.map.begin(from);
        self.scanner.begin(false);
        (self.group, self.digits) = (0, 0);
        self.said.clear();
    }

    fn head(&mut self, text: &[u8]) -> usize {
        let comma = memchr::memchr(b',', text);
        let taken = comma.map_or(text.len(), |at| at + 1);
        self.read += taken as u64;
        if comma.is_some() {
            self.start(self.read);
        } else if self.read > HEAD {
            self.state = State::Over;
        }
        taken
    }

    /// Reads digits as far as they go.
    fn digits(&mut self, text: &[u8]) -> usize {
        let mut at = 0;
        loop {
            if self.digits == 0 {
                at += self.groups(text.get(at..).unwrap_or_default());
            }
            let Some(byte) = text.get(at) else { return at };
            match (value(*byte), *byte) {
                (value @ 0..64, _) => self.digit(value),
                (_, b'\n' | b'\r') if self.digits == 0 && self.at() > 0 => self.map.mark(self.at(), self.read + 1),
                (_, b':') if self.read == 4 && self.said == DATA => {
                    self.state = State::Head;
                    self.read += 1;
                    return at + 1;
                }
                _ => {
                    self.stop();
                    return text.len();
                }
            }
            self.read += 1;
            at += 1;
        }
    }

    /// Whole groups, which is what nearly all of a blob is.
    fn groups(&mut self, text: &[u8]) -> usize {
        let mut taken = 0;
        loop {
            let rest = text.get(taken..).unwrap_or_default();
            let groups = self.batch(rest.get(..BATCH.min(rest.len())).unwrap_or_default());
            self.read += 4 * groups as u64;
            taken += 4 * groups;
            if 4 * groups < BATCH {
                return taken;
            }
            self.search();
        }
    }

    /// Decodes groups as far as they go, and gives how many.
    fn batch(&mut self, text: &[u8]) -> usize {
        let (groups, before) = (text.as_chunks::<4>().0, self.said.len());
        self.said.resize(before + 3 * groups.len(), 0);
        let out = self.said.get_mut(before..).unwrap_or_default().as_chunks_mut::<3>().0;
        let mut good = 0;
        for (slot, [a, b, c, d]) in out.iter_mut().zip(groups) {
            let (a, b, c, d) = (value(*a), value(*b), value(*c), value(*d));
            if (a | b | c | d) >= 64 {
                break;
            }
            *slot = [a << 2 | b >> 4, b << 4 | c >> 2, c << 6 | d];
            good += 1;
        }
        self.said.truncate(before + 3 * good);
        good
    }

    fn digit(&mut self, value: u8) {
        self.group = self.group << 6 | u32::from(value);
        self.digits += 1;
        if self.digits == 4 {
            let [_, bytes @ ..] = self.group.to_be_bytes();
            self.said.extend(bytes);
            (self.group, self.digits) = (0, 0);
        }
    }

    /// Behind the last digit: what is left of a group, and the end of what is searched.
    fn stop(&mut self) {
        let [_, first, second, _] = (self.group << (6 * (4 - u32::from(self.digits.min(4))))).to_be_bytes();
        match self.digits {
            2 => self.said.push(first),
            3 => self.said.extend([first, second]),
            _ => {}
        }
        if self.scanner.at() > 0 || self.said.len() >= LEAST {
            self.search();
            self.scanner.end();
        }
        self.state = State::Over;
    }

    fn search(&mut self) {
        self.scanner.push(&self.said);
        self.said.clear();
    }

    /// Bytes that were said.
    fn at(&self) -> u64 {
        self.scanner.at() + self.said.len() as u64
    }
}

/// The digit in which a byte begins.
fn digit_of(map: &Map, byte: u64) -> u64 {
    map.runs(byte, byte + 1).next().map_or(0, |run| first_digit(&run))
}

fn first_digit(run: &Run) -> u64 {
    let within = run.start - run.said;
    run.from + within / 3 * 4 + within % 3
}

fn behind_last_digit(run: &Run) -> u64 {
    let last = (run.end - run.said).saturating_sub(1);
    run.from + last / 3 * 4 + last % 3 + 2
}

/// Of a digit of either alphabet; 255 for what is none.
fn value(byte: u8) -> u8 {
    VALUES.get(usize::from(byte)).copied().unwrap_or(u8::MAX)
}

#[allow(clippy::indexing_slicing, reason = "worked out by the compiler, which would not compile what lies outside")]
const VALUES: [u8; 256] = {
    let mut values = [u8::MAX; 256];
    let digits = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut at = 0;
    while at < 64 {
        values[digits[at] as usize] = at as u8;
        at += 1;
    }
    values[b'-' as usize] = 62;
    values[b'_' as usize] = 63;
    values
};
