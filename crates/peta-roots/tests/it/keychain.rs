//! The keychain of a desktop that has no screen: a message bus and GNOME's keyring of the test's own (Debian's `dbus` and
//! `gnome-keyring`). Without them the test says so and does nothing.

use std::{path::Path, process::Command};

use peta_roots::{Kind, Warning, prove};

use crate::world::{Counting, INSTALL, opened, settings};

const START: &str = "printf secret | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1 && \
                     exec \"$0\" keychain::inside --exact --ignored --nocapture";

#[test]
fn a_keychain_keeps_the_root() {
    for program in ["/usr/bin/dbus-run-session", "/usr/bin/gnome-keyring-daemon"] {
        if !Path::new(program).is_file() {
            println!("{program} is not installed: nothing was tested against a keychain");
            return;
        }
    }
    let home = tempfile::tempdir().unwrap();
    // The bus is found by a variable, which a test cannot set for itself.
    #[expect(clippy::disallowed_methods, reason = "the peer of the test")]
    let mut command = Command::new("/usr/bin/dbus-run-session");
    command.args(["--", "sh", "-c", START]).arg(std::env::current_exe().unwrap());
    for name in ["HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME"] {
        command.env(name, home.path());
    }
    let done = command.output().unwrap();
    let said = String::from_utf8_lossy(&done.stdout);
    assert!(done.status.success() && said.contains("1 passed"), "{said}{}", String::from_utf8_lossy(&done.stderr));
}

#[tokio::test]
#[ignore = "run by the test above, on a bus of its own"]
async fn inside() {
    let config = settings("root = \"keychain\"\n[keychain]\nservice = \"peta-test\"");
    let made = tokio::task::spawn_blocking(move || {
        let first = opened(&config, &[]).unwrap();
        assert_eq!(first.warnings, [Warning::KeychainMade { service: "peta-test".to_owned() }]);
        let second = opened(&config, &[]).unwrap();
        assert_eq!((second.warnings, second.provider.check(INSTALL)), (Vec::new(), first.provider.check(INSTALL)));
        second.provider
    });
    let provider = made.await.unwrap();
    assert_eq!((provider.kind(), provider.name()), (Kind::Keychain, "keychain"));
    assert_eq!(prove(&provider, INSTALL, Counting(3)).await, Ok(()));
}
