#![doc = include_str!("../README.md")]

mod aws;
mod azure;
mod base64;
mod bearer;
mod clock;
mod config;
mod form;
mod gcp;
mod json;
mod key_file;
mod key_text;
mod keychain;
mod line;
mod mounted;
mod open;
mod pace;
mod patience;
mod payload_file;
mod private_file;
mod prove;
mod provider;
#[cfg(test)]
mod sample;
mod secret;
mod service;
mod source;
mod surroundings;
mod transit;
mod trouble;

pub use clock::Clock;
pub use config::{Aws, Azure, AzureAlgorithm, Config, Env, Gcp, Keychain, Kind, Mounted, Transit};
pub use key_file::{KeyFileAt, KeyFileAtError};
pub use key_text::KeyTextError;
pub use keychain::KeychainError;
pub use mounted::MountedError;
pub use open::{OpenError, Opened, Warning, open, open_passphrase};
pub use pace::measured_rounds;
pub use patience::Patience;
pub use payload_file::{PayloadFileAt, PayloadFileAtError};
pub use private_file::PrivateFileError;
pub use prove::{ProveError, prove};
pub use provider::{Provider, SameRoot, Stopped, rotation};
pub use surroundings::{SettingError, Surroundings};
pub use trouble::Trouble;
