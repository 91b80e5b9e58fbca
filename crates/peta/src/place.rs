//! The data directory and what stands in it for others to find: the socket, and the address of the listener.

use std::{
    fs, io,
    os::unix::fs::{DirBuilderExt as _, MetadataExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
};

use crate::environment::Environment;

/// The longest path a Unix socket can have.
const LONGEST: usize = 107;

/// A data directory.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    dir: PathBuf,
    named: bool,
}

impl Place {
    /// The directory that the command names, else the environment, else the one for this user's data.
    pub(crate) fn find(by_flag: Option<PathBuf>, environment: &Environment) -> Self {
        let named = by_flag.is_some();
        let home = || environment.home.clone().unwrap_or_else(|| PathBuf::from("/")).join(".local/share");
        let usual = || environment.data_home.clone().unwrap_or_else(home).join("peta");
        let dir = by_flag.or_else(|| environment.data.clone()).unwrap_or_else(usual);
        // Where a command and Core are started from must not matter to a path that one writes and the other reads.
        Self { dir: std::path::absolute(&dir).unwrap_or(dir), named }
    }

    /// Whether the command names the directory, which says more than a URL in the environment.
    pub(crate) const fn is_named(&self) -> bool {
        self.named
    }

    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }

    /// The settings file that is read if it is there.
    pub(crate) fn settings(&self) -> PathBuf {
        self.dir.join("peta.toml")
    }

    /// Where Core's socket is: as Core wrote down, else in the directory itself.
    pub(crate) fn socket(&self) -> PathBuf {
        let written = fs::read_to_string(self.dir.join("socket")).ok();
        written.map_or_else(|| self.dir.join("peta.sock"), |path| PathBuf::from(path.trim_end()))
    }

    /// The listener's URL, as Core wrote down.
    pub(crate) fn address(&self) -> Option<String> {
        let text = fs::read_to_string(self.dir.join("address")).ok()?;
        Some(text.trim_end().to_owned()).filter(|text| !text.is_empty())
    }

    /// Where the socket goes: into the directory, or, if that path is too long, into the runtime directory, and then
    /// its place is written down. Whatever stood there is removed; call this only while holding the directory.
    pub(crate) fn make_socket_place(&self, environment: &Environment) -> io::Result<PathBuf> {
        let own = self.dir.join("peta.sock");
        let path = if own.as_os_str().len() <= LONGEST { own } else { self.elsewhere(environment)? };
        remove(&path)?;
        if path.starts_with(&self.dir) {
            remove(&self.dir.join("socket"))?;
        } else {
            self.write("socket", &path.to_string_lossy())?;
        }
        Ok(path)
    }

    /// Writes the listener's URL down.
    pub(crate) fn write_address(&self, url: &str) -> io::Result<()> {
        self.write("address", url)
    }

    /// Takes down what was written for others, once nobody listens.
    pub(crate) fn clear(&self) {
        for path in [self.socket(), self.dir.join("socket"), self.dir.join("address")] {
            if let Err(error) = remove(&path) {
                tracing::warn!(path = %path.display(), %error, "left behind");
            }
        }
    }

    fn elsewhere(&self, environment: &Environment) -> io::Result<PathBuf> {
        use std::hash::{DefaultHasher, Hash as _, Hasher as _};
        let mut hasher = DefaultHasher::new();
        self.dir.hash(&mut hasher);
        let name = format!("peta-{:016x}.sock", hasher.finish());
        let user = rustix::process::getuid().as_raw();
        let fits = |dir: &PathBuf| dir.join(&name).as_os_str().len() <= LONGEST;
        let dir = match environment.runtime_dir.clone().filter(fits) {
            Some(dir) => dir,
            None => private_dir(PathBuf::from(format!("/tmp/peta-{user}")), user)?,
        };
        Ok(dir.join(name))
    }

    /// Whole or not at all, for others read while we write.
    fn write(&self, name: &str, text: &str) -> io::Result<()> {
        let fresh = self.dir.join(format!("{name}.new"));
        fs::write(&fresh, format!("{text}\n"))?;
        fs::rename(&fresh, self.dir.join(name))
    }
}

/// A directory that is ours alone: in a place where anyone may have put one before.
fn private_dir(dir: PathBuf, user: u32) -> io::Result<PathBuf> {
    match fs::DirBuilder::new().mode(0o700).create(&dir) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    let found = fs::symlink_metadata(&dir)?;
    if found.is_dir() && found.uid() == user && found.permissions().mode() & 0o077 == 0 {
        return Ok(dir);
    }
    Err(io::Error::new(
        io::ErrorKind::PermissionDenied,
        format!("{} is not a directory of this user alone", dir.display()),
    ))
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
