//! Settings of AWS KMS, and the variables that AWS's own tools go by.

use std::{path::PathBuf, sync::Mutex};

use crate::{
    aws::{Aws, Credentials, Keys, WebIdentity},
    config,
    source::Source,
    surroundings::{SettingError, Surroundings, plain},
};

pub(super) fn service(config: &config::Aws, around: &Surroundings<'_>) -> Result<Aws, SettingError> {
    let key = plain("aws.key", &config.key, ":/")?;
    let (of_arn, id) = read_key(&key)?;
    let region = Some(config.region.clone()).filter(|region| !region.is_empty()).or(of_arn);
    let region = region.or_else(|| around.value("AWS_REGION")).or_else(|| around.value("AWS_DEFAULT_REGION"));
    let region = plain("aws.region", &region.unwrap_or_default(), "")?;
    let address = match config.endpoint.as_str() {
        "" => address("kms", &region),
        endpoint => endpoint.to_owned(),
    };
    Ok(Aws {
        // Identifiers are unlike over all regions and accounts, and the same for copies of a key in several regions.
        name: format!("aws:{id}"),
        target: around.target("aws.endpoint", &address)?,
        credentials: credentials(config, around, &region)?,
        clock: around.clock.clone(),
        region,
        key,
    })
}

/// The region, if it is said, and the identifier.
fn read_key(key: &str) -> Result<(Option<String>, String), SettingError> {
    let wrong = || SettingError::new("aws.key", "is no identifier or ARN of a key (arn:aws:kms:REGION:ACCOUNT:key/ID)");
    let (region, id) = match key.split(':').collect::<Vec<_>>().as_slice() {
        [id] => (None, *id),
        ["arn", _, "kms", region, _, resource] => {
            (Some((*region).to_owned()), resource.strip_prefix("key/").ok_or_else(wrong)?)
        }
        _ => return Err(wrong()),
    };
    // An alias may mean another key tomorrow, and rows remember which key wrapped them.
    let is_id = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if is_id { Ok((region, id.to_ascii_lowercase())) } else { Err(wrong()) }
}

fn credentials(config: &config::Aws, around: &Surroundings<'_>, region: &str) -> Result<Credentials, SettingError> {
    if !config.credentials_file.as_os_str().is_empty() {
        return Ok(Credentials::File(config.credentials_file.clone(), config.profile.clone()));
    }
    if let (Some(id), Some(secret)) = (around.value("AWS_ACCESS_KEY_ID"), around.secret("AWS_SECRET_ACCESS_KEY")) {
        return Ok(Credentials::Given(Keys { id, secret, session: around.secret("AWS_SESSION_TOKEN") }));
    }
    let (Some(file), Some(role)) = (around.value("AWS_WEB_IDENTITY_TOKEN_FILE"), around.value("AWS_ROLE_ARN")) else {
        let why = "is not set, and neither are the variables AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or \
                   AWS_WEB_IDENTITY_TOKEN_FILE and AWS_ROLE_ARN";
        return Err(SettingError::new("aws.credentials_file", why));
    };
    let address = match config.sts_endpoint.as_str() {
        "" => address("sts", region),
        endpoint => endpoint.to_owned(),
    };
    Ok(Credentials::WebIdentity(WebIdentity {
        target: around.target("aws.sts_endpoint", &address)?,
        role,
        session: around.value("AWS_ROLE_SESSION_NAME").unwrap_or_else(|| "peta".to_owned()),
        token: Source::File(PathBuf::from(file)),
        lent: Mutex::new(None),
    }))
}

fn address(service: &str, region: &str) -> String {
    let ending = if region.starts_with("cn-") { ".cn" } else { "" };
    format!("https://{service}.{region}.amazonaws.com{ending}")
}

#[cfg(test)]
mod tests;
