//! One entry of the keychain. A locked keychain asks its person, so it is waited for on a thread of its own, and not for
//! ever.

use std::{sync::mpsc, time::Duration};

use keyring_core::{Entry, Error, api::CredentialStoreApi};
use zbus_secret_service_keyring_store::Store;
use zeroize::Zeroizing;

#[derive(Debug)]
pub(super) enum EntryError {
    Missing,
    Several,
    Away(String),
}

/// As long as a person may take.
const WITHIN: Duration = Duration::from_secs(120);

pub(super) fn get(service: String, account: String) -> Result<Zeroizing<Vec<u8>>, EntryError> {
    waited_for(move || entry(&service, &account)?.get_secret().map(Zeroizing::new))
}

pub(super) fn set(service: String, account: String, secret: Zeroizing<Vec<u8>>) -> Result<(), EntryError> {
    waited_for(move || entry(&service, &account)?.set_secret(&secret))
}

fn entry(service: &str, account: &str) -> Result<Entry, Error> {
    Store::new()?.build(service, account, None)
}

fn waited_for<T: Send + 'static>(ask: impl FnOnce() -> Result<T, Error> + Send + 'static) -> Result<T, EntryError> {
    let (tell, told) = mpsc::sync_channel(1);
    // Nobody may be waiting any more.
    std::thread::spawn(move || tell.send(ask()).ok());
    match told.recv_timeout(WITHIN) {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(Error::NoEntry)) => Err(EntryError::Missing),
        Ok(Err(Error::Ambiguous(_))) => Err(EntryError::Several),
        Ok(Err(error @ (Error::PlatformFailure(_) | Error::NoStorageAccess(_)))) => {
            Err(EntryError::Away(error.to_string()))
        }
        // Other errors may hold what was read.
        Ok(Err(_)) => Err(EntryError::Away("its entry cannot be read".to_owned())),
        Err(_) => Err(EntryError::Away("no answer within 120 s".to_owned())),
    }
}
