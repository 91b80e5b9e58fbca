#![doc = include_str!("../README.md")]

pub mod envelope;
pub mod key_file;
pub mod keyring;
pub mod keys;
pub mod owner;
pub mod passphrase;
pub mod payload_file;
pub mod root;
pub mod rotation;
pub mod safe;
pub mod sanitize;
pub mod subject;

mod attempts;
mod gcm;
mod hex;
mod key;
mod lines;
mod place;
mod random;
#[cfg(test)]
mod sample;

pub use attempts::{Attempts, Wait};
pub use key::{KEY, Key};
pub use place::{Kind, Place};
pub use random::{NoRandom, Random};
