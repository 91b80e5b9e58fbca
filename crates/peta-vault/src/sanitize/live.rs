//! The live set of a server: the fingerprints of every version of every credential that it was ever handed, for
//! whomever. Whoever keeps it says which those are; retired ones stay for a day.

use std::sync::Arc;

use super::{
    digester::{Digester, LONG, SHORT},
    filter::{Filter, Hit},
    fingerprints::{self, Fingerprints, lower, upper},
    forms::Class,
    table::{Entry, Handed, Table, Tables},
};

/// Bytes of the longest form, and so what a search holds back at most.
pub const LONGEST_FORM: usize = fingerprints::LONGEST as usize;

/// A layer this many times larger than the one above it is left alone.
const APART: usize = 4;

/// What is searched for in all that one server says.
pub struct LiveSet {
    digester: Arc<Digester>,
    filter: Filter,
    /// The largest first. What is added makes a layer of its own, which is put together with one of about its size: so a
    /// hundred thousand that come one by one do not cost a hundred thousand times all.
    layers: Vec<Arc<Tables>>,
    shortest: usize,
    longest_whole: usize,
    digits: bool,
    quiet_run: Option<u32>,
    left_out: Vec<Handed>,
}

/// What becomes a live set.
pub struct Gathering {
    digester: Arc<Digester>,
    /// In the order of classes.
    lists: [Vec<Entry>; 3],
    digits: bool,
    plain: bool,
    left_out: Vec<Handed>,
}

impl Gathering {
    pub fn new(digester: Arc<Digester>) -> Self {
        Self { digester, lists: Default::default(), digits: false, plain: true, left_out: Vec::new() }
    }

    /// One version more.
    pub fn add(&mut self, handed: Handed, prints: &Fingerprints) {
        if !prints.are_of(&self.digester) {
            self.left_out.push(handed);
            return;
        }
        let [long, short, whole] = &mut self.lists;
        for print in prints.iter() {
            self.digits |= print.digits;
            self.plain &= print.plain;
            let list = match print.class {
                Class::Long => &mut *long,
                Class::Short => &mut *short,
                Class::Whole => &mut *whole,
            };
            let fingerprints::Fingerprint { hash, length, quoted, kind, digest, .. } = *print;
            list.push(Entry { hash, length, quoted, kind, handed, digest });
        }
    }

    pub fn into_set(self) -> LiveSet {
        let [_, short, whole] = &self.lists;
        let least = if short.is_empty() { LONG } else { SHORT };
        let quiet_run = (self.plain && whole.is_empty()).then_some(least as u32);
        let tables = Tables::new(self.lists);
        let layers: Vec<_> = (tables.count() > 0).then(|| Arc::new(tables)).into_iter().collect();
        LiveSet {
            filter: of_all(&layers),
            shortest: layers.first().and_then(|tables| tables.shortest()).unwrap_or(0),
            longest_whole: layers.first().map_or(0, |tables| tables.longest_whole()),
            layers,
            digester: self.digester,
            digits: self.digits,
            quiet_run,
            left_out: self.left_out,
        }
    }
}

impl LiveSet {
    /// Of these versions. Fingerprints of another key cannot be searched for; [`LiveSet::left_out`] names them.
    pub fn new<'a>(digester: Arc<Digester>, handed: impl IntoIterator<Item = (Handed, &'a Fingerprints)>) -> Self {
        let mut gathering = Gathering::new(digester);
        handed.into_iter().for_each(|(handed, prints)| gathering.add(handed, prints));
        gathering.into_set()
    }

    /// For a server that was handed nothing.
    pub fn nothing() -> Self {
        Self::new(Arc::new(Digester::new(&[0; 32])), [])
    }

    /// This set and these versions, which are not in it. What this costs depends on how many are added; only now and
    /// then on how many there are.
    pub fn with<'a>(&self, handed: impl IntoIterator<Item = (Handed, &'a Fingerprints)>) -> Self {
        let more = Self::new(Arc::clone(&self.digester), handed);
        let mut layers = self.layers.clone();
        let grown = more.layers.first().map(|tables| {
            layers.push(Arc::clone(tables));
            self.filter.with(&hashes(tables, Class::Long), &hashes(tables, Class::Short))
        });
        let filter = match grown {
            None => self.filter.clone(),
            Some(Some(filter)) => filter,
            Some(None) => of_all(&layers),
        };
        while let [.., below, above] = layers.as_slice()
            && below.count() < above.count() * APART
        {
            let both = Arc::new(below.and(above));
            layers.truncate(layers.len() - 2);
            layers.push(both);
        }
        let shortest = [self.shortest, more.shortest].into_iter().filter(|length| *length > 0).min().unwrap_or(0);
        Self {
            digester: Arc::clone(&self.digester),
            filter,
            layers,
            shortest,
            longest_whole: self.longest_whole.max(more.longest_whole),
            digits: self.digits || more.digits,
            quiet_run: self.quiet_run.zip(more.quiet_run).map(|(this, other)| this.min(other)),
            left_out: [self.left_out.as_slice(), &more.left_out].concat(),
        }
    }

    /// Nothing was handed: all passes.
    pub fn is_empty(&self) -> bool {
        self.shortest == 0
    }

    /// How many forms are searched for.
    pub fn forms(&self) -> usize {
        self.layers.iter().map(|tables| tables.count()).sum()
    }

    /// What cannot be searched for, as its fingerprints are of another key.
    pub fn left_out(&self) -> &[Handed] {
        &self.left_out
    }

    pub(super) fn digester(&self) -> &Digester {
        &self.digester
    }

    /// A shorter text holds nothing.
    pub(super) fn shortest(&self) -> usize {
        self.shortest
    }

    /// The longest that is searched for as a whole string; 0 if none is.
    pub(super) fn longest_whole(&self) -> usize {
        self.longest_whole
    }

    /// Whether something can stand as a number.
    pub(super) fn has_digits(&self) -> bool {
        self.digits
    }

    /// The shortest row of characters that can hold a form, if all forms are such that `skim` may step over
    /// what has none.
    pub(super) fn quiet_run(&self) -> Option<u32> {
        self.quiet_run
    }

    /// Whether one may begin and end in these bytes.
    pub(super) fn may_be_in(&self, bytes: &[u8]) -> bool {
        let mut hits = Vec::new();
        self.search(0, bytes, &mut hits);
        let known =
            |class: Class, hash: u32| self.layers.iter().any(|tables| !tables.of(class).with_hash(hash).is_empty());
        hits.iter().any(|hit| known(Class::Long, upper(hit.hash)) || known(Class::Short, lower(hit.hash)))
    }

    /// As if some form were none of those.
    #[cfg(test)]
    pub(super) fn read_closely(mut self) -> Self {
        self.quiet_run = None;
        self
    }

    pub(super) fn layers(&self) -> usize {
        self.layers.len()
    }

    pub(super) fn table(&self, layer: usize, class: Class) -> Option<&Table> {
        Some(self.layers.get(layer)?.of(class))
    }

    pub(super) fn search(&self, hash: u64, bytes: &[u8], hits: &mut Vec<Hit>) -> u64 {
        self.filter.search(self.digester.gear(), hash, bytes, hits)
    }
}

/// A filter of the size that they need.
fn of_all(layers: &[Arc<Tables>]) -> Filter {
    let all = |class| layers.iter().flat_map(|tables| hashes(tables, class)).collect::<Vec<_>>();
    Filter::new(&all(Class::Long), &all(Class::Short))
}

fn hashes(tables: &Tables, class: Class) -> Vec<u32> {
    tables.of(class).all().iter().map(|entry| entry.hash).collect()
}
