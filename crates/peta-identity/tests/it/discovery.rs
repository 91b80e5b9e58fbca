//! Where metadata stands: the four layouts of the conformance suite, and servers of March 2025.

use peta_identity::oauth::{Challenge, Error, discover};
use serde_json::json;

use crate::{
    peer::{Peer, Said},
    script::{Script, provider, server},
    steps::{connected, dialed, fresh, introduced, us},
};

const PRM: &str = "/.well-known/oauth-protected-resource";
const PRM_MCP: &str = "/.well-known/oauth-protected-resource/mcp";
const OAUTH: &str = "/.well-known/oauth-authorization-server";
const OPENID: &str = "/.well-known/openid-configuration";

#[tokio::test]
async fn by_the_challenge_and_nothing_else() {
    let provider = provider(Script::default()).await;
    let server = server("/custom/metadata.json", &provider.origin, json!({})).await;
    let header = format!("Bearer resource_metadata=\"{}/custom/metadata.json\"", server.origin);
    let challenge = Challenge::find([header.as_str()]).unwrap();
    let found = discover(&dialed(), &format!("{}/mcp", server.origin), Some(&challenge), None).await.unwrap();
    assert_eq!(found.provider.issuer, provider.origin);
    assert_eq!(found.resource, format!("{}/mcp", server.origin));
    assert_eq!((server.paths(), provider.paths()), (vec!["/custom/metadata.json".to_owned()], vec![OAUTH.to_owned()]));
}

#[tokio::test]
async fn with_the_path_then_at_the_root_and_openid_after_oauth() {
    let provider = provider(Script { metadata: Some(OPENID), ..Script::default() }).await;
    let at_path = server(PRM_MCP, &provider.origin, json!({})).await;
    discover(&dialed(), &format!("{}/mcp", at_path.origin), None, None).await.unwrap();
    assert_eq!(at_path.paths(), [PRM_MCP]);
    assert_eq!(provider.paths(), [OAUTH, OPENID]);
}

#[tokio::test]
async fn a_pathless_resource_is_named_as_it_names_itself() {
    let provider = provider(Script {
        path: "/tenant1",
        metadata: Some("/.well-known/oauth-authorization-server/tenant1"),
        ..Script::default()
    })
    .await;
    let issuer = format!("{}/tenant1", provider.origin);
    let server = Peer::start(|origin| {
        let document = json!({ "resource": origin, "authorization_servers": [issuer], "scopes_supported": ["a", "b"] });
        move |asked| if asked.path == PRM { Said::json(&document) } else { Said::nothing() }
    })
    .await;
    let (found, client) = introduced(&format!("{}/mcp", server.origin), None).await.unwrap();
    assert_eq!(server.paths(), [PRM_MCP, PRM]);
    assert_eq!(found.scopes.as_ref().unwrap().join(" "), "a b");
    let grant = connected(&found, &client, found.scopes.as_ref()).await.unwrap();
    assert_eq!(grant.source.resource.as_deref(), Some(server.origin.as_str()));
    for path in ["/tenant1/authorize", "/tenant1/token"] {
        assert_eq!(provider.last(path).get("resource"), Some(server.origin.clone()), "no slash is added");
    }
}

#[tokio::test]
async fn openid_behind_the_path_comes_last() {
    let at = "/tenant1/.well-known/openid-configuration";
    let provider = provider(Script { path: "/tenant1", metadata: Some(at), ..Script::default() }).await;
    let server = server(PRM_MCP, &format!("{}/tenant1", provider.origin), json!({})).await;
    discover(&dialed(), &format!("{}/mcp", server.origin), None, None).await.unwrap();
    let tried = [format!("{OAUTH}/tenant1"), format!("{OPENID}/tenant1"), at.to_owned()];
    assert_eq!(provider.paths(), tried);
}

#[tokio::test]
async fn a_server_of_march_2025_is_its_own_authorization_server() {
    for metadata in [Some(OAUTH), None] {
        let registers = json!({ "token_endpoint_auth_method": null });
        let peer = provider(Script { metadata, registers, ..Script::default() }).await;
        let (found, client) = introduced(&format!("{}/mcp", peer.origin), None).await.unwrap();
        assert_eq!((found.provider.issuer.as_str(), client.id.as_str()), (peer.origin.as_str(), "registered"));
        let grant = connected(&found, &client, None).await.unwrap();
        assert_eq!(grant.source.token_endpoint, format!("{}/token", peer.origin));
    }
}

#[tokio::test]
async fn pages_for_people_are_no_metadata() {
    let provider = provider(Script::default()).await;
    let issuer = provider.origin.clone();
    let server = Peer::start(|origin| {
        let document = json!({ "resource": origin, "authorization_servers": [issuer] });
        move |asked| if asked.path == PRM { Said::json(&document) } else { Said::page() }
    })
    .await;
    let found = discover(&dialed(), &format!("{}/mcp", server.origin), None, None).await.unwrap();
    assert_eq!(found.provider.issuer, provider.origin);
}

#[tokio::test]
async fn the_preferred_authorization_server_is_taken_if_it_is_named() {
    let (one, two) = (provider(Script::default()).await, provider(Script::default()).await);
    let server = server(PRM_MCP, "", json!({ "authorization_servers": [one.origin, two.origin] })).await;
    let url = format!("{}/mcp", server.origin);
    for (preferred, issuer) in
        [(None, &one.origin), (Some(two.origin.as_str()), &two.origin), (Some("https://evil.example"), &one.origin)]
    {
        let found = discover(&dialed(), &url, None, preferred).await.unwrap();
        assert_eq!(found.provider.issuer, *issuer);
    }
}

#[tokio::test]
async fn metadata_may_be_sent_on_three_times_and_no_more() {
    for (hops, enough) in [(3, true), (4, false)] {
        let provider = provider(Script::default()).await;
        let issuer = provider.origin.clone();
        let server = Peer::start(|origin| {
            let document = json!({ "resource": origin, "authorization_servers": [issuer] });
            move |asked| match asked.path.strip_prefix("/hop/").map(|left| left.parse::<usize>().unwrap()) {
                Some(0) => Said::json(&document),
                Some(left) => Said::Redirect { status: 302, to: format!("/hop/{}", left - 1) },
                None if asked.path == PRM => Said::Redirect { status: 307, to: format!("/hop/{}", hops - 1) },
                None => Said::nothing(),
            }
        })
        .await;
        let found = discover(&dialed(), &server.origin, None, None).await;
        assert_eq!(found.is_ok(), enough, "{found:?}");
    }
}

#[tokio::test]
async fn a_server_that_moved_to_another_authorization_server_is_noticed() {
    let (one, two) = (provider(Script::default()).await, provider(Script::default()).await);
    let flips = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let (flip, issuers) = (flips.clone(), [one.origin.clone(), two.origin.clone()]);
    let server = Peer::start(|origin| {
        let resource = format!("{origin}/mcp");
        move |_| {
            let issuer = &issuers[usize::from(flip.load(std::sync::atomic::Ordering::Relaxed))];
            Said::json(&json!({ "resource": resource, "authorization_servers": [issuer] }))
        }
    })
    .await;
    let url = format!("{}/mcp", server.origin);
    let (found, client) = introduced(&url, None).await.unwrap();
    let grant = connected(&found, &client, None).await.unwrap();
    assert!(discover(&dialed(), &url, None, None).await.unwrap().knows(&grant));
    flips.store(true, std::sync::atomic::Ordering::Relaxed);
    let moved = discover(&dialed(), &url, None, None).await.unwrap();
    assert!(!moved.knows(&grant));
    // The client of the one is not shown to the other, and a new one is registered.
    let again =
        peta_identity::oauth::register(&dialed(), &moved, &us(), None, Some(&client), fresh(0).now).await.unwrap();
    assert_eq!(again.issuer, two.origin);
    assert!(matches!(connected(&moved, &client, None).await, Err(Error::OtherIssuer)));
    assert_eq!(two.paths().iter().filter(|path| *path == "/register").count(), 1);
}
