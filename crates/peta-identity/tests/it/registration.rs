//! Becoming a client: in the specification's order, by the way of proof that the server takes.

use peta_identity::oauth::{
    Client, Error, Given, Method, Registrant, Secret, client_document, discover, refresh, register,
};
use serde_json::{Value, json};

use crate::{
    peer::Peer,
    script::{Script, provider, server},
    steps::{BACK, connected, dialed, fresh, introduced, us},
};

const PRM_MCP: &str = "/.well-known/oauth-protected-resource/mcp";
const DOCUMENT: &str = "https://peta.example.com/oauth/client.json";

async fn with(says: Value, registers: Value) -> (Peer, String) {
    let provider = provider(Script { says, registers, ..Script::default() }).await;
    let server = server(PRM_MCP, &provider.origin, json!({})).await;
    (provider, format!("{}/mcp", server.origin))
}

fn given(secret: Option<&str>) -> Given {
    Given { issuer: None, id: "pre registered".to_owned(), secret: secret.map(Secret::from), key: None, method: None }
}

#[tokio::test]
async fn what_was_entered_comes_first_then_the_document_then_registration() {
    let (provider, url) = with(json!({ "client_id_metadata_document_supported": true }), json!({})).await;
    let found = discover(&dialed(), &url, None, None).await.unwrap();
    let with_document = Registrant { document: Some(DOCUMENT.to_owned()), ..us() };
    let now = fresh(0).now;
    let entered = register(&dialed(), &found, &with_document, Some(&given(None)), None, now).await.unwrap();
    assert_eq!(entered.id, "pre registered");
    let by_document = register(&dialed(), &found, &with_document, None, None, now).await.unwrap();
    assert_eq!((by_document.id.as_str(), by_document.proof.method()), (DOCUMENT, Method::None));
    assert!(!provider.paths().contains(&"/register".to_owned()));
    connected(&found, &by_document, None).await.unwrap();
    assert_eq!(provider.last("/authorize").get("client_id").as_deref(), Some(DOCUMENT));
    let registered = register(&dialed(), &found, &us(), None, None, now).await.unwrap();
    assert_eq!(registered.id, "registered");
    let asked: Value = serde_json::from_str(&provider.last("/register").body).unwrap();
    assert_eq!(asked["redirect_uris"], json!([us().redirect_for(&provider.origin)]));
    assert_ne!(us().redirect_for(&provider.origin), us().redirect_for("https://as.example.com"));
    assert_eq!(asked["grant_types"], json!(["authorization_code", "refresh_token"]));
    assert_eq!(asked["application_type"], "native");
}

#[tokio::test]
async fn a_registered_client_is_used_again_and_outlives_a_restart() {
    let (provider, url) = with(json!({}), json!({ "client_secret_expires_at": 500 })).await;
    let (found, client) = introduced(&url, None).await.unwrap();
    let kept = Client::from_bytes(&client.to_bytes()).unwrap();
    assert_eq!(kept.to_bytes().as_slice(), client.to_bytes().as_slice());
    let counted = || provider.paths().iter().filter(|path| *path == "/register").count();
    let again = register(&dialed(), &found, &us(), None, Some(&kept), fresh(499).now).await.unwrap();
    assert_eq!((again.id.as_str(), counted()), ("registered", 1));
    register(&dialed(), &found, &us(), None, Some(&kept), fresh(500).now).await.unwrap();
    assert_eq!(counted(), 2, "its secret had run out");
    let elsewhere = Registrant { redirect_uri: "https://peta.example.com/oauth/callback".to_owned(), ..us() };
    register(&dialed(), &found, &elsewhere, None, Some(&kept), fresh(0).now).await.unwrap();
    assert_eq!(counted(), 3, "people come back to another place");
}

#[tokio::test]
async fn no_way_in_says_that_somebody_must_enter_a_client() {
    let (_provider, url) = with(json!({ "registration_endpoint": null }), json!({})).await;
    assert!(matches!(introduced(&url, None).await, Err(Error::NoRegistration)));
}

#[tokio::test]
async fn the_ways_of_proof() {
    let table = [
        (json!(["none"]), Method::None),
        (json!(["client_secret_post"]), Method::Post),
        (json!(["client_secret_basic"]), Method::Basic),
        (json!(["none", "client_secret_basic", "client_secret_post"]), Method::Post),
        (Value::Null, Method::Basic),
    ];
    for (methods, expected) in table {
        let says = json!({ "token_endpoint_auth_methods_supported": methods });
        let (provider, url) = with(says, json!({ "client_secret": "s:1 %" })).await;
        let (found, client) = introduced(&url, None).await.unwrap();
        assert_eq!(client.proof.method(), expected, "{methods}");
        let grant = connected(&found, &client, None).await.unwrap();
        refresh(&dialed(), &grant, &client, &fresh(200)).await.unwrap();
        let asked = provider.last("/token");
        let header = asked.headers.get("authorization").map(|value| value.to_str().unwrap());
        // registered:s%3A1%20%25
        let basic = (expected == Method::Basic).then_some("Basic cmVnaXN0ZXJlZDpzJTNBMSUyMCUyNQ==");
        assert_eq!(header, basic, "{methods}");
        assert_eq!(asked.get("client_id").is_some(), expected != Method::Basic);
        assert_eq!(asked.get("client_secret").as_deref(), (expected == Method::Post).then_some("s:1 %"));
    }
}

#[tokio::test]
async fn what_was_entered_is_proven_as_the_server_takes_it() {
    for (methods, expected) in [
        (json!(["client_secret_post"]), Ok(Method::Post)),
        (json!(["client_secret_basic", "client_secret_post"]), Ok(Method::Basic)),
        (Value::Null, Ok(Method::Basic)),
        (json!(["private_key_jwt"]), Err(())),
    ] {
        let (_, url) = with(json!({ "token_endpoint_auth_methods_supported": methods }), json!({})).await;
        let introduced = introduced(&url, Some(&given(Some("s3cret")))).await;
        assert_eq!(introduced.map(|(_, client)| client.proof.method()).map_err(|_| ()), expected, "{methods}");
    }
    let (_, url) = with(json!({}), json!({})).await;
    let other = Given { issuer: Some("https://other.example.com".to_owned()), ..given(Some("s3cret")) };
    assert!(matches!(introduced(&url, Some(&other)).await, Err(Error::OtherIssuer)));
}

#[test]
fn the_document_says_its_own_url() {
    let us = Registrant { document: Some(DOCUMENT.to_owned()), ..us() };
    let document: Value = serde_json::from_str(&client_document(&us).unwrap()).unwrap();
    assert_eq!((&document["client_id"], &document["redirect_uris"][0]), (&DOCUMENT.into(), &BACK.into()));
    assert_eq!((&document["client_name"], &document["token_endpoint_auth_method"]), (&"Peta".into(), &"none".into()));
    for bad in ["https://peta.example.com", "https://peta.example.com/", "http://peta.example.com/x", "peta"] {
        let us = Registrant { document: Some(bad.to_owned()), ..us.clone() };
        assert!(matches!(client_document(&us), Err(Error::BadDocument)), "{bad}");
    }
}
