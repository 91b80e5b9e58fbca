//! The keychain of a desktop, on a message bus of the test's own.

use peta_roots::{Kind, Warning, prove};
use peta_testkit::services::Keychain;

use crate::world::{Counting, INSTALL, opened, settings};

#[tokio::test]
async fn a_keychain_keeps_the_root() {
    let keychain = Keychain::start().await;
    let (name, address) = keychain.variable();
    // The bus is found by a variable, which a test cannot set for itself.
    let mut inside = peta_testkit::command(&std::env::current_exe().unwrap());
    inside.args(["keychain::inside", "--exact", "--ignored", "--nocapture"]).env(name, address);
    let done = peta_testkit::finish("the test inside", inside).await;
    assert!(done.code == 0 && done.stdout.contains("1 passed"), "{done:?}");
}

#[tokio::test]
#[ignore = "run by the test above, on a bus of its own"]
async fn inside() {
    let config = settings("root = \"keychain\"\n[keychain]\nservice = \"peta-test\"");
    // The daemon is in the background before it has its name on the bus.
    peta_testkit::eventually("the keyring is on the bus", async || {
        let config = settings("root = \"keychain\"\n[keychain]\nservice = \"peta-probe\"");
        tokio::task::spawn_blocking(move || opened(&config, &[]).is_ok().then_some(())).await.unwrap()
    })
    .await;
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
