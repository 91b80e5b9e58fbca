//! Processes. Nothing else in Peta starts one.
//!
//! A server that speaks over its standard streams is started by a launcher: Peta's own binary, run anew as a tiny
//! process that holds the server's whole tree and ends it when told, or when Core is gone however it went
//! (docs/decisions/0004-launcher-and-runtime.md). `child` is Core's end, `launcher` the other; `heir` ends what a
//! launcher that was killed has left behind.

mod cgroup;
mod child;
mod environment;
mod heir;
mod hold;
mod launcher;
mod order;
mod roster;
mod secrets;
mod table;
mod tree;

pub(crate) use child::{Control, Exit, StartError, start};
pub(crate) use heir::inherit;
pub use hold::Hold;
pub use launcher::main;
pub(crate) use order::Order;
pub(crate) use roster::Roster;
pub(crate) use secrets::Handing;
