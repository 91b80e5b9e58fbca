//! The handlers, one file for each kind of thing.

pub(crate) mod agents;
pub(crate) mod archive;
pub(crate) mod audit;
pub(crate) mod credentials;
pub(crate) mod erasure;
pub(crate) mod events;
pub(crate) mod expiry;
pub(crate) mod findings;
pub(crate) mod grants;
pub(crate) mod lifecycle;
pub(crate) mod oauth;
pub(crate) mod payloads;
pub(crate) mod reports;
pub(crate) mod review;
pub(crate) mod secrets;
pub(crate) mod servers;
pub(crate) mod signers;
pub(crate) mod sinks;
pub(crate) mod status;
pub(crate) mod tokens;
pub(crate) mod vault;
