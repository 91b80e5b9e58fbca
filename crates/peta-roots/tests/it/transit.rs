//! Transit, as its documentation says that it behaves.

use peta_roots::Provider;
use peta_testkit::services::{
    Peer,
    transit::{TOKEN, bound, unbound},
};

use crate::{
    weather::{Service, is_found_unbound, is_used, stands, uses},
    world::{opened, settings},
};

pub(crate) fn provider(peer: &Peer, further: &str) -> Provider {
    let text =
        format!("root = \"transit\"\n[transit]\naddress = \"{}\"\nmount = \"team/transit\"\n{further}", peer.origin);
    opened(&settings(&text), &[("VAULT_TOKEN", TOKEN)]).unwrap().provider
}

#[tokio::test]
async fn it_stands_all_weathers() {
    let peer = Peer::start(bound).await;
    let denied = (403, r#"{"errors":["1 error occurred: gossip permission denied"]}"#);
    let no_key = (400, r#"{"errors":["encryption key not found"]}"#);
    stands(&Service { peer: &peer, provider: &provider(&peer, ""), denied, no_key, secret: TOKEN }).await;
    let derived = provider(&peer, "derived = true");
    stands(&Service { peer: &peer, provider: &derived, denied, no_key, secret: TOKEN }).await;
}

#[tokio::test]
async fn requests_are_as_documented() {
    let peer = Peer::start(bound).await;
    let provider = provider(&peer, "namespace = \"eng\"");
    assert_eq!(provider.name(), format!("transit:{}/eng/team/transit/peta", peer.origin));
    is_used(&provider).await;
    let asked = peer.take();
    assert_eq!((asked[0].header("x-vault-namespace"), asked[0].header("content-type")), ("eng", "application/json"));
    assert_eq!(asked[0].json()["plaintext"].as_str().unwrap().len(), 44);
    assert!(asked[0].json()["associated_data"].is_string() && asked[0].json()["context"].is_null());
}

#[tokio::test]
async fn a_server_that_passes_over_the_context_is_found_out() {
    let peer = Peer::start(unbound).await;
    is_found_unbound(&provider(&peer, "")).await;
}

#[tokio::test]
async fn a_token_file_is_read_anew() {
    let peer = Peer::start(bound).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    std::fs::write(&file, "hvs.old").unwrap();
    let provider = provider(&peer, &format!("token_file = {file:?}"));
    assert!(uses(&provider).await.is_err());
    std::fs::write(&file, format!("{TOKEN}\n")).unwrap();
    is_used(&provider).await;
    std::fs::remove_file(&file).unwrap();
    let away = uses(&provider).await.unwrap_err().to_string();
    assert!(away.contains("what Core proves itself with"), "{away}");
}

#[tokio::test]
async fn a_sealed_server_and_one_that_is_not_there_are_away() {
    let peer = Peer::start(|_, _| (503, r#"{"errors":["Vault is sealed"]}"#.to_owned())).await;
    let sealed = uses(&provider(&peer, "")).await.unwrap_err().to_string();
    assert!(sealed.contains("it is sealed"), "{sealed}");
    let text = "root = \"transit\"\n[transit]\naddress = \"http://127.0.0.1:9\"";
    let provider = opened(&settings(text), &[("VAULT_TOKEN", TOKEN)]).unwrap().provider;
    let away = uses(&provider).await.unwrap_err().to_string();
    assert!(away.contains("it does not accept connections"), "{away}");
}

#[test]
fn a_moved_server_may_be_known_as_what_it_was() {
    let name = |further: &str| {
        let text = format!("root = \"transit\"\n[transit]\naddress = \"https://new.example.com\"\n{further}");
        opened(&settings(&text), &[("VAULT_TOKEN", TOKEN)]).unwrap().provider.name().to_owned()
    };
    assert_eq!(name(""), "transit:https://new.example.com/transit/peta");
    assert_eq!(
        name("known_as = \"https://old.example.com:8200/\""),
        "transit:https://old.example.com:8200/transit/peta"
    );
}

#[test]
fn settings_that_do_not_do_are_named() {
    let why = |text: &str| opened(&settings(text), &[]).err().unwrap().to_string();
    let root = "root = \"transit\"\n[transit]\n";
    assert!(why(root).contains("`vault.transit.address` is not set"));
    assert!(why(&format!("{root}address = \"http://vault.example.com\"")).contains("https://"));
    assert!(why(&format!("{root}address = \"https://vault.example.com\"")).contains("VAULT_TOKEN"));
    assert!(why(&format!("{root}address = \"https://vault.example.com\"\nkey = \"a/../b\"")).contains("transit.key"));
    assert!(
        why(&format!("{root}address = \"https://vault.example.com\"\nmount = \"a/../b\"")).contains("transit.mount")
    );
}
