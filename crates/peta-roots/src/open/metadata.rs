//! The metadata service of the machine's cloud: only where the settings ask for it.

use peta_dial::Target;

use crate::surroundings::{SettingError, Surroundings};

pub(super) fn target(
    wanted: bool,
    endpoint: &str,
    setting: &'static str,
    around: &Surroundings<'_>,
) -> Result<Option<Target>, SettingError> {
    match endpoint {
        _ if !wanted => Ok(None),
        "" => Ok(Some(Target::cloud_metadata())),
        endpoint => around.target(setting, endpoint).map(Some),
    }
}
