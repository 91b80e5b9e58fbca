//! Settings of Azure Key Vault, and the variables that Azure's own tools go by.

use std::path::{Path, PathBuf};

use peta_dial::{Host, Target};

use crate::{
    azure::{Algorithm, Azure, Identity, Way, is_version},
    bearer::Bearer,
    config::{self, AzureAlgorithm},
    source::Source,
    surroundings::{SettingError, Surroundings, plain, source},
};

pub(super) fn service(config: &config::Azure, around: &Surroundings<'_>) -> Result<Azure, SettingError> {
    if config.vault.is_empty() {
        return Err(SettingError::new("azure.vault", "is not set"));
    }
    let vault = around.target("azure.vault", &config.vault)?;
    let key = plain("azure.key", &config.key, "")?;
    let version = Some(config.version.clone()).filter(|version| !version.is_empty());
    if version.as_deref().is_some_and(|version| !is_version(version)) {
        return Err(SettingError::new("azure.version", "is no version of a key"));
    }
    let is_hsm = matches!(vault.host(), Host::Name(name) if name.ends_with(".managedhsm.azure.net"));
    let audience = if is_hsm { "https://managedhsm.azure.net" } else { "https://vault.azure.net" };
    Ok(Azure {
        // Without the version: a newer one unwraps what an older one wrapped, for rows say which it was.
        name: format!("azure:{}/keys/{key}", vault.origin()),
        target: match config.endpoint.as_str() {
            "" => vault,
            endpoint => around.target("azure.endpoint", endpoint)?,
        },
        key,
        version,
        algorithm: match config.algorithm {
            AzureAlgorithm::RsaOaep256 => Algorithm::RsaOaep256,
            AzureAlgorithm::A256Kw => Algorithm::A256Kw,
        },
        identity: Identity { way: way(config, around)?, bearer: Bearer::new(around.clock.clone()), audience },
    })
}

/// The first that is set.
fn way(config: &config::Azure, around: &Surroundings<'_>) -> Result<Way, SettingError> {
    if let Some(token) = source(&config.token_file, None) {
        return Ok(Way::Token(token));
    }
    let client = said(&config.client).or_else(|| around.value("AZURE_CLIENT_ID"));
    if let Some(secret) = source(&config.secret_file, around.secret(&config.secret_variable)) {
        let (target, client) = tokens(config, around, client)?;
        return Ok(Way::Secret { target, client, secret });
    }
    let file = of_file(&config.federated_token_file);
    if let Some(file) = file.or_else(|| around.value("AZURE_FEDERATED_TOKEN_FILE").map(PathBuf::from)) {
        let (target, client) = tokens(config, around, client)?;
        return Ok(Way::Federated { target, client, token: Source::File(file) });
    }
    if let (Some(url), Some(header)) = (around.value("IDENTITY_ENDPOINT"), around.secret("IDENTITY_HEADER")) {
        return Ok(Way::Beside { target: around.target("azure.metadata_endpoint", &url)?, header, client });
    }
    let found = super::metadata::target(config.metadata, &config.metadata_endpoint, "azure.metadata_endpoint", around)?;
    match found {
        Some(target) => Ok(Way::Metadata { target: target.at("/metadata/identity/oauth2/token"), client }),
        None => {
            let why = format!(
                "is not set, and neither is azure.token_file, azure.federated_token_file, azure.metadata, or one of the \
                 variables {}, AZURE_FEDERATED_TOKEN_FILE and IDENTITY_ENDPOINT",
                config.secret_variable
            );
            Err(SettingError::new("azure.secret_file", why))
        }
    }
}

/// Where tokens are given, and to whom.
fn tokens(
    config: &config::Azure,
    around: &Surroundings<'_>,
    client: Option<String>,
) -> Result<(Target, String), SettingError> {
    let tenant = said(&config.tenant).or_else(|| around.value("AZURE_TENANT_ID"));
    let tenant = plain("azure.tenant", &tenant.unwrap_or_default(), "")?;
    let client = plain("azure.client", &client.unwrap_or_default(), "")?;
    let authority = said(&config.authority).or_else(|| around.value("AZURE_AUTHORITY_HOST"));
    let authority = authority.unwrap_or_else(|| "https://login.microsoftonline.com".to_owned());
    let target = around.target("azure.authority", &authority)?;
    Ok((target.at(format!("/{tenant}/oauth2/v2.0/token")), client))
}

fn said(text: &str) -> Option<String> {
    Some(text.to_owned()).filter(|text| !text.is_empty())
}

fn of_file(path: &Path) -> Option<PathBuf> {
    Some(path.to_owned()).filter(|path| !path.as_os_str().is_empty())
}
