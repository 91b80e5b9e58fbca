//! Google Cloud KMS, its tokens and its metadata service, as their documentation says that they behave.

use peta_testkit::services::{
    Fault, Peer, Seen, base64,
    gcp::{KEY, TOKEN, kms},
};
use serde_json::json;

use crate::{
    weather::{Service, is_used, stands, uses},
    world::{opened, settings},
};

fn text(peer: &Peer, further: &str) -> String {
    format!("root = \"gcp\"\n[gcp]\nkey = \"{KEY}\"\nendpoint = \"{}\"\n{further}", peer.origin)
}

fn written(text: &str) -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, text).unwrap();
    (folder, file)
}

#[tokio::test]
async fn it_stands_all_weathers() {
    let peer = Peer::start(kms).await;
    let (_folder, file) = written(TOKEN);
    let provider = opened(&settings(&text(&peer, &format!("token_file = {file:?}"))), &[]).unwrap().provider;
    assert_eq!(provider.name(), format!("gcp:{KEY}"));
    let denied = (403, r#"{"error":{"code":403,"status":"PERMISSION_DENIED","message":"gossip"}}"#);
    let no_key = (404, r#"{"error":{"code":404,"status":"NOT_FOUND","message":"gossip"}}"#);
    stands(&Service { peer: &peer, provider: &provider, denied, no_key, secret: TOKEN }).await;
    let disabled = r#"{"error":{"code":400,"status":"FAILED_PRECONDITION","message":"gossip"}}"#;
    peer.next([Fault::Status(400, disabled)]);
    let why = uses(&provider).await.unwrap_err().to_string();
    assert!(why.contains("the key is not there, or disabled: HTTP 400 FAILED_PRECONDITION"), "{why}");
}

#[tokio::test]
async fn wrong_checksums_are_noticed_on_both_sides() {
    let peer = Peer::start(kms).await;
    let (_folder, file) = written(TOKEN);
    let provider = opened(&settings(&text(&peer, &format!("token_file = {file:?}"))), &[]).unwrap().provider;
    let unlooked = r#"{"ciphertext":"YmxvYg==","ciphertextCrc32c":"1","verifiedPlaintextCrc32c":true}"#;
    let changed = r#"{"ciphertext":"YmxvYg==","ciphertextCrc32c":"1","verifiedPlaintextCrc32c":true,"verifiedAdditionalAuthenticatedDataCrc32c":true}"#;
    for (body, words) in [(unlooked, "it did not look at the checksums"), (changed, "its checksum is wrong")] {
        peer.next([Fault::Status(200, body)]);
        let why = uses(&provider).await.unwrap_err().to_string();
        assert!(why.contains(words), "{why}");
    }
    let bytes = peer.take();
    assert!(bytes[0].json()["plaintextCrc32c"].is_string(), "64-bit numbers are texts in Google's JSON");
}

fn tokens(asked: &Seen) -> peta_testkit::services::Reply {
    assert!(
        asked.body.starts_with("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion="),
        "{}",
        asked.body
    );
    let assertion = asked.body.rsplit('=').next().unwrap();
    let parts: Vec<_> = assertion.split('.').collect();
    assert_eq!(parts.len(), 3);
    let claims = json!({ "iss": "peta@p-1.iam.gserviceaccount.com", "scope": "https://www.googleapis.com/auth/cloudkms",
                         "aud": "https://oauth2.googleapis.com/token", "iat": 1_796_032_800, "exp": 1_796_036_400 });
    let said: serde_json::Value = serde_json::from_slice(&unbase64(parts[1])).unwrap();
    assert_eq!(said, claims);
    let public = include_bytes!("account.der");
    let key = aws_lc_rs::signature::UnparsedPublicKey::new(&aws_lc_rs::signature::RSA_PKCS1_2048_8192_SHA256, public);
    key.verify(format!("{}.{}", parts[0], parts[1]).as_bytes(), &unbase64(parts[2])).unwrap();
    (200, json!({ "access_token": TOKEN, "expires_in": 3599, "token_type": "Bearer" }).to_string())
}

fn unbase64(text: &str) -> Vec<u8> {
    let value = |letter: u8| (0..64).find(|v| base64(&[v << 2], true).as_bytes()[0] == letter).unwrap();
    let mut bytes = Vec::new();
    for chunk in text.as_bytes().chunks(4) {
        let word =
            chunk.iter().fold(0_u32, |word, letter| word << 6 | u32::from(value(*letter))) << (6 * (4 - chunk.len()));
        bytes.extend_from_slice(&word.to_be_bytes()[1..chunk.len()]);
    }
    bytes
}

#[tokio::test]
async fn a_service_account_signs_who_it_is() {
    let (peer, lender) = (Peer::start(kms).await, Peer::start(|asked, _| tokens(asked)).await);
    let account = json!({
        "type": "service_account", "client_email": "peta@p-1.iam.gserviceaccount.com", "private_key_id": "abc",
        "private_key": include_str!("account.pem"), "token_uri": "https://oauth2.googleapis.com/token",
    });
    let (_folder, file) = written(&account.to_string());
    let config = settings(&text(&peer, &format!("token_endpoint = \"{}\"", lender.origin)));
    let variables = [("GOOGLE_APPLICATION_CREDENTIALS", file.to_str().unwrap())];
    let provider = opened(&config, &variables).unwrap().provider;
    is_used(&provider).await;
    assert_eq!(lender.take().len(), 1, "kept for the second question");

    peer.next([Fault::Status(401, "")]);
    assert!(uses(&provider).await.is_err());
    is_used(&provider).await;
    assert_eq!(lender.take().len(), 1, "one that is not taken any more is lent anew");

    let elsewhere = account.to_string().replace("oauth2.googleapis.com", "tokens.example.com");
    std::fs::write(&file, elsewhere).unwrap();
    let provider = opened(&settings(&text(&peer, "")), &variables).unwrap().provider;
    let why = uses(&provider).await.unwrap_err().to_string();
    assert!(why.contains("its token_uri is not one of Google's") && !why.contains("PRIVATE"), "{why}");
}

#[tokio::test]
async fn the_metadata_service_lends_the_machines_token() {
    let peer = Peer::start(kms).await;
    let lender = Peer::start(|asked, _| {
        assert_eq!(asked.header("metadata-flavor"), "Google");
        assert_eq!(asked.path, "/computeMetadata/v1/instance/service-accounts/default/token");
        (200, json!({ "access_token": TOKEN, "expires_in": 3599, "token_type": "Bearer" }).to_string())
    })
    .await;
    let further = format!("metadata = true\nmetadata_endpoint = \"{}\"", lender.origin);
    is_used(&opened(&settings(&text(&peer, &further)), &[]).unwrap().provider).await;
    assert_eq!(lender.take().len(), 1);
}

#[test]
fn settings_that_do_not_do_are_named() {
    let why = |text: &str| opened(&settings(text), &[]).err().unwrap().to_string();
    assert!(why("root = \"gcp\"").contains("`vault.gcp.key` is not set"));
    assert!(why(&format!("root = \"gcp\"\n[gcp]\nkey = \"{KEY}/cryptoKeyVersions/1\"")).contains("vault.gcp.key"));
    assert!(why(&format!("root = \"gcp\"\n[gcp]\nkey = \"{KEY}\"")).contains("GOOGLE_APPLICATION_CREDENTIALS"));
}
