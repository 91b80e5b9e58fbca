//! SHA-256 of files, in hexadecimal, as `sha256sum` prints it.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use aws_lc_rs::digest::{Context, Digest, SHA256, digest};

/// So much of a file is read at once.
const PIECE: usize = 64 * 1024;

pub(super) fn sha256(bytes: &[u8]) -> String {
    hexadecimal(&digest(&SHA256, bytes))
}

/// The digest of each file below the folder, by its path in it. What is neither a file nor a folder is refused: whoever
/// checks a folder of somebody else's follows no link out of it, and waits for no pipe.
pub(super) fn digests(root: &Path) -> io::Result<BTreeMap<String, String>> {
    let mut files = BTreeMap::new();
    let mut folders: Vec<PathBuf> = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let (path, sort) = (entry.path(), entry.file_type()?);
            let name = path.strip_prefix(root).unwrap_or(&path).display().to_string();
            if sort.is_dir() {
                folders.push(path);
            } else if sort.is_file() {
                files.insert(name, of_file(&path)?);
            } else {
                return Err(io::Error::other(format!("{name}: it is neither a file nor a folder")));
            }
        }
    }
    Ok(files)
}

fn of_file(path: &Path) -> io::Result<String> {
    let (mut file, mut context) = (File::open(path)?, Context::new(&SHA256));
    let mut piece = vec![0; PIECE];
    loop {
        match file.read(&mut piece) {
            Ok(0) => return Ok(hexadecimal(&context.finish())),
            Ok(read) => context.update(piece.get(..read).unwrap_or_default()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

fn hexadecimal(digest: &Digest) -> String {
    digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn files_in_folders_are_named_and_links_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("in")).unwrap();
        // More than one piece.
        let long = vec![7; PIECE + 1];
        fs::write(dir.path().join("in/long"), &long).unwrap();
        fs::write(dir.path().join("none"), b"").unwrap();
        let found = digests(dir.path()).unwrap();
        assert_eq!(found.keys().collect::<Vec<_>>(), ["in/long", "none"]);
        assert_eq!(found["in/long"], sha256(&long));
        assert_eq!(found["none"], "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        for target in ["/dev/zero", ".", "none"] {
            let link = dir.path().join("in/link");
            symlink(target, &link).unwrap();
            assert!(digests(dir.path()).unwrap_err().to_string().starts_with("in/link: "), "{target}");
            fs::remove_file(link).unwrap();
        }
    }
}
