//! Words while they are collected: from what stands in an entry to a word's number.

use std::{borrow::Cow, collections::HashMap};

use super::{
    shape::{NONE, OTHER},
    words::Words,
};

/// Words, and the number of each by what it was made of.
#[derive(Debug, Clone)]
pub(super) struct Lexicon {
    pub(super) words: Words,
    numbers: HashMap<Box<[u8]>, u32>,
    /// Some that were asked for lately: most words come again and again, and a look here costs a fifth.
    lately: Vec<(Box<[u8]>, u32)>,
}

const LATELY: usize = 256;

impl Lexicon {
    pub(super) fn new() -> Self {
        let mut words = Words::default();
        (NONE..=OTHER).for_each(|_| words.push(b""));
        Self { words, numbers: HashMap::new(), lately: vec![(Box::default(), NONE); LATELY] }
    }

    /// The number of the word that is made of these bytes; nothing is made of none.
    pub(super) fn number<'t>(&mut self, raw: &[u8], shown: impl FnOnce() -> Cow<'t, [u8]>) -> u32 {
        if raw.is_empty() {
            return NONE;
        }
        let at = slot(raw);
        if let Some((_, number)) = self.lately.get(at).filter(|(lately, _)| **lately == *raw) {
            return *number;
        }
        let number = self.numbers.get(raw).copied().unwrap_or_else(|| {
            let number = u32::try_from(self.words.len()).unwrap_or(u32::MAX);
            self.words.push(&shown());
            self.numbers.insert(raw.into(), number);
            number
        });
        if let Some(lately) = self.lately.get_mut(at) {
            *lately = (raw.into(), number);
        }
        number
    }
}

/// Of the last bytes: names differ there.
fn slot(raw: &[u8]) -> usize {
    let last = raw
        .last_chunk()
        .map_or_else(|| raw.iter().fold(0, |all, byte| all << 8 | u64::from(*byte)), |last| u64::from_le_bytes(*last));
    let mixed = last.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 56;
    usize::try_from(mixed).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_word_has_one_number() {
        let mut lexicon = Lexicon::new();
        let names: Vec<String> = (0..2_000).map(|number| format!("name {number}")).collect();
        let mut ask = |name: &str| lexicon.number(name.as_bytes(), || name.to_uppercase().into_bytes().into());
        let first: Vec<u32> = names.iter().map(|name| ask(name)).collect();
        let again: Vec<u32> = names.iter().rev().map(|name| ask(name)).collect();
        assert_eq!(first, (2..2_002).collect::<Vec<u32>>());
        assert!(first.iter().rev().eq(&again));
        assert_eq!(ask("a"), 2_002);
        assert_eq!(ask(""), NONE);
        assert_eq!(lexicon.words.len(), 2_003);
        assert_eq!(lexicon.words.all().nth(7).unwrap(), b"NAME 5");
    }
}
