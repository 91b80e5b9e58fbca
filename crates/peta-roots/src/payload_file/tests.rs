use std::{
    fs,
    os::unix::fs::{MetadataExt, PermissionsExt, symlink},
};

use peta_model::{Moment, SubjectId};
use peta_vault::keys::KekId;

use super::*;
use crate::sample::INSTALL;

fn world() -> (tempfile::TempDir, PayloadFileAt, PayloadFile) {
    let folder = tempfile::tempdir().unwrap();
    let at = PayloadFileAt::beside(&folder.path().join("vault.key"));
    let file = PayloadFile { install: INSTALL, keks: vec![], erased: vec![], destroyed: vec![] };
    (folder, at, file)
}

#[test]
fn it_stands_beside_the_key_file_and_never_in_its_place() {
    let of = |key_file: &str| PayloadFileAt::beside(Path::new(key_file)).path().display().to_string();
    assert_eq!(of("/data/vault.key"), "/data/vault.payload");
    assert_eq!(of("/keys/acme"), "/keys/acme.payload");
    assert_eq!(of("/keys/acme.payload"), "/keys/acme.payload.payload");
}

#[test]
fn it_is_written_whole_for_its_owner_alone_and_read_back() {
    let (folder, at, mut file) = world();
    assert!(at.read(INSTALL).unwrap().is_none());
    assert!(at.replace(&file).is_ok());
    fs::remove_file(at.path()).unwrap();
    at.create(&file).unwrap();
    let again = at.create(&file).unwrap_err();
    assert!(matches!(again, PayloadFileAtError::File { why: PrivateFileError::Exists, .. }), "{again}");
    let before = fs::metadata(at.path()).unwrap();
    assert_eq!(before.permissions().mode() & 0o777, 0o600);
    file.erase(SubjectId::from_bytes([1; 16]), KekId::from_bytes([2; 16]), Moment::from_micros(3));
    at.replace(&file).unwrap();
    let after = fs::metadata(at.path()).unwrap();
    assert_eq!(after.permissions().mode() & 0o777, 0o600);
    assert_ne!(before.ino(), after.ino(), "it is another file, put into the place of the first");
    assert_eq!(at.read(INSTALL).unwrap(), Some(file));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
}

#[test]
fn one_that_could_not_be_read_again_is_not_written() {
    let (_folder, at, mut file) = world();
    at.create(&file).unwrap();
    let kept = file.clone();
    file.destroyed = (0..LIMIT as u128 / 43).map(|number| KekId::from_bytes(number.to_be_bytes())).collect();
    let refused = at.replace(&file).unwrap_err();
    assert!(matches!(refused, PayloadFileAtError::File { why: PrivateFileError::TooLong { .. }, .. }), "{refused}");
    assert_eq!(at.read(INSTALL).unwrap(), Some(kept));
}

#[test]
fn one_that_is_foreign_open_linked_or_changed_is_refused() {
    let (folder, at, file) = world();
    at.create(&file).unwrap();
    let foreign = at.read(InstallId::from_bytes([9; 16])).unwrap_err();
    assert!(matches!(foreign, PayloadFileAtError::OtherInstall { .. }), "{foreign}");
    let link = PayloadFileAt::beside(&folder.path().join("link.key"));
    symlink(at.path(), link.path()).unwrap();
    let linked = link.read(INSTALL).unwrap_err();
    assert!(matches!(linked, PayloadFileAtError::File { why: PrivateFileError::Link, .. }), "{linked}");
    fs::set_permissions(at.path(), fs::Permissions::from_mode(0o640)).unwrap();
    let open = at.read(INSTALL).unwrap_err();
    assert!(matches!(open, PayloadFileAtError::File { why: PrivateFileError::Open { mode: 0o640 }, .. }), "{open}");
    fs::set_permissions(at.path(), fs::Permissions::from_mode(0o600)).unwrap();
    let text = fs::read_to_string(at.path()).unwrap();
    fs::write(at.path(), text.replace("install 1", "install 2")).unwrap();
    let changed = at.read(INSTALL).unwrap_err();
    assert!(matches!(changed, PayloadFileAtError::Text { why: PayloadFileError::Checksum, .. }), "{changed}");
}
