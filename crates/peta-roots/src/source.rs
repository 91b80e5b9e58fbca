//! Where Core finds what it proves itself with: a variable, looked at once, or a file, read anew each time, for whoever
//! mounts such files renews them.

use std::{
    fs::File,
    io::Read,
    path::{Path, PathBuf},
};

use zeroize::Zeroizing;

use crate::{secret::Secret, trouble::Trouble};

const LIMIT: u64 = 64 << 10;

pub(crate) enum Source {
    Value(Secret),
    File(PathBuf),
}

impl Source {
    /// Hands the secret to whoever uses it.
    pub(crate) fn with<T>(&self, look: impl FnOnce(&Secret) -> Result<T, Trouble>) -> Result<T, Trouble> {
        match self {
            Self::Value(secret) => look(secret),
            Self::File(path) => {
                let text = read(path)?;
                let secret = Secret::new(&text);
                look(&secret.ok_or_else(|| Trouble::Credentials(format!("{} is empty", path.display())))?)
            }
        }
    }
}

/// A small text file, such as a token's.
pub(crate) fn read(path: &Path) -> Result<Zeroizing<String>, Trouble> {
    let wrong = |why: &str| Trouble::Credentials(format!("{}: {why}", path.display()));
    let file = File::open(path).map_err(|error| wrong(&error.kind().to_string()))?;
    let length = file.metadata().map_err(|error| wrong(&error.kind().to_string()))?.len();
    if length > LIMIT {
        return Err(wrong("longer than 64 KiB"));
    }
    // Room for all of it, so that no copy is left behind by growing.
    let mut text = Zeroizing::new(String::with_capacity(usize::try_from(length).unwrap_or_default() + 1));
    file.take(LIMIT).read_to_string(&mut text).map_err(|error| wrong(&error.kind().to_string()))?;
    Ok(text)
}
