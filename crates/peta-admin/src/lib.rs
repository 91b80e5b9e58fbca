#![doc = include_str!("../README.md")]

mod about;
mod access;
mod act;
mod admin;
mod connector;
mod contract;
mod delivery;
mod enter;
mod follow;
mod intake;
mod keeper;
mod learn;
mod live;
mod problem;
mod register;
mod resource;
mod router;
mod setup;
mod sinks;
mod view;

pub use access::Door;
pub use admin::{Admin, Clock, Clocks, Config, Random, Vault};
pub use connector::{Connecting, Connector, EnteredClient, EnteredKey, Link, NotConnected};
pub use enter::guard_metrics;
pub use keeper::{Keeper, Keeping, NotKept, Standing};
pub use resource::oauth::reopen_connected;
pub use router::{openapi, router};
pub use sinks::{ArchiveStanding, Fetching, SinkStanding, Sinks, Testing, UnfitSink};
