//! Services that keep a vault's root, as their documentation says that they behave: scripted ones on loopback, a keychain
//! without a screen, and AWS as `moto` has it.

pub mod aws;
pub mod azure;
mod base64;
pub mod gcp;
mod keychain;
mod moto;
mod peer;
mod receiver;
pub mod transit;

pub use self::{
    base64::base64,
    keychain::Keychain,
    moto::Moto,
    peer::{Fault, Kept, Peer, Reply, Seen},
    receiver::{Act, Receiver, Said},
};
