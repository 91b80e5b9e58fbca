use std::{
    fs::{self, Permissions},
    os::unix::fs::symlink,
};

use super::*;

const HEX: &str = "8f1b0c77e92d4a5566a3f0d4c1b2e3f4958671a2b3c4d5e6f708192a3b4c5d6e";

#[test]
fn a_secret_of_kubernetes_is_read_through_its_links() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::create_dir(at("..2026")).unwrap();
    fs::write(at("..2026/key"), format!("{HEX}\n")).unwrap();
    symlink("..2026", at("..data")).unwrap();
    symlink("..data/key", at("key")).unwrap();
    fs::set_permissions(at("..2026/key"), Permissions::from_mode(0o440)).unwrap();
    let (key, is_open) = read(&at("key")).unwrap();
    assert!(!is_open);
    assert_eq!(key.with(|bytes| bytes[0]), 0x8f);

    fs::set_permissions(at("..2026/key"), Permissions::from_mode(0o644)).unwrap();
    assert!(read(&at("key")).unwrap().1);
}

#[test]
fn what_is_no_key_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    assert!(matches!(read(&path), Err(MountedError::Io(io::ErrorKind::NotFound))));
    assert!(matches!(read(folder.path()), Err(MountedError::NoFile)));
    fs::write(&path, "hunter2").unwrap();
    assert!(matches!(read(&path), Err(MountedError::Text(KeyTextError::Form))));
    fs::write(&path, HEX.repeat(10)).unwrap();
    assert!(matches!(read(&path), Err(MountedError::TooLong)));
}
