//! Where the key file is: one file, Core's alone, of this installation. Its form is `peta_vault::key_file`'s.
//!
//! A new root is staged beside it (`.next`), all keys are wrapped under it, and then it takes the place: the former file stays as
//! `.former-N`, for backups only. A Core that is killed between finds either no `.next`, or one to go on with.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use peta_model::InstallId;
use peta_vault::{
    NoRandom, Random,
    key_file::{KeyFile, KeyFileError, LIMIT},
    keys::KekId,
    root::LocalRoot,
};

use crate::private_file::{self, PrivateFileError, beside};

/// A key file on the disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyFileAt(PathBuf);

/// Why a key file is not used.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileAtError {
    #[error("the key file {}: {why}", path.display())]
    File { path: PathBuf, why: PrivateFileError },
    #[error("the key file {}: {why}", path.display())]
    Text { path: PathBuf, why: KeyFileError },
    #[error("the key file {} is of another installation: it opens nothing here", path.display())]
    OtherInstall { path: PathBuf },
    #[error(transparent)]
    NoRandom(#[from] NoRandom),
}

const NEXT: &str = ".next";
const FORMER: &str = ".former-";

impl KeyFileAt {
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    pub fn read(&self, install: InstallId) -> Result<KeyFile, KeyFileAtError> {
        read(&self.0, install)
    }

    /// A file with a new root, where none is. Whoever calls knows that no key was wrapped yet: a file that was lost is not
    /// to be made anew, but to be found.
    pub fn create(&self, install: InstallId, random: &mut dyn Random) -> Result<KeyFile, KeyFileAtError> {
        let made = KeyFile { install, root: LocalRoot::random(random)?, keks: Vec::new() };
        private_file::create(&self.0, &made.write()).map_err(|why| of(&self.0, why))?;
        Ok(made)
    }

    /// The same root with other keys beside it.
    pub fn replace(&self, with: &KeyFile) -> Result<(), KeyFileAtError> {
        private_file::replace(&self.0, &with.write()).map_err(|why| of(&self.0, why))
    }

    /// Puts a file with another root beside this one; if one is there already, a rotation is under way.
    pub fn stage(&self, next: &KeyFile) -> Result<(), KeyFileAtError> {
        let path = beside(&self.0, NEXT);
        private_file::create(&path, &next.write()).map_err(|why| of(&path, why))
    }

    /// The file that is staged, if one is.
    pub fn staged(&self, install: InstallId) -> Result<Option<KeyFile>, KeyFileAtError> {
        match read(&beside(&self.0, NEXT), install) {
            Err(KeyFileAtError::File { why: PrivateFileError::Missing, .. }) => Ok(None),
            other => other.map(Some),
        }
    }

    /// Puts the staged file into the place of this one, once nothing is under the old root any more. Says where the former
    /// one now is. There is no moment without a file in its place.
    pub fn promote(&self) -> Result<PathBuf, KeyFileAtError> {
        let next = beside(&self.0, NEXT);
        if !next.is_file() {
            return Err(of(&next, PrivateFileError::Missing));
        }
        let former = self.keep_former().map_err(|why| of(&self.0, why))?;
        fs::rename(&next, &self.0).map_err(|error| of(&next, error.into()))?;
        private_file::sync_folder(&self.0).map_err(|why| of(&self.0, why))?;
        Ok(former)
    }

    /// Destroys a key that lives beside the root: here, in the staged file and in all former ones, or it could come back.
    /// What was copied elsewhere is not reached.
    pub fn destroy(&self, kek: KekId, install: InstallId) -> Result<(), KeyFileAtError> {
        let (former, next) = (self.former()?, beside(&self.0, NEXT));
        let staged = next.is_file().then_some(next);
        for path in former.into_iter().chain(staged).chain([self.0.clone()]) {
            let mut file = read(&path, install)?;
            let before = file.keks.len();
            file.keks.retain(|row| row.id != kek);
            if file.keks.len() < before {
                private_file::replace(&path, &file.write()).map_err(|why| of(&path, why))?;
            }
        }
        Ok(())
    }

    /// The files that were in this one's place before, for backups of then.
    pub fn former(&self) -> Result<Vec<PathBuf>, KeyFileAtError> {
        let wrong = |error: io::Error| of(&self.0, error.into());
        let begin = self.0.file_name().map(|name| format!("{}{FORMER}", name.to_string_lossy())).unwrap_or_default();
        let mut found = Vec::new();
        for entry in fs::read_dir(private_file::folder(&self.0)).map_err(wrong)? {
            let name = entry.map_err(wrong)?.file_name();
            let number = name.to_str().and_then(|name| name.strip_prefix(&begin)?.parse::<u16>().ok());
            found.extend(number.map(|number| (number, self.0.with_file_name(&name))));
        }
        found.sort();
        Ok(found.into_iter().map(|(_, path)| path).collect())
    }

    fn keep_former(&self) -> Result<PathBuf, PrivateFileError> {
        for number in 1..=u16::MAX {
            let path = beside(&self.0, &format!("{FORMER}{number}"));
            match fs::hard_link(&self.0, &path) {
                Ok(()) => {
                    private_file::sync_folder(&path)?;
                    return Ok(path);
                }
                // A kill after the link and before the renaming: it is linked already.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists && is_same(&self.0, &path) => {
                    return Ok(path);
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(PrivateFileError::Exists)
    }
}

fn is_same(one: &Path, other: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let place = |path: &Path| fs::symlink_metadata(path).ok().map(|found| (found.dev(), found.ino()));
    place(one).is_some_and(|found| place(other) == Some(found))
}

fn read(path: &Path, install: InstallId) -> Result<KeyFile, KeyFileAtError> {
    let text = private_file::read(path, LIMIT).map_err(|why| of(path, why))?;
    let file = KeyFile::parse(&text).map_err(|why| KeyFileAtError::Text { path: path.to_owned(), why })?;
    if file.install != install {
        return Err(KeyFileAtError::OtherInstall { path: path.to_owned() });
    }
    Ok(file)
}

fn of(path: &Path, why: PrivateFileError) -> KeyFileAtError {
    KeyFileAtError::File { path: path.to_owned(), why }
}

#[cfg(test)]
mod tests;
