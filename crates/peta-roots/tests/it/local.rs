//! Roots whose bytes are here.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

use peta_roots::{Kind, OpenError, Warning, open_passphrase, prove};
use peta_vault::passphrase::{Derivation, Passphrase};

use crate::world::{Counting, INSTALL, opened, settings};

const HEX: &str = "8f1b0c77e92d4a5566a3f0d4c1b2e3f4958671a2b3c4d5e6f708192a3b4c5d6e";

#[tokio::test]
async fn a_key_file_is_made_at_the_first_start_with_a_warning_and_read_at_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("vault.key");
    let config = settings(&format!("key_file = {path:?}"));
    let first = opened(&config, &[]).unwrap();
    assert_eq!(first.warnings, [Warning::KeyFileMade { path: path.clone() }]);
    assert!(first.warnings[0].to_string().contains("back it up"));
    assert_eq!(
        (first.provider.kind(), first.provider.name(), first.provider.is_remote()),
        (Kind::KeyFile, "key-file", false)
    );
    assert_eq!(prove(&first.provider, INSTALL, Counting(3)).await, Ok(()));
    let second = opened(&config, &[]).unwrap();
    assert_eq!((second.provider.check(INSTALL), second.warnings), (first.provider.check(INSTALL), Vec::new()));

    fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
    let open = opened(&config, &[]).err().unwrap().to_string();
    assert!(open.contains("others may read it (mode 640)"), "{open}");
}

#[tokio::test]
async fn a_variable_and_a_mounted_file_give_the_same_root() {
    let env = opened(&settings("root = \"env\""), &[("PETA_VAULT_KEY", HEX)]).unwrap().provider;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    fs::write(&path, format!("{HEX}\n")).unwrap();
    fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
    let config = settings(&format!("root = \"file\"\n[file]\npath = {path:?}"));
    let file = opened(&config, &[]).unwrap();
    assert_eq!(file.warnings, [Warning::WorldReadable { path: path.clone() }]);
    assert_eq!(file.provider.check(INSTALL), env.check(INSTALL));
    assert_eq!(prove(&env, INSTALL, Counting(3)).await, Ok(()));
    fs::write(&path, HEX.replace('8', "9")).unwrap();
    assert_ne!(opened(&config, &[]).unwrap().provider.check(INSTALL), env.check(INSTALL), "read anew");
}

#[test]
fn what_is_missing_or_weak_is_said_without_its_text() {
    let none = opened(&settings("root = \"env\""), &[]).err().unwrap();
    assert!(matches!(&none, OpenError::NoVariable { name } if name == "PETA_VAULT_KEY"), "{none}");
    let weak = opened(&settings("root = \"env\""), &[("PETA_VAULT_KEY", "hunter2")]).err().unwrap();
    assert!(!format!("{weak} {weak:?}").contains("hunter2"));
    let none = opened(&settings("root = \"file\""), &[]).err().unwrap().to_string();
    assert!(none.contains("`vault.file.path` is not set"), "{none}");
    assert!(matches!(opened(&settings("root = \"passphrase\""), &[]), Err(OpenError::Passphrase)));
}

#[tokio::test]
async fn a_passphrase_gives_a_root() {
    let passphrase = Passphrase::new("correct horse battery staple").unwrap();
    let stored = Derivation::new(0, &mut Counting(0)).unwrap();
    let provider = open_passphrase(&passphrase, &stored);
    assert_eq!((provider.name(), prove(&provider, INSTALL, Counting(3)).await), ("passphrase", Ok(())));
}

#[cfg(not(feature = "keychain"))]
#[test]
fn a_keychain_that_is_not_built_in_is_refused() {
    let refused = opened(&settings("root = \"keychain\""), &[]).err().unwrap().to_string();
    assert!(refused.contains("built without it"), "{refused}");
}

#[test]
fn settings_that_nobody_knows_are_refused() {
    assert!(toml::from_str::<peta_roots::Config>("[aws]\nsecret = \"x\"").is_err());
    assert!(toml::from_str::<peta_roots::Config>("root = \"hsm\"").is_err());
    let all = toml::to_string(&peta_roots::Config::default()).unwrap();
    assert_eq!(settings(&all), peta_roots::Config::default());
}
