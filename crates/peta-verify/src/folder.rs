//! Where an export is read: a folder of the file system, or anything like one.

use std::{io, path::PathBuf};

use super::subject::SUBJECT;

/// Where an export is read: a folder, or anything like one. Paths are those of the format, with `/` between.
pub trait Folder {
    /// The whole file; none if there is none.
    fn read(&self, path: &str) -> io::Result<Option<Vec<u8>>>;

    /// The names of the files in a folder, in order; empty if there is none.
    fn list(&self, folder: &str) -> io::Result<Vec<String>>;
}

/// Larger files are no part of any export: a bundle has at most 256 entries of 65,537 bytes.
const LONGEST: u64 = 32 << 20;
/// But for the events of one person, which may be many.
const LONGEST_SUBJECT: u64 = 1 << 30;

/// Nothing outside of it is read, for every path is of the format's own making.
pub struct OnDisk(pub PathBuf);

impl Folder for OnDisk {
    fn read(&self, path: &str) -> io::Result<Option<Vec<u8>>> {
        let longest = if path == SUBJECT { LONGEST_SUBJECT } else { LONGEST };
        let path = self.0.join(path);
        match std::fs::metadata(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
            Ok(file) if file.len() > longest => return Err(io::ErrorKind::FileTooLarge.into()),
            Ok(_) => {}
        }
        std::fs::read(path).map(Some)
    }

    fn list(&self, folder: &str) -> io::Result<Vec<String>> {
        let all = match std::fs::read_dir(self.0.join(folder)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            all => all?,
        };
        let name = |entry: io::Result<std::fs::DirEntry>| {
            let name = entry?.file_name().into_string();
            name.map_err(|_| io::Error::from(io::ErrorKind::InvalidFilename))
        };
        let mut names = all.map(name).collect::<io::Result<Vec<_>>>()?;
        names.sort();
        Ok(names)
    }
}
