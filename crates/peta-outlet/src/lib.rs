#![doc = include_str!("../README.md")]

mod archive;
mod around;
mod check;
mod config;
mod keep;
mod marked;
mod outlet;
mod pace;
mod queue;
mod receiver;
mod senses;
mod sink;
mod standing;
mod told;
mod trouble;
mod witness;

pub use archive::{Archive, Keys, NotFetched, Sealing};
pub use check::{Unfit, check, usual_format};
pub use config::Config;
pub use outlet::{Outlet, Tested};
pub use senses::{Custody, Pause, Senses};
pub use standing::{Standing, State};
pub use witness::{AddCheckpoint, NoAddCheckpoint, SIZE, Witnesses, check as check_witness};
