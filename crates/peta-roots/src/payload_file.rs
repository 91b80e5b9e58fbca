//! Where the file with the record's keys is: beside the place of the key file, whatever the root is, for it is to be kept
//! where that is kept. Its form is `peta_vault::payload_file`'s. It holds nothing that is not wrapped.

use std::path::{Path, PathBuf};

use peta_model::InstallId;
use peta_vault::payload_file::{LIMIT, PayloadFile, PayloadFileError};

use crate::private_file::{self, PrivateFileError, beside};

/// The file on the disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PayloadFileAt(PathBuf);

/// Why it is not used.
#[derive(Debug, thiserror::Error)]
pub enum PayloadFileAtError {
    #[error("the file of the record's keys, {}: {why}", path.display())]
    File { path: PathBuf, why: PrivateFileError },
    #[error("the file of the record's keys, {}: {why}", path.display())]
    Text { path: PathBuf, why: PayloadFileError },
    #[error("the file of the record's keys, {}, is of another installation", path.display())]
    OtherInstall { path: PathBuf },
}

const ENDING: &str = "payload";

impl PayloadFileAt {
    /// `vault.payload` for `vault.key`.
    pub fn beside(key_file: &Path) -> Self {
        let named = key_file.with_extension(ENDING);
        // A key file that is called so already keeps its name.
        Self(if named == key_file { beside(key_file, ".payload") } else { named })
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    /// None: there is no such file.
    pub fn read(&self, install: InstallId) -> Result<Option<PayloadFile>, PayloadFileAtError> {
        let text = match private_file::read(&self.0, LIMIT) {
            Err(PrivateFileError::Missing) => return Ok(None),
            text => text.map_err(|why| self.wrong(why))?,
        };
        let path = || self.0.clone();
        let file = PayloadFile::parse(&text).map_err(|why| PayloadFileAtError::Text { path: path(), why })?;
        if file.install == install { Ok(Some(file)) } else { Err(PayloadFileAtError::OtherInstall { path: path() }) }
    }

    /// The first one, where none is. Whoever calls knows that nothing hangs on one that was lost.
    pub fn create(&self, file: &PayloadFile) -> Result<(), PayloadFileAtError> {
        private_file::create(&self.0, &self.text(file)?).map_err(|why| self.wrong(why))
    }

    /// Another text in its place, whole on the disk when this returns, or not there at all.
    pub fn replace(&self, file: &PayloadFile) -> Result<(), PayloadFileAtError> {
        private_file::replace(&self.0, &self.text(file)?).map_err(|why| self.wrong(why))
    }

    /// What could not be read again is not written.
    fn text(&self, file: &PayloadFile) -> Result<String, PayloadFileAtError> {
        let text = file.write();
        if text.len() > LIMIT { Err(self.wrong(PrivateFileError::TooLong { limit: LIMIT })) } else { Ok(text) }
    }

    fn wrong(&self, why: PrivateFileError) -> PayloadFileAtError {
        PayloadFileAtError::File { path: self.0.clone(), why }
    }
}

#[cfg(test)]
mod tests;
