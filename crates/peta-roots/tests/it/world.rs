//! What each test has of its own: settings, variables, a clock that stands, and counted bytes for random ones.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use peta_dial::Dialer;
use peta_model::{InstallId, Moment, TenantId};
use peta_roots::{Config, OpenError, Opened, Patience, Surroundings, open};
use peta_vault::{
    NoRandom, Random,
    keys::{KekId, Purpose},
    root::Context,
};

pub(crate) const INSTALL: InstallId = InstallId::from_bytes([0x11; 16]);
pub(crate) const TENANT: TenantId = TenantId::from_bytes([0x22; 16]);
pub(crate) const NOW: &str = "2026-11-30T10:00:00Z";

/// Gives 1, 2, 3 … around and around.
pub(crate) struct Counting(pub(crate) u64);

impl Random for Counting {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), NoRandom> {
        for byte in out {
            self.0 += 1;
            *byte = u8::try_from(self.0 % 251).unwrap();
        }
        Ok(())
    }
}

/// Opens what the settings name, quickly impatient.
pub(crate) fn opened(config: &Config, variables: &[(&str, &str)]) -> Result<Opened, OpenError> {
    opened_at(config, variables, NOW)
}

pub(crate) fn opened_at(config: &Config, variables: &[(&str, &str)], now: &str) -> Result<Opened, OpenError> {
    let dialer = Dialer::new(peta_dial::Config::default()).unwrap();
    let variables: BTreeMap<String, String> =
        variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let now: Moment = now.parse().unwrap();
    let around = Surroundings {
        install: INSTALL,
        dialer: &dialer,
        variable: &|name| variables.get(name).cloned(),
        clock: Arc::new(move || now),
        patience: Patience { within: Duration::from_millis(300), tries: 3, pause: Duration::from_millis(1) },
    };
    open(config, &around, Some(&mut Counting(0)))
}

pub(crate) fn settings(text: &str) -> Config {
    toml::from_str(text).unwrap()
}

pub(crate) fn context(kek: u8) -> Context {
    Context { install: INSTALL, tenant: TENANT, purpose: Purpose::Vault, kek: KekId::from_bytes([kek; 16]) }
}
