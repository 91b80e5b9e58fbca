//! Opening the root that the settings name. Local ones are read here and now, so it is done where waiting is allowed;
//! services are not asked for anything yet.

mod aws;
mod azure;
mod gcp;
mod metadata;
mod transit;

use std::path::PathBuf;

use peta_vault::{
    NoRandom, Random,
    keys::KekRow,
    passphrase::{Derivation, Passphrase},
    root::LocalRoot,
};
use zeroize::Zeroizing;

use crate::{
    config::{Config, Kind},
    key_file::{KeyFileAt, KeyFileAtError},
    key_text::{self, KeyTextError},
    keychain::{self, KeychainError},
    mounted::{self, MountedError},
    private_file::PrivateFileError,
    provider::Provider,
    surroundings::{SettingError, Surroundings},
};

/// A provider, and what else was found.
#[derive(Debug)]
pub struct Opened {
    pub provider: Provider,
    /// Keys that live in the key file and in no table.
    pub keks: Vec<KekRow>,
    pub warnings: Vec<Warning>,
}

/// What a person should know.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Warning {
    #[error(
        "the vault's key file was made at {}: back it up now, and apart from the database; without it no credential can be \
         read again, and with both everybody can",
        path.display()
    )]
    KeyFileMade { path: PathBuf },
    #[error(
        "an entry `{service}` with the vault's root was made in the keychain: without it no credential can be read again"
    )]
    KeychainMade { service: String },
    #[error("everybody on this machine may read {}, which holds the vault's root", path.display())]
    WorldReadable { path: PathBuf },
}

/// Why a root cannot be opened. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error(transparent)]
    Setting(#[from] SettingError),
    #[error(transparent)]
    KeyFile(#[from] KeyFileAtError),
    #[error("the variable {name}, which should hold the vault's root, is not set")]
    NoVariable { name: String },
    #[error("the variable {name} does not hold a root: {why}")]
    Variable { name: String, why: KeyTextError },
    #[error("the mounted file {}: {why}", path.display())]
    Mounted { path: PathBuf, why: MountedError },
    #[error("the keychain: {0}")]
    Keychain(#[from] KeychainError),
    #[error("the root comes from a passphrase, which a person gives: `peta vault unlock`")]
    Passphrase,
    #[error(transparent)]
    NoRandom(#[from] NoRandom),
}

impl OpenError {
    /// Whether the root is not there, rather than there and not as it should be: waiting may help, and bringing it does.
    pub fn is_away(&self) -> bool {
        match self {
            Self::NoVariable { .. } | Self::Keychain(KeychainError::Away(_) | KeychainError::Missing) => true,
            Self::KeyFile(KeyFileAtError::File { why, .. }) => matches!(why, PrivateFileError::Missing),
            Self::Mounted { why: MountedError::Io(why), .. } => *why == std::io::ErrorKind::NotFound,
            _ => false,
        }
    }
}

/// Opens what the settings name. With `making` a key file or an entry of the keychain that is not there is made: only while
/// no key was wrapped yet, for one that was lost must be found, not made anew.
pub fn open(config: &Config, around: &Surroundings<'_>, making: Option<&mut dyn Random>) -> Result<Opened, OpenError> {
    let remote = |service| Ok(only(Provider::remote(config.root, service, around.dialer, around.patience)));
    match config.root {
        Kind::KeyFile => key_file(config, around, making),
        Kind::Passphrase => Err(OpenError::Passphrase),
        Kind::Env => env(&config.env.variable, around),
        Kind::File => file(&config.file.path),
        Kind::Keychain => {
            let service = &config.keychain.service;
            let (root, is_new) = keychain::open(service, around.install, making)?;
            let warnings = is_new.then(|| Warning::KeychainMade { service: service.clone() });
            let warnings = warnings.into_iter().collect();
            Ok(Opened { warnings, ..only(Provider::local(Kind::Keychain, root)) })
        }
        Kind::Transit => remote(Box::new(transit::service(&config.transit, around)?)),
        Kind::Aws => remote(Box::new(aws::service(&config.aws, around)?)),
        Kind::Gcp => remote(Box::new(gcp::service(&config.gcp, around)?)),
        Kind::Azure => remote(Box::new(azure::service(&config.azure, around)?)),
    }
}

/// The root of a passphrase. It takes as long as its derivation says: where waiting is allowed.
pub fn open_passphrase(passphrase: &Passphrase, derivation: &Derivation) -> Provider {
    Provider::local(Kind::Passphrase, passphrase.derive(derivation))
}

fn key_file(config: &Config, around: &Surroundings<'_>, making: Option<&mut dyn Random>) -> Result<Opened, OpenError> {
    if config.key_file.as_os_str().is_empty() {
        return Err(SettingError::new("key_file", "is not set").into());
    }
    let at = KeyFileAt::new(&config.key_file);
    let (found, warnings) = match (at.read(around.install), making) {
        (Err(KeyFileAtError::File { why: PrivateFileError::Missing, .. }), Some(random)) => {
            let made = at.create(around.install, random)?;
            (made, vec![Warning::KeyFileMade { path: config.key_file.clone() }])
        }
        (found, _) => (found?, Vec::new()),
    };
    Ok(Opened { provider: Provider::local(Kind::KeyFile, found.root), keks: found.keks, warnings })
}

fn env(name: &str, around: &Surroundings<'_>) -> Result<Opened, OpenError> {
    let name = || name.to_owned();
    let text = (around.variable)(&name()).map(Zeroizing::new).ok_or_else(|| OpenError::NoVariable { name: name() })?;
    let key = key_text::read(&text).map_err(|why| OpenError::Variable { name: name(), why })?;
    Ok(only(Provider::local(Kind::Env, LocalRoot::new(key))))
}

fn file(path: &std::path::Path) -> Result<Opened, OpenError> {
    if path.as_os_str().is_empty() {
        return Err(SettingError::new("file.path", "is not set").into());
    }
    let path = path.to_owned();
    let (key, is_open) = mounted::read(&path).map_err(|why| OpenError::Mounted { path: path.clone(), why })?;
    let warnings = is_open.then_some(Warning::WorldReadable { path }).into_iter().collect();
    Ok(Opened { warnings, ..only(Provider::local(Kind::File, LocalRoot::new(key))) })
}

const fn only(provider: Provider) -> Opened {
    Opened { provider, keks: Vec::new(), warnings: Vec::new() }
}
