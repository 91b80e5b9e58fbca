//! What a provider is opened in: whose vault, the way out, the environment and the clock, all brought by whoever opens it.

use std::path::Path;

use peta_dial::{Dialer, Reach, Target};
use peta_model::InstallId;

use crate::{clock::Clock, patience::Patience, secret::Secret, source::Source};

/// Nothing here is looked for anywhere else.
pub struct Surroundings<'a> {
    pub install: InstallId,
    pub dialer: &'a Dialer,
    /// A variable of the environment.
    pub variable: &'a dyn Fn(&str) -> Option<String>,
    pub clock: Clock,
    pub patience: Patience,
}

/// A setting that is missing or does not do; its name is as in `[vault]`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the setting `vault.{setting}` {why}")]
pub struct SettingError {
    pub setting: &'static str,
    pub why: String,
}

impl SettingError {
    pub(crate) fn new(setting: &'static str, why: impl Into<String>) -> Self {
        Self { setting, why: why.into() }
    }
}

impl Surroundings<'_> {
    /// A variable that is set and not empty.
    pub(crate) fn value(&self, name: &str) -> Option<String> {
        (self.variable)(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
    }

    pub(crate) fn secret(&self, name: &str) -> Option<Secret> {
        (self.variable)(name).map(zeroize::Zeroizing::new).and_then(|text| Secret::new(&text))
    }

    /// An address that secrets are sent to: over https, but inside one's own network.
    pub(crate) fn target(&self, setting: &'static str, url: &str) -> Result<Target, SettingError> {
        let target = self.dialer.target(url).map_err(|error| SettingError::new(setting, error.to_string()))?;
        if !target.is_tls() && target.reach() == Reach::Public {
            return Err(SettingError::new(setting, "must begin with https://, since a key is sent there"));
        }
        Ok(target)
    }
}

/// The file if one is set, else what the variable holds.
pub(crate) fn source(file: &Path, value: Option<Secret>) -> Option<Source> {
    if file.as_os_str().is_empty() { value.map(Source::Value) } else { Some(Source::File(file.to_owned())) }
}

/// A text that becomes part of a path, or of a name that must not change its meaning.
pub(crate) fn plain(setting: &'static str, text: &str, further: &str) -> Result<String, SettingError> {
    if text.is_empty() {
        return Err(SettingError::new(setting, "is not set"));
    }
    let fits =
        |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.') || further.contains(letter);
    let is_plain = text.chars().all(fits) && !text.split('/').any(|part| matches!(part, "" | "." | ".."));
    if is_plain && text.len() <= 512 {
        Ok(text.to_owned())
    } else {
        Err(SettingError::new(setting, "holds what no such name has"))
    }
}
