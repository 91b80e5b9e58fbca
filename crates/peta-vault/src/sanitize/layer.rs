//! One reading of a text: its escapes are read, and what it says is searched, with a map back to where it stood. What a
//! text says may be JSON once more, so from its first backslash on a second reading goes along, and a third.

use std::sync::Arc;

use super::{
    blob::Blob,
    escape::{self, Unit},
    live::LiveSet,
    map::Map,
    scanner::{Found, Scanner},
};

/// Plain text of this length is searched where it stands; shorter pieces are put together first.
const LONG_RUN: usize = 512;
/// What is put together before it is searched.
const BATCH: usize = 4 << 10;

/// A form, and whether it was found in base64 that was decoded.
pub(super) struct Spot {
    pub(super) found: Found,
    pub(super) in_base64: bool,
}

pub(super) struct Layer {
    live: Arc<LiveSet>,
    scanner: Scanner,
    map: Map,
    /// How much was read, in places of the text, but for what an escape broke off in.
    read: u64,
    said: Vec<u8>,
    broken_off: Vec<u8>,
    /// Whether backslashes mean something.
    escapes: bool,
    blob: Option<Blob>,
    deeper: Option<Box<Layer>>,
    goes_deeper: bool,
    /// How many more readings there may be.
    levels: u8,
}

impl Layer {
    pub(super) fn new(live: &Arc<LiveSet>, levels: u8) -> Self {
        Self {
            live: Arc::clone(live),
            scanner: Scanner::new(Arc::clone(live)),
            map: Map::new(),
            read: 0,
            said: Vec::new(),
            broken_off: Vec::new(),
            escapes: true,
            blob: None,
            deeper: None,
            goes_deeper: false,
            levels,
        }
    }

    /// A text that is taken as it stands.
    pub(super) fn plain(mut self) -> Self {
        self.escapes = false;
        self
    }

    /// Texts that may be base64.
    pub(super) fn with_blobs(mut self) -> Self {
        self.blob = Some(Blob::new(Arc::clone(&self.live)));
        self
    }

    /// A new text, which begins here.
    pub(super) fn begin(&mut self, from: u64, whole_string: bool) {
        self.map.begin(from);
        self.read = from;
        self.said.clear();
        self.broken_off.clear();
        self.goes_deeper = false;
        self.scanner.begin(whole_string);
        if let Some(blob) = &mut self.blob {
            blob.begin();
        }
    }

    /// Nothing is begun that what follows could make a form: so what holds none may be stepped over from here, if here
    /// nothing that says something goes on.
    pub(super) fn is_idle(&self) -> bool {
        let blob = self.blob.as_ref().is_none_or(Blob::is_over);
        let deeper = self.deeper.as_ref().filter(|_| self.goes_deeper).is_none_or(|deeper| deeper.is_idle());
        blob && deeper && self.broken_off.is_empty() && self.scanner.is_idle()
    }

    /// Steps over the next bytes of the text: what follows is read like a text of its own.
    pub(super) fn step_over(&mut self, length: usize) {
        self.begin(self.read + length as u64, false);
        if let Some(blob) = &mut self.blob {
            blob.leave();
        }
    }

    /// Reads on. If the text is in quotes: how much up to and with the closing one, if it is there.
    pub(super) fn push(&mut self, text: &[u8], in_quotes: bool) -> Option<usize> {
        let mut at = self.go_on(text);
        loop {
            let rest = text.get(at..).unwrap_or_default();
            let next = match (self.escapes, in_quotes) {
                (false, _) => None,
                (true, false) => memchr::memchr(b'\\', rest),
                (true, true) => memchr::memchr2(b'"', b'\\', rest),
            };
            let (plain, special) = rest.split_at(next.unwrap_or(rest.len()));
            self.plain_run(plain);
            at += plain.len();
            match special.first() {
                None => break self.search_rest(None),
                Some(b'"') => break self.search_rest(Some(at + 1)),
                Some(_) => match escape::read(special) {
                    Unit::Says { taken, said } => {
                        self.unit(taken, said.bytes());
                        at += taken;
                    }
                    Unit::More => {
                        self.broken_off.extend_from_slice(special);
                        break self.search_rest(None);
                    }
                },
            }
        }
    }

    /// The text is over.
    pub(super) fn end(&mut self) {
        let mut rest = std::mem::take(&mut self.broken_off);
        while !rest.is_empty() {
            let taken = match escape::broken_off(&rest).filter(|_| rest.first() == Some(&b'\\')) {
                Some((taken, said)) => {
                    self.unit(taken, said.bytes());
                    taken
                }
                None => {
                    self.plain_run(rest.get(..1).unwrap_or_default());
                    1
                }
            };
            rest.drain(..taken.min(rest.len()));
        }
        self.search();
        self.scanner.end();
        if let Some(blob) = &mut self.blob {
            blob.end();
        }
        if let Some(deeper) = self.deeper.as_mut().filter(|_| self.goes_deeper) {
            deeper.end();
        }
    }

    /// How far it is known what is in what the text says.
    pub(super) fn settled(&self) -> u64 {
        let blob = self.blob.as_ref().map_or(u64::MAX, Blob::settled);
        let deeper = self.deeper.as_ref().filter(|_| self.goes_deeper);
        let deeper = deeper.map_or(u64::MAX, |deeper| deeper.place(deeper.settled()));
        self.scanner.settled().min(blob).min(deeper)
    }

    /// Where in the text this is said.
    pub(super) fn place(&self, said: u64) -> u64 {
        self.map.from(said)
    }

    /// What was found, as ranges of what the text says.
    pub(super) fn take_found(&mut self, out: &mut Vec<Spot>) {
        while let Some(found) = self.scanner.next_found() {
            out.push(Spot { found, in_base64: false });
        }
        if let Some(blob) = &mut self.blob {
            while blob.next_found(|found| out.push(Spot { found, in_base64: true })) {}
        }
        if let Some(deeper) = self.deeper.as_mut().filter(|_| self.goes_deeper) {
            let first = out.len();
            deeper.take_found(out);
            for spot in out.iter_mut().skip(first) {
                spot.found.range = deeper.place(spot.found.range.start)..deeper.place(spot.found.range.end);
            }
        }
    }

    /// Nothing before this will be asked for.
    pub(super) fn forget(&mut self, before: u64) {
        self.map.forget(before);
        if let Some(blob) = &mut self.blob {
            blob.forget();
        }
        if let Some(deeper) = self.deeper.as_mut().filter(|_| self.goes_deeper) {
            let settled = deeper.settled();
            deeper.forget(settled);
        }
    }

    /// Reads an escape that broke off; gives how much of the text belonged to it.
    fn go_on(&mut self, text: &[u8]) -> usize {
        let before = self.broken_off.len();
        if before == 0 {
            return 0;
        }
        let mut whole = std::mem::take(&mut self.broken_off);
        whole.extend_from_slice(text.get(..escape::LONGEST.min(text.len())).unwrap_or_default());
        let mut at = 0;
        while at < before {
            let rest = whole.get(at..).unwrap_or_default();
            if rest.first() != Some(&b'\\') {
                // It was no escape, and this stood behind its backslash.
                self.plain_run(rest.get(..1).unwrap_or_default());
                at += 1;
                continue;
            }
            match escape::read(rest) {
                Unit::Says { taken, said } => {
                    self.unit(taken, said.bytes());
                    at += taken;
                }
                Unit::More => {
                    self.broken_off.extend_from_slice(rest);
                    return text.len();
                }
            }
        }
        at - before
    }

    /// What stands as it is said.
    fn plain_run(&mut self, plain: &[u8]) {
        self.read += plain.len() as u64;
        if self.said.is_empty() && plain.len() >= LONG_RUN {
            return self.search_this(plain);
        }
        self.said.extend_from_slice(plain);
        if self.said.len() >= BATCH {
            self.search();
        }
    }

    /// An escape: so many bytes of the text say this.
    fn unit(&mut self, taken: usize, says: &[u8]) {
        self.said.extend_from_slice(says);
        self.read += taken as u64;
        // It begins where the run before it goes on to; what follows is another run. Nothing is cut inside of it.
        self.map.mark(self.scanner.at() + self.said.len() as u64, self.read);
        if self.said.len() >= BATCH {
            self.search();
        }
    }

    fn search_rest(&mut self, end: Option<usize>) -> Option<usize> {
        self.search();
        end
    }

    fn search(&mut self) {
        if !self.said.is_empty() {
            let said = std::mem::take(&mut self.said);
            self.search_this(&said);
            self.said = said;
            self.said.clear();
        }
    }

    fn search_this(&mut self, said: &[u8]) {
        if !self.goes_deeper && self.levels > 0 && memchr::memchr(b'\\', said).is_some() {
            self.go_deeper();
        }
        if let Some(deeper) = self.deeper.as_mut().filter(|_| self.goes_deeper) {
            deeper.push(said, false);
        }
        if let Some(blob) = &mut self.blob {
            blob.push(said);
        }
        self.scanner.push(said);
    }

    /// The next reading begins at the first candidate, or one window back: what begins before, and has no backslash in
    /// its window, would have made a candidate here too.
    fn go_deeper(&mut self) {
        let levels = self.levels - 1;
        let deeper = self.deeper.get_or_insert_with(|| Box::new(Layer::new(&self.live, levels)));
        deeper.begin(self.scanner.settled(), false);
        deeper.push(self.scanner.kept_bytes(), false);
        self.goes_deeper = true;
    }
}

#[cfg(test)]
mod tests;
