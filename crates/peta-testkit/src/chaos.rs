//! Chaos: a load whose every call is written down, faults at random points of it, and what must hold after each.
//! The faults and their points are drawn from a seed, so that a run that failed can be run again; what the machine does
//! in between is its own affair.

mod caller;
mod dice;
mod disk;
mod drive;
mod fault;
mod kin;
mod load;
mod note;
mod site;
mod strand;
mod verify;
mod wall;

pub use caller::{Caller, PATIENCE};
pub use dice::Dice;
pub use disk::Disk;
pub use drive::{Report, drive};
pub use fault::Fault;
pub use kin::{Kin, kin, peak_memory, work, zombies};
pub use load::Load;
pub use note::{Became, Note};
pub use site::{Ground, START, START_WORK, Site};
pub use strand::{Mood, Strand};
pub use verify::compare;
pub use wall::Wall;
