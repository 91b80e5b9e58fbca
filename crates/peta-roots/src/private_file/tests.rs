use std::os::unix::fs::{PermissionsExt, symlink};

use super::*;

const LIMIT: usize = 64;

#[test]
fn what_is_made_is_private_and_read_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    create(&path, "first").unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(read(&path, LIMIT).unwrap().as_str(), "first");
    replace(&path, "second").unwrap();
    assert_eq!(read(&path, LIMIT).unwrap().as_str(), "second");
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn what_is_there_is_not_made_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    create(&path, "first").unwrap();
    assert!(matches!(create(&path, "second"), Err(PrivateFileError::Exists)));
    assert_eq!(read(&path, LIMIT).unwrap().as_str(), "first");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn what_a_killed_one_left_does_not_stand_in_the_way() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    fs::write(beside(&path, ".writing"), "hal").unwrap();
    create(&path, "whole").unwrap();
    assert_eq!(read(&path, LIMIT).unwrap().as_str(), "whole");
}

#[test]
fn what_others_may_read_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    create(&path, "text").unwrap();
    for mode in [0o640, 0o604, 0o660, 0o610] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        assert!(matches!(read(&path, LIMIT), Err(PrivateFileError::Open { mode: found }) if found == mode), "{mode:o}");
    }
    fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).unwrap();
    assert!(read(&path, LIMIT).is_ok());
}

#[test]
fn links_folders_and_long_files_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (path, link) = (folder.path().join("key"), folder.path().join("link"));
    create(&path, "text").unwrap();
    symlink(&path, &link).unwrap();
    assert!(matches!(read(&link, LIMIT), Err(PrivateFileError::Link)));
    assert!(matches!(read(folder.path(), LIMIT), Err(PrivateFileError::NoFile)));
    assert!(matches!(read(&path, 3), Err(PrivateFileError::TooLong { limit: 3 })));
    assert!(matches!(read(&folder.path().join("none"), LIMIT), Err(PrivateFileError::Missing)));
}

#[test]
fn a_pipe_holds_nobody_up() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pipe");
    rustix::fs::mknodat(rustix::fs::CWD, &path, FileType::Fifo, Mode::RUSR, 0).unwrap();
    assert!(matches!(read(&path, LIMIT), Err(PrivateFileError::NoFile)));
}

#[test]
fn a_file_of_another_user_is_refused() {
    // Only root can give a file away.
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    create(&path, "text").unwrap();
    std::os::unix::fs::chown(&path, Some(12_345), None).unwrap();
    assert!(matches!(read(&path, LIMIT), Err(PrivateFileError::OtherOwner { owner: 12_345 })));
}
