//! Settings of transit.

use http::HeaderValue;

use crate::{
    config,
    surroundings::{SettingError, Surroundings, plain, source},
    transit::Transit,
};

pub(super) fn service(config: &config::Transit, around: &Surroundings<'_>) -> Result<Transit, SettingError> {
    if config.address.is_empty() {
        return Err(SettingError::new("transit.address", "is not set"));
    }
    let target = around.target("transit.address", &config.address)?;
    let mount = plain("transit.mount", &config.mount, "/")?;
    let key = plain("transit.key", &config.key, "")?;
    let space = match config.namespace.as_str() {
        "" => None,
        namespace => Some(plain("transit.namespace", namespace.trim_matches('/'), "/")?),
    };
    // The name is in each row's check value: it says the server that made the key, wherever that is reached now.
    let known = match config.known_as.as_str() {
        "" => target.clone(),
        known => around.target("transit.known_as", known)?,
    };
    let place = space.as_ref().map_or_else(String::new, |space| format!("{space}/"));
    let name = format!("transit:{}/{place}{mount}/{key}", known.origin());
    let namespace = space.map(HeaderValue::try_from).transpose();
    let namespace = namespace.map_err(|_| SettingError::new("transit.namespace", "holds what no header may"))?;
    let token = source(&config.token_file, around.secret(&config.token_variable)).ok_or_else(|| {
        let why = format!("is not set, and neither is the variable {}", config.token_variable);
        SettingError::new("transit.token_file", why)
    })?;
    Ok(Transit { name, target, mount, key, namespace, is_derived: config.derived, token })
}
