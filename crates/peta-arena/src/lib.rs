#![doc = include_str!("../README.md")]

mod arena;
mod harden;
mod lease;
mod raw;
mod slot;
mod stack;

pub use arena::{Arena, ArenaError, Unlocked};
pub use harden::{Hardened, harden_process};
pub use lease::{Expired, Lease, Leases};
pub use raw::{Locked, MapError, UNIT, Wiping};
pub use slot::{FillError, Slot};
pub use stack::scrubbed;
