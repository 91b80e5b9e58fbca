//! Peta on its own behalf, with a secret and with a private key.

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use peta_identity::oauth::{Client, Error, Given, Grant, Method, Scopes, Secret, SigningKey, connect_own, refresh};
use serde_json::{Value, json};

use crate::{
    peer::Peer,
    script::{Script, provider, server},
    steps::{dialed, fresh, introduced},
};

async fn world(methods: Value) -> (Peer, String) {
    let says = json!({
        "token_endpoint_auth_methods_supported": methods, "authorization_endpoint": null, "registration_endpoint": null,
        "token_endpoint_auth_signing_alg_values_supported": ["ES256"],
        "code_challenge_methods_supported": null, "grant_types_supported": ["client_credentials"],
    });
    let provider = provider(Script { says, ..Script::default() }).await;
    let server = server("/.well-known/oauth-protected-resource/mcp", &provider.origin, json!({})).await;
    (provider, format!("{}/mcp", server.origin))
}

fn given() -> Given {
    Given { issuer: None, id: "peta".to_owned(), secret: None, key: None, method: None }
}

#[tokio::test]
async fn with_a_secret() {
    let (provider, url) = world(json!(["client_secret_basic"])).await;
    let given = Given { secret: Some(Secret::from("s3cret")), ..given() };
    let (found, client) = introduced(&url, Some(&given)).await.unwrap();
    let grant = connect_own(&dialed(), &found, &client, Some(&Scopes::read("a b")), &fresh(100)).await.unwrap();
    let asked = provider.last("/token");
    assert_eq!(asked.get("grant_type").as_deref(), Some("client_credentials"));
    assert_eq!((asked.get("scope").as_deref(), asked.get("resource")), (Some("a b"), Some(url)));
    assert_eq!(asked.headers["authorization"], "Basic cGV0YTpzM2NyZXQ=");
    assert!(grant.own && grant.refresh.is_none(), "a refresh token is not for this");
    let kept = Grant::from_bytes(&grant.to_bytes()).unwrap();
    let again = refresh(&dialed(), &kept, &client, &fresh(200)).await.unwrap();
    assert_eq!((again.access.reveal(), again.own), ("at-2", true));
    assert_eq!(provider.last("/token").get("scope").as_deref(), Some("a b"));
}

#[tokio::test]
async fn with_a_private_key() {
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
    let key = SigningKey::new(pem(pair.to_pkcs8v1().unwrap().as_ref()), Some("k1".to_owned())).unwrap();
    let (provider, url) = world(json!(["private_key_jwt", "client_secret_basic"])).await;
    let given = Given { key: Some(key), secret: Some(Secret::from("s3cret")), ..given() };
    let (found, client) = introduced(&url, Some(&given)).await.unwrap();
    assert_eq!(client.proof.method(), Method::Key);
    let client = Client::from_bytes(&client.to_bytes()).unwrap();
    connect_own(&dialed(), &found, &client, None, &fresh(100)).await.unwrap();
    let asked = provider.last("/token");
    let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    assert_eq!(asked.get("client_assertion_type").as_deref(), Some(kind));
    assert_eq!(asked.get("client_assertion").unwrap().split('.').count(), 3);
    assert!(asked.headers.get("authorization").is_none() && asked.get("client_secret").is_none());
    connect_own(&dialed(), &found, &client, None, &fresh(101)).await.unwrap();
    assert_ne!(asked.get("client_assertion"), provider.last("/token").get("client_assertion"));
}

#[tokio::test]
async fn a_person_cannot_connect_where_there_is_no_page() {
    let (_provider, url) = world(json!(["client_secret_basic"])).await;
    let given = Given { secret: Some(Secret::from("s3cret")), ..given() };
    let (found, client) = introduced(&url, Some(&given)).await.unwrap();
    let refused = crate::steps::connected(&found, &client, None).await;
    assert!(matches!(refused, Err(Error::NoPkce)));
}

fn pem(der: &[u8]) -> Secret {
    let digits = crate::script::base64url(der).replace('-', "+").replace('_', "/");
    Secret::new(format!("-----BEGIN PRIVATE KEY-----\n{digits}\n-----END PRIVATE KEY-----\n"))
}
