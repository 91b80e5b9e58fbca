//! The changes, one kind of thing a file. Each writes itself into a sheet: into the database and into the draft of the
//! next snapshot alike. A test holds the two against each other.

mod agents;
mod archive;
mod credentials;
mod foreign;
mod grants;
mod holds;
mod learnt;
mod log_keys;
mod servers;
mod sinks;
mod tokens;
mod witnesses;

pub use agents::NewAgent;
pub(crate) use agents::{AddAgent, CountGuess, Pardon, RevokeAgent};
pub(crate) use archive::{RemoveArchive, SetArchive};
pub(crate) use credentials::{AddCredential, Distrust, RemoveCredential, Rewrap, SetOAuth, SetSecret};
pub use foreign::NewForeignLog;
pub(crate) use foreign::{AddForeignLog, RemoveForeignLog};
pub(crate) use grants::{AddGrant, RemoveGrant};
pub use holds::NewHold;
pub(crate) use holds::{AddHold, RemoveHold};
pub(crate) use learnt::SaveLearnt;
pub(crate) use log_keys::RotateLogKey;
pub(crate) use servers::{AddServer, RemoveServer, SetDisabled, SetServer};
pub(crate) use sinks::{AddSink, RemoveSink};
pub use tokens::Rotation;
pub(crate) use tokens::{AddAdminToken, RevokeAdminToken, Rotate};
pub use witnesses::NewWitness;
pub(crate) use witnesses::{AddWitness, RemoveWitness};
