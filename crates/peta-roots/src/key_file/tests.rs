use std::os::unix::fs::{PermissionsExt, symlink};

use peta_model::{Moment, TenantId};
use peta_vault::{
    keys::{KekRow, Purpose},
    root::Root,
};

use super::*;
use crate::sample::{Counting, INSTALL};

fn world() -> (tempfile::TempDir, KeyFileAt) {
    let folder = tempfile::tempdir().unwrap();
    let at = KeyFileAt::new(folder.path().join("vault.key"));
    (folder, at)
}

fn names(folder: &tempfile::TempDir) -> Vec<String> {
    let mut names: Vec<_> =
        fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn it_is_made_once_and_read_back() {
    let (folder, at) = world();
    let made = at.create(INSTALL, &mut Counting(0)).unwrap();
    assert_eq!(fs::metadata(at.path()).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(at.read(INSTALL).unwrap().root.check(INSTALL), made.root.check(INSTALL));
    let again = at.create(INSTALL, &mut Counting(9));
    assert!(matches!(again, Err(KeyFileAtError::File { why: PrivateFileError::Exists, .. })));
    assert_eq!(at.read(INSTALL).unwrap().root.check(INSTALL), made.root.check(INSTALL));
    assert_eq!(names(&folder), ["vault.key"]);
}

#[test]
fn one_of_another_installation_is_refused() {
    let (_folder, at) = world();
    at.create(INSTALL, &mut Counting(0)).unwrap();
    let other = at.read(InstallId::from_bytes([9; 16])).err().unwrap();
    assert!(matches!(other, KeyFileAtError::OtherInstall { .. }), "{other}");
}

#[test]
fn one_that_is_open_linked_damaged_or_away_is_refused() {
    let (folder, at) = world();
    assert!(matches!(at.read(INSTALL), Err(KeyFileAtError::File { why: PrivateFileError::Missing, .. })));
    at.create(INSTALL, &mut Counting(0)).unwrap();
    let link = folder.path().join("link");
    symlink(at.path(), &link).unwrap();
    let linked = KeyFileAt::new(link).read(INSTALL);
    assert!(matches!(linked, Err(KeyFileAtError::File { why: PrivateFileError::Link, .. })));
    fs::set_permissions(at.path(), fs::Permissions::from_mode(0o644)).unwrap();
    assert!(matches!(at.read(INSTALL), Err(KeyFileAtError::File { why: PrivateFileError::Open { mode: 0o644 }, .. })));
    fs::set_permissions(at.path(), fs::Permissions::from_mode(0o600)).unwrap();
    let text = fs::read_to_string(at.path()).unwrap();
    fs::write(at.path(), text.replacen("root ", "root f", 1)).unwrap();
    let damaged = at.read(INSTALL).err().unwrap();
    assert!(matches!(damaged, KeyFileAtError::Text { why: KeyFileError::Checksum, .. }), "{damaged}");
    assert!(!format!("{damaged:?}").contains(text.lines().find_map(|line| line.strip_prefix("root ")).unwrap()));
}

#[test]
fn keys_that_live_there_are_kept() {
    let (_folder, at) = world();
    let mut file = at.create(INSTALL, &mut Counting(0)).unwrap();
    let whose = (INSTALL, TenantId::from_bytes([2; 16]), Purpose::Payload);
    let (row, _) = KekRow::make(&file.root, whose, Moment::from_micros(0), &mut Counting(50)).unwrap();
    file.keks.push(row.clone());
    at.replace(&file).unwrap();
    assert_eq!(at.read(INSTALL).unwrap().keks, [row]);
}

#[test]
fn a_new_root_is_staged_then_takes_the_place() {
    let (folder, at) = world();
    let old = at.create(INSTALL, &mut Counting(0)).unwrap();
    assert!(at.staged(INSTALL).unwrap().is_none());
    assert!(at.promote().is_err(), "nothing is staged");
    let next = KeyFile { install: INSTALL, root: LocalRoot::random(&mut Counting(77)).unwrap(), keks: Vec::new() };
    at.stage(&next).unwrap();
    assert!(matches!(at.stage(&old), Err(KeyFileAtError::File { why: PrivateFileError::Exists, .. })));
    let staged = at.staged(INSTALL).unwrap().unwrap();
    assert_eq!(staged.root.check(INSTALL), next.root.check(INSTALL));
    assert_eq!(at.read(INSTALL).unwrap().root.check(INSTALL), old.root.check(INSTALL), "not yet");

    let former = at.promote().unwrap();
    assert_eq!(at.read(INSTALL).unwrap().root.check(INSTALL), next.root.check(INSTALL));
    assert_eq!(KeyFileAt::new(&former).read(INSTALL).unwrap().root.check(INSTALL), old.root.check(INSTALL));
    assert_eq!(names(&folder), ["vault.key", "vault.key.former-1"]);

    at.stage(&old).unwrap();
    at.promote().unwrap();
    assert_eq!(names(&folder), ["vault.key", "vault.key.former-1", "vault.key.former-2"]);
}

#[test]
fn a_kill_before_the_renaming_leaves_one_former_file() {
    let (folder, at) = world();
    at.create(INSTALL, &mut Counting(0)).unwrap();
    fs::hard_link(at.path(), beside(at.path(), ".former-1")).unwrap();
    let next = KeyFile { install: INSTALL, root: LocalRoot::random(&mut Counting(77)).unwrap(), keks: Vec::new() };
    at.stage(&next).unwrap();
    at.promote().unwrap();
    assert_eq!(names(&folder), ["vault.key", "vault.key.former-1"]);
}

#[test]
fn a_key_that_is_destroyed_comes_back_from_no_file() {
    let (_folder, at) = world();
    let mut file = at.create(INSTALL, &mut Counting(0)).unwrap();
    let row = |file: &KeyFile, seed| {
        let whose = (INSTALL, TenantId::from_bytes([2; 16]), Purpose::Payload);
        KekRow::make(&file.root, whose, Moment::from_micros(0), &mut Counting(seed)).unwrap().0
    };
    file.keks = vec![row(&file, 50), row(&file, 90)];
    let (kept, destroyed) = (file.keks[0].id, file.keks[1].id);
    at.replace(&file).unwrap();
    for seed in [20, 77] {
        let old = at.read(INSTALL).unwrap();
        let root = LocalRoot::random(&mut Counting(seed)).unwrap();
        let wrapped = |row: &KekRow| row.rewrap((&old.root, &root), INSTALL, &mut Counting(9)).unwrap();
        let keks = old.keks.iter().map(wrapped).collect();
        at.stage(&KeyFile { install: INSTALL, root, keks }).unwrap();
        if seed == 20 {
            at.promote().unwrap();
        }
    }
    at.destroy(destroyed, INSTALL).unwrap();
    at.destroy(destroyed, INSTALL).unwrap();
    let former = at.former().unwrap();
    assert_eq!(former.len(), 1);
    let files = [at.read(INSTALL), KeyFileAt::new(&former[0]).read(INSTALL), at.staged(INSTALL).map(Option::unwrap)];
    for file in files {
        assert_eq!(file.unwrap().keks.iter().map(|row| row.id).collect::<Vec<_>>(), [kept]);
    }
}
