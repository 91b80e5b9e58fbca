//! Settings of Google Cloud KMS.

use std::path::PathBuf;

use crate::{
    bearer::Bearer,
    config,
    gcp::{Gcp, Identity},
    surroundings::{SettingError, Surroundings, plain, source},
};

pub(super) fn service(config: &config::Gcp, around: &Surroundings<'_>) -> Result<Gcp, SettingError> {
    let key = plain("gcp.key", &config.key, "/:")?;
    let parts: Vec<_> = key.split('/').collect();
    let ["projects", _, "locations", _, "keyRings", _, "cryptoKeys", _] = parts.as_slice() else {
        let why = "is not projects/PROJECT/locations/LOCATION/keyRings/RING/cryptoKeys/KEY";
        return Err(SettingError::new("gcp.key", why));
    };
    let endpoint = match config.endpoint.as_str() {
        "" => "https://cloudkms.googleapis.com",
        endpoint => endpoint,
    };
    Ok(Gcp {
        name: format!("gcp:{key}"),
        target: around.target("gcp.endpoint", endpoint)?,
        identity: identity(config, around)?,
        key,
    })
}

fn identity(config: &config::Gcp, around: &Surroundings<'_>) -> Result<Identity, SettingError> {
    if let Some(token) = source(&config.token_file, None) {
        return Ok(Identity::Token(token));
    }
    let bearer = || Bearer::new(around.clock.clone());
    let file = Some(config.account_file.clone()).filter(|file| !file.as_os_str().is_empty());
    if let Some(file) = file.or_else(|| around.value("GOOGLE_APPLICATION_CREDENTIALS").map(PathBuf::from)) {
        let endpoint = Some(config.token_endpoint.as_str()).filter(|endpoint| !endpoint.is_empty());
        let endpoint = endpoint.map(|url| around.target("gcp.token_endpoint", url)).transpose()?;
        return Ok(Identity::Account { file, endpoint, bearer: bearer() });
    }
    match super::metadata::target(config.metadata, &config.metadata_endpoint, "gcp.metadata_endpoint", around)? {
        Some(target) => Ok(Identity::Metadata { target, bearer: bearer() }),
        None => {
            let why = "is not set, and neither is gcp.token_file, gcp.metadata, or the variable \
                       GOOGLE_APPLICATION_CREDENTIALS";
            Err(SettingError::new("gcp.account_file", why))
        }
    }
}
