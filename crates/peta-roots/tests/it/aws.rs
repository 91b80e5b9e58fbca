//! AWS KMS and STS, as their documentation says that they behave.

use peta_testkit::services::{
    Fault, Peer,
    aws::{KEYS, kms},
};
use serde_json::{Value, json};

use crate::{
    weather::{Service, is_used, stands, uses},
    world::{opened, opened_at, settings},
};

const ID: &str = "1234abcd-12ab-34cd-56ef-1234567890ab";

fn text(peer: &Peer, further: &str) -> String {
    format!(
        "root = \"aws\"\n[aws]\nkey = \"arn:aws:kms:eu-central-1:111122223333:key/{ID}\"\nendpoint = \"{}\"\n{further}",
        peer.origin
    )
}

#[tokio::test]
async fn it_stands_all_weathers() {
    let peer = Peer::start(kms).await;
    let provider = opened(&settings(&text(&peer, "")), &KEYS).unwrap().provider;
    assert_eq!(provider.name(), format!("aws:{ID}"));
    let denied = (400, r#"{"__type":"com.amazonaws.kms#AccessDeniedException","message":"gossip"}"#);
    let no_key = (400, r#"{"__type":"NotFoundException","message":"gossip"}"#);
    stands(&Service { peer: &peer, provider: &provider, denied, no_key, secret: KEYS[1].1 }).await;
    peer.next([
        Fault::Status(400, r#"{"__type":"ThrottlingException"}"#),
        Fault::Status(400, r#"{"__type":"ThrottlingException"}"#),
    ]);
    is_used(&provider).await;
}

#[tokio::test]
async fn requests_are_signed_and_bound() {
    let peer = Peer::start(kms).await;
    is_used(&opened(&settings(&text(&peer, "")), &KEYS).unwrap().provider).await;
    let asked = &peer.take()[0];
    assert_eq!(asked.header("x-amz-date"), "20261130T100000Z");
    assert_eq!(asked.header("x-amz-security-token"), "session-token");
    let signed = asked.header("authorization");
    assert!(
        signed.starts_with("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261130/eu-central-1/kms/aws4_request, "),
        "{signed}"
    );
    assert!(
        signed.contains("SignedHeaders=content-type;host;x-amz-date;x-amz-security-token;x-amz-target, "),
        "{signed}"
    );
    assert_eq!(format!("http://{}", asked.header("host")), peer.origin);
    let hex = |byte: &str| Value::from(byte.repeat(16));
    let bound =
        json!({ "peta:install": hex("11"), "peta:tenant": hex("22"), "peta:purpose": "vault", "peta:kek": hex("01") });
    assert_eq!(asked.json()["EncryptionContext"], bound);
}

#[tokio::test]
async fn a_token_of_kubernetes_is_lent_an_access_key_while_it_lives() {
    let sts = Peer::start(|asked, _| {
        assert!(asked.headers.get("authorization").is_none());
        assert!(
            asked.body.contains("Action=AssumeRoleWithWebIdentity")
                && asked.body.contains("&WebIdentityToken=projected"),
            "{}",
            asked.body
        );
        let body = "<AssumeRoleWithWebIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\n\
                    <AssumeRoleWithWebIdentityResult><Credentials><SessionToken>lent-token</SessionToken>\n\
                    <SecretAccessKey>lent-secret</SecretAccessKey><Expiration>2026-11-30T11:00:00Z</Expiration>\n\
                    <AccessKeyId>ASIALENT</AccessKeyId></Credentials></AssumeRoleWithWebIdentityResult>\n\
                    </AssumeRoleWithWebIdentityResponse>";
        (200, body.to_owned())
    })
    .await;
    let peer = Peer::start(kms).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    std::fs::write(&file, "projected\n").unwrap();
    let variables = [
        ("AWS_WEB_IDENTITY_TOKEN_FILE", file.to_str().unwrap()),
        ("AWS_ROLE_ARN", "arn:aws:iam::111122223333:role/peta"),
    ];
    let config = settings(&text(&peer, &format!("sts_endpoint = \"{}\"", sts.origin)));
    is_used(&opened(&config, &variables).unwrap().provider).await;
    assert_eq!(sts.take().len(), 1, "kept for the second question");
    let asked = peer.take();
    assert!(asked[0].header("authorization").contains("Credential=ASIALENT/"));
    assert_eq!(asked[0].header("x-amz-security-token"), "lent-token");

    let late = opened_at(&config, &variables, "2026-11-30T10:59:00Z").unwrap().provider;
    is_used(&late).await;
    assert_eq!(sts.take().len(), 2, "one that is about to end is not kept");

    let denied = "<ErrorResponse><Error><Type>Sender</Type><Code>InvalidIdentityToken</Code><Message>gossip</Message></Error></ErrorResponse>";
    sts.next([Fault::Status(400, denied)]);
    let why = uses(&opened(&config, &variables).unwrap().provider).await.unwrap_err().to_string();
    assert!(why.contains("HTTP 400 InvalidIdentityToken") && !why.contains("gossip"), "{why}");
}

#[test]
fn settings_that_do_not_do_are_named() {
    let why = |text: &str, variables: &[(&str, &str)]| opened(&settings(text), variables).err().unwrap().to_string();
    assert!(why("root = \"aws\"", &KEYS).contains("`vault.aws.key` is not set"));
    assert!(why("root = \"aws\"\n[aws]\nkey = \"alias/peta\"", &KEYS).contains("vault.aws.key"));
    let id = format!("root = \"aws\"\n[aws]\nkey = \"{ID}\"");
    assert!(why(&id, &KEYS).contains("`vault.aws.region` is not set"));
    assert!(why(&id, &[("AWS_REGION", "eu-central-1")]).contains("AWS_ACCESS_KEY_ID"));
}
