//! Chance from a seed: the same seed gives the same throws.

use std::{ops::Range, time::Duration};

/// A small generator (SplitMix64): even throws, nothing secret.
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Dice of their own for a part of the run, so that what one part throws does not depend on another.
    pub fn part(&self, number: u64) -> Self {
        let mut dice = Self(self.0 ^ number.wrapping_mul(0xA076_1D64_78BD_642F));
        dice.throw();
        dice
    }

    pub fn throw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number of this range, which is not empty.
    pub fn of(&mut self, range: Range<u64>) -> u64 {
        range.start + self.throw() % (range.end - range.start)
    }

    /// A moment of up to so many milliseconds, in microseconds.
    pub fn pause(&mut self, most_ms: u64) -> Duration {
        Duration::from_micros(self.of(0..most_ms * 1000))
    }

    /// One of these, if there are any.
    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        (!from.is_empty()).then(|| &from[usize::try_from(self.of(0..from.len() as u64)).expect("an index")])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_says_all() {
        let throws = |seed| {
            let mut dice = Dice::new(seed);
            [dice.of(0..100), dice.of(0..100), dice.of(0..100)]
        };
        assert_eq!(throws(7), throws(7));
        assert_ne!(throws(7), throws(8));
        assert_ne!(Dice::new(7).part(1).throw(), Dice::new(7).part(2).throw());
    }
}
