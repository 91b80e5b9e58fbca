//! AWS's own API as `moto` has it. (It does not look at signatures; those are held against AWS's own vectors.)
//! `tests/peers/install.sh` installs it; without it this test says so and does nothing, and fails with `CI=true`.

use peta_roots::{Trouble, prove};
use peta_testkit::services::Moto;

use crate::{
    weather::{is_used, uses},
    world::{Counting, INSTALL, opened, settings},
};

#[tokio::test]
async fn keys_of_moto_wrap_and_unwrap() {
    let Some(moto) = Moto::start().await else { return };
    let (arn, origin) = (moto.key().await, moto.origin());
    let arn = arn.as_str();
    let text = format!("root = \"aws\"\n[aws]\nkey = \"{arn}\"\nendpoint = \"{origin}\"\nsts_endpoint = \"{origin}\"");
    let keys = [("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"), ("AWS_SECRET_ACCESS_KEY", "secret")];
    let provider = opened(&settings(&text), &keys).unwrap().provider;
    is_used(&provider).await;
    assert_eq!(prove(&provider, INSTALL, Counting(7)).await, Ok(()), "the context is looked at");

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    std::fs::write(&file, "projected").unwrap();
    let variables = [
        ("AWS_WEB_IDENTITY_TOKEN_FILE", file.to_str().unwrap()),
        ("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/peta"),
    ];
    let lent = opened(&settings(&text), &variables).unwrap().provider;
    is_used(&lent).await;

    // (That a disabled key does nothing is in AWS's documentation, not in moto.)
    let other = text.replace(arn, "arn:aws:kms:eu-central-1:123456789012:key/00000000-0000-0000-0000-000000000000");
    let none = opened(&settings(&other), &keys).unwrap().provider;
    assert!(uses(&none).await.is_err());
    assert!(matches!(none.trouble(), Some(Trouble::NoKey(_))), "{:?}", none.trouble());
}
