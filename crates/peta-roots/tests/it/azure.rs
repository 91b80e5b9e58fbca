//! Azure Key Vault, Entra's tokens and managed identities, as their documentation says that they behave.

use peta_testkit::services::{
    Fault, Peer, Reply, Seen,
    azure::{TOKEN, vault},
    base64,
};
use serde_json::json;

use crate::{
    weather::{Service, is_used, stands, uses},
    world::{opened, settings},
};

fn text(peer: &Peer, further: &str) -> String {
    format!(
        "root = \"azure\"\n[azure]\nvault = \"https://peta.vault.azure.net\"\nkey = \"root\"\nendpoint = \"{}\"\n{further}",
        peer.origin
    )
}

fn token_file() -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    std::fs::write(&file, TOKEN).unwrap();
    (folder, format!("token_file = {file:?}"))
}

#[tokio::test]
async fn it_stands_all_weathers() {
    let peer = Peer::start(vault).await;
    let (_folder, file) = token_file();
    for algorithm in ["RSA-OAEP-256", "A256KW"] {
        let further = format!("{file}\nalgorithm = \"{algorithm}\"");
        let provider = opened(&settings(&text(&peer, &further)), &[]).unwrap().provider;
        assert_eq!(provider.name(), "azure:https://peta.vault.azure.net/keys/root");
        let denied =
            (403, r#"{"error":{"code":"Forbidden","message":"gossip","innererror":{"code":"ForbiddenByRbac"}}}"#);
        let no_key = (404, r#"{"error":{"code":"KeyNotFound","message":"gossip"}}"#);
        stands(&Service { peer: &peer, provider: &provider, denied, no_key, secret: TOKEN }).await;
        let disabled = r#"{"error":{"code":"Forbidden","message":"gossip","innererror":{"code":"KeyDisabled"}}}"#;
        peer.next([Fault::Status(403, disabled)]);
        let why = uses(&provider).await.unwrap_err().to_string();
        assert!(why.contains("the key is not there, or disabled: HTTP 403 KeyDisabled"), "{why}");
        peer.take();
    }
}

#[tokio::test]
async fn azure_never_sees_the_key() {
    let peer = Peer::start(vault).await;
    let (_folder, file) = token_file();
    let provider = opened(&settings(&text(&peer, &file)), &[]).unwrap().provider;
    is_used(&provider).await;
    let key = peta_vault::Key::random(&mut crate::world::Counting(40)).unwrap();
    let key = key.with(|key| base64(key, true));
    let asked = peer.take();
    assert!(asked.iter().all(|asked| asked.json()["value"] != key.as_str()));
    assert_eq!(asked[0].json()["alg"], "RSA-OAEP-256");
}

fn lends(asked: &Seen, expected: &[&str]) -> Reply {
    for member in expected {
        assert!(asked.body.contains(member) || asked.path.contains(member), "{member}: {asked:?}");
    }
    // The metadata service writes the number as a text.
    let life = if asked.body.is_empty() { json!("3599") } else { json!(3599) };
    (200, json!({ "access_token": TOKEN, "expires_in": life, "token_type": "Bearer" }).to_string())
}

#[tokio::test]
async fn an_application_proves_itself_with_a_secret() {
    let peer = Peer::start(vault).await;
    let scope = "&scope=https%3A%2F%2Fvault.azure.net%2F.default";
    let expected =
        ["/t-1/oauth2/v2.0/token", "grant_type=client_credentials", "client_id=c-1", scope, "client_secret=s3cret%3D"];
    let lender = Peer::start(move |asked, _| lends(asked, &expected)).await;
    let config =
        settings(&text(&peer, &format!("authority = \"{}/\"\ntenant = \"t-1\"\nclient = \"c-1\"", lender.origin)));
    let provider = opened(&config, &[("AZURE_CLIENT_SECRET", "s3cret=")]).unwrap().provider;
    is_used(&provider).await;
    assert_eq!(lender.take().len(), 1);

    lender.next([Fault::Status(401, r#"{"error":"invalid_client","error_description":"gossip"}"#)]);
    let why =
        uses(&opened(&config, &[("AZURE_CLIENT_SECRET", "s3cret=")]).unwrap().provider).await.unwrap_err().to_string();
    assert!(why.contains("no token is given out: HTTP 401 invalid_client") && !why.contains("gossip"), "{why}");
}

#[tokio::test]
async fn kubernetes_proves_it_with_a_token() {
    let peer = Peer::start(vault).await;
    let expected =
        ["/t-1/oauth2/v2.0/token", "client_assertion_type=urn%3Aietf", "client_assertion=projected", "client_id=c-1"];
    let lender = Peer::start(move |asked, _| lends(asked, &expected)).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    std::fs::write(&file, "projected").unwrap();
    let variables = [
        ("AZURE_TENANT_ID", "t-1"),
        ("AZURE_CLIENT_ID", "c-1"),
        ("AZURE_AUTHORITY_HOST", lender.origin.as_str()),
        ("AZURE_FEDERATED_TOKEN_FILE", file.to_str().unwrap()),
    ];
    is_used(&opened(&settings(&text(&peer, "")), &variables).unwrap().provider).await;
    assert_eq!(lender.take().len(), 1);
}

#[tokio::test]
async fn machines_and_apps_have_an_identity_of_their_own() {
    let peer = Peer::start(vault).await;
    let resource = "resource=https%3A%2F%2Fvault.azure.net";
    let machine = Peer::start(move |asked, _| {
        assert_eq!((asked.method.as_str(), asked.header("metadata")), ("GET", "true"));
        lends(asked, &["/metadata/identity/oauth2/token?api-version=2018-02-01", resource])
    })
    .await;
    let further = format!("metadata = true\nmetadata_endpoint = \"{}\"", machine.origin);
    is_used(&opened(&settings(&text(&peer, &further)), &[]).unwrap().provider).await;
    assert_eq!(machine.take().len(), 1);

    let app = Peer::start(move |asked, _| {
        assert_eq!(asked.header("x-identity-header"), "app-header");
        lends(asked, &["/msi/token?api-version=2019-08-01", resource])
    })
    .await;
    let endpoint = format!("{}/msi/token", app.origin);
    let variables = [("IDENTITY_ENDPOINT", endpoint.as_str()), ("IDENTITY_HEADER", "app-header")];
    is_used(&opened(&settings(&text(&peer, "")), &variables).unwrap().provider).await;
    assert_eq!(app.take().len(), 1);
}

#[test]
fn settings_that_do_not_do_are_named() {
    let why = |text: &str| opened(&settings(text), &[]).err().unwrap().to_string();
    assert!(why("root = \"azure\"").contains("`vault.azure.vault` is not set"));
    let vault = "root = \"azure\"\n[azure]\nvault = \"https://peta.vault.azure.net\"\nkey = \"root\"\n";
    assert!(why(vault).contains("AZURE_FEDERATED_TOKEN_FILE"));
    assert!(why(&format!("{vault}version = \"../x\"")).contains("azure.version"));
}
