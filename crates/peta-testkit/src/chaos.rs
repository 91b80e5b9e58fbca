//! Chaos: a load whose every call is written down, faults at random points of it, and what must hold after each.
//! The points are drawn from a seed, so that a run that failed can be run again.

mod dice;
mod kin;
mod strand;

pub use dice::Dice;
pub use kin::{Kin, kin, peak_memory, zombies};
pub use strand::{Mood, Strand};
