#![doc = include_str!("../README.md")]

mod budget;
mod carrier;
mod config;
mod custody;
mod description;
mod exchange;
mod fault;
mod greeting;
mod ground;
mod inbox;
mod instance;
mod key;
pub mod launch;
mod learn;
mod line;
mod link;
mod listing;
mod lock;
mod logs;
mod mailbox;
mod passing;
mod room;
mod runtime;
mod senses;
mod standing;
mod state;
mod wiring;

pub use config::{Bounds, Config, Times};
pub use custody::{
    Carried, Custodian, Custody, Echoed, Filter, Handed, How, NoVault, Place, Preparing, Sieve, Ticket, Withheld,
};
pub use description::Description;
pub use exchange::Exchange;
pub use fault::{Executed, Failure, LostWhy, OpenError, SendError};
pub use instance::{Ears, Instance, InstanceState};
pub use key::{Holder, InstanceKey, Profile};
pub use learn::Learned;
pub use listing::{LearnedPage, ListKind};
pub use logs::{LogLine, LogSource};
pub use mailbox::Said;
pub use passing::Passing;
pub use runtime::Runtime;
pub use senses::Senses;
pub use standing::Health;
