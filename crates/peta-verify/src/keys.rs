//! Which key of a log is good for which of its sizes: keys are changed, and each signs only its own time.

use std::fmt;

use super::{
    checkpoint::Checkpoint,
    key::Verifier,
    note::{NoNote, Note},
};

/// What a file `keys` says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keys(Vec<Term>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Term {
    key: Verifier,
    from: u64,
    to: Option<u64>,
}

impl Keys {
    /// A line for each: `VERIFIER FROM TO`, the sizes that it signs, with `-` for a key that still signs.
    pub fn read(text: &str) -> Result<Self, String> {
        let term = |(number, line): (usize, &str)| {
            let wrong = |why: &dyn fmt::Display| format!("line {}: {why}", number + 1);
            let [key, from, to] = line.split(' ').collect::<Vec<_>>()[..] else {
                return Err(wrong(&"not a key, a size from which and one to which it signs"));
            };
            let size = |text: &str| text.parse::<u64>().map_err(|_| wrong(&format!("`{text}` is no size")));
            let key = key.parse().map_err(|why| wrong(&why))?;
            Ok(Term { key, from: size(from)?, to: if to == "-" { None } else { Some(size(to)?) } })
        };
        let terms: Vec<Term> = text.lines().enumerate().map(term).collect::<Result<_, _>>()?;
        if terms.is_empty() { Err("there is no key in it".to_owned()) } else { Ok(Self(terms)) }
    }

    /// Checks that a key that was good at its size signed this checkpoint.
    pub fn check(&self, note: &Note, checkpoint: &Checkpoint) -> Result<(), String> {
        let good = |term: &&Term| {
            let Term { key, from, to } = term;
            key.name() == checkpoint.origin
                && *from <= checkpoint.size
                && to.is_none_or(|to| checkpoint.size <= to)
                && !key.is_witness()
        };
        let mut why = format!("no key of {} is good for {} entries", checkpoint.origin, checkpoint.size);
        for term in self.0.iter().filter(good) {
            match note.check(&term.key) {
                Ok(_) => return Ok(()),
                Err(forged @ NoNote::Forged { .. }) => return Err(forged.to_string()),
                Err(other) => why = other.to_string(),
            }
        }
        Err(why)
    }
}
