//! Servers and authorization servers that lie, stall, flood or point elsewhere (threats T46, T48, T50).

use std::{io, net::IpAddr, pin::Pin, sync::Arc, time::Duration};

use peta_dial::{Config, DialError, Dialer, Resolve};
use peta_identity::oauth::{
    Callback, Client, Dialed, Error, FetchError, Found, Proof, begin, connect_own, discover, finish, refresh,
};
use serde_json::{Value, json};

use crate::{
    peer::{Asked, Peer, Said},
    script::{Script, provider, server},
    steps::{BACK, ada, connected, dialed, fresh, introduced, us},
};

const PRM: &str = "/.well-known/oauth-protected-resource";
const PRM_MCP: &str = "/.well-known/oauth-protected-resource/mcp";

async fn world(script: Script) -> (Peer, Result<(Found, Client), Error>) {
    let provider = provider(script).await;
    let server = server(PRM_MCP, &provider.origin, json!({})).await;
    let introduced = introduced(&format!("{}/mcp", server.origin), None).await;
    (provider, introduced)
}

async fn saying(says: Value) -> Error {
    let (_provider, introduced) = world(Script { says, ..Script::default() }).await;
    let (found, client) = match introduced {
        Ok(introduced) => introduced,
        Err(error) => return error,
    };
    begin(&found, &client, None, ada(), &fresh(1)).unwrap_err()
}

#[tokio::test]
async fn oauth_client_hostile_issuers() {
    for issuer in ["https://evil.example.com", "http://127.0.0.1:1", ""] {
        assert!(matches!(saying(json!({ "issuer": issuer })).await, Error::IssuerMismatch), "{issuer}");
    }
    assert!(matches!(saying(json!({ "issuer": null })).await, Error::IssuerMismatch));
    // A slash more is another issuer.
    let provider = provider(Script::default()).await;
    let server = server(PRM_MCP, &format!("{}/", provider.origin), json!({})).await;
    let refused = introduced(&format!("{}/mcp", server.origin), None).await.unwrap_err();
    assert!(matches!(refused, Error::IssuerMismatch));
}

#[tokio::test]
async fn oauth_client_hostile_downgrades() {
    for methods in [json!(null), json!([]), json!(["plain"]), json!(["s256"])] {
        let says = json!({ "code_challenge_methods_supported": methods });
        assert!(matches!(saying(says).await, Error::NoPkce), "{methods}");
    }
    assert!(matches!(saying(json!({ "authorization_endpoint": null })).await, Error::NoAuthorizationEndpoint));
    assert!(matches!(saying(json!({ "token_endpoint": null })).await, Error::Garbled { .. }));
}

#[tokio::test]
async fn oauth_client_hostile_endpoints() {
    for member in ["authorization_endpoint", "token_endpoint", "registration_endpoint", "revocation_endpoint"] {
        for url in [
            "http://as.example.com/x",
            "http://10.0.0.1/x",
            "javascript:alert(1)",
            "https://a@b.example/",
            "https://169.254.169.254/",
        ] {
            let said = saying(json!({ member: url })).await;
            assert!(matches!(said, Error::Place { .. }), "{member} {url} {said:?}");
        }
    }
}

#[tokio::test]
async fn oauth_client_hostile_resources() {
    let provider = provider(Script::default()).await;
    let table = [
        json!({ "resource": "https://evil.example.com/mcp" }),
        json!({ "resource": format!("{}/mcp", provider.origin) }),
        json!({ "resource": null }),
        json!({ "resource": "mcp" }),
    ];
    for differs in table {
        let server = server(PRM_MCP, &provider.origin, differs.clone()).await;
        let refused = introduced(&format!("{}/mcp", server.origin), None).await.unwrap_err();
        assert!(matches!(refused, Error::ResourceMismatch), "{differs} {refused:?}");
    }
    for issuers in [json!(null), json!([])] {
        let server = server(PRM_MCP, "", json!({ "authorization_servers": issuers })).await;
        assert!(matches!(introduced(&format!("{}/mcp", server.origin), None).await, Err(Error::NoIssuer)));
    }
    assert!(provider.seen().is_empty());
}

/// Every name is at one address: what a public server's own names can do to whoever asks.
#[derive(Debug)]
struct Everywhere(IpAddr);

impl Resolve for Everywhere {
    fn resolve<'a>(&'a self, _: &'a str) -> Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send + 'a>> {
        Box::pin(async move { Ok(vec![self.0]) })
    }
}

#[tokio::test]
async fn oauth_client_hostile_places() {
    // A public server whose name resolves to an address inside: nothing is connected to.
    for address in ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1"] {
        let resolver = Arc::new(Everywhere(address.parse().unwrap()));
        let dialed = Dialed::new(Dialer::with_resolver(Config::default(), resolver).unwrap());
        let refused = discover(&dialed, "https://mcp.example.com/mcp", None, None).await.unwrap_err();
        let Error::Fetch { error: FetchError::Dial(DialError::Refused), .. } = refused else { panic!("{refused:?}") };
    }
    // One whose challenge names an address inside.
    for url in ["https://127.0.0.1/x", "http://mcp.example.com/x", "https://localhost/x", "https://db.internal/x"] {
        let header = format!("Bearer resource_metadata=\"{url}\"");
        let challenge = peta_identity::oauth::Challenge::find([header.as_str()]).unwrap();
        let refused = discover(&dialed(), "https://mcp.example.com/mcp", Some(&challenge), None).await.unwrap_err();
        assert!(matches!(refused, Error::Place { .. }), "{url} {refused:?}");
    }
}

#[tokio::test]
async fn oauth_client_hostile_redirects() {
    // Metadata that sends on: to another scheme, to what may never be dialled, to plain http elsewhere.
    for to in [
        "https://127.0.0.1:1/x",
        "http://169.254.169.254/latest",
        "http://as.example.com/x",
        "//10.0.0.1/x",
        "file:///etc/passwd",
    ] {
        let server = Peer::start(|_| move |_: &Asked| Said::Redirect { status: 302, to: to.to_owned() }).await;
        let refused = discover(&dialed(), &server.origin, None, None).await.unwrap_err();
        let expected = matches!(refused, Error::Fetch { error: FetchError::Redirected | FetchError::Place(_), .. });
        assert!(expected, "{to} {refused:?}");
        assert_eq!(server.seen().len(), 1);
    }
}

#[tokio::test]
async fn names_of_this_network_are_known_to_the_dialer() {
    let provider = provider(Script::default()).await;
    let port = provider.origin.rsplit(':').next().unwrap();
    let url = format!("http://mcp.corp.example.com:{port}/mcp");
    let resolver = || Arc::new(Everywhere("127.0.0.1".parse().unwrap()));
    let config = Config { private_names: vec!["corp.example.com".to_owned()], ..Config::default() };
    let dialed = Dialed::new(Dialer::with_resolver(config, resolver()).unwrap());
    // It is reached; then its own word counts, and plain http to another machine is no place for secrets.
    let refused = discover(&dialed, &url, None, None).await.unwrap_err();
    assert!(matches!(refused, Error::IssuerMismatch), "{refused:?}");
    let dialed = Dialed::new(Dialer::with_resolver(Config::default(), resolver()).unwrap());
    let refused = discover(&dialed, &url, None, None).await.unwrap_err();
    assert!(matches!(refused, Error::Fetch { error: FetchError::Dial(DialError::Refused), .. }), "{refused:?}");
}

/// A world whose token endpoint is another peer's; gives what the exchange of a code comes to.
async fn exchanged(token: Peer) -> Error {
    let says = json!({ "token_endpoint": format!("{}/token", token.origin) });
    let (_provider, introduced) = world(Script { says, ..Script::default() }).await;
    let (found, client) = introduced.unwrap();
    let begun = begin(&found, &client, None, ada(), &fresh(100)).unwrap();
    let callback = crate::steps::browse(&begun).await.unwrap();
    let dialed = dialed().within(Duration::from_millis(1_500));
    finish(&dialed, begun.pending, &client, callback, &ada(), &fresh(130)).await.unwrap_err()
}

async fn says(status: u16, media: &'static str, body: &str) -> Error {
    let body = body.to_owned();
    exchanged(Peer::start(|_| move |_: &Asked| Said::Text { status, media, body: body.clone() }).await).await
}

#[tokio::test]
async fn oauth_client_hostile_token_endpoints() {
    for (status, media, body) in [
        (200, "application/json", "garbage"),
        (200, "application/json", "[]"),
        (200, "application/json", "{\"access_token\":1,\"token_type\":\"bearer\"}"),
        (200, "application/json", "{\"token_type\":\"bearer\"}"),
        (200, "text/html", "{\"access_token\":\"x\",\"token_type\":\"bearer\"}"),
        (200, "", ""),
        (404, "text/html", "<html>"),
        (400, "application/json", "\u{0}"),
    ] {
        let refused = says(status, media, body).await;
        assert!(matches!(refused, Error::Garbled { .. }), "{status} {body} {refused:?}");
    }
    let deep = format!("{{\"access_token\":{}", "[".repeat(100_000));
    assert!(matches!(says(200, "application/json", &deep).await, Error::Garbled { .. }));
    for status in [429, 500, 503] {
        let refused = says(status, "application/json", "{\"error\":\"invalid_grant\"}").await;
        assert!(matches!(refused, Error::Busy { .. }) && refused.is_passing());
    }
    let refused = exchanged(Peer::start(|_| |_: &Asked| Said::Endless).await).await;
    assert!(matches!(refused, Error::Fetch { error: FetchError::TooLarge(limit), .. } if limit == 256 << 10));
    let refused = exchanged(Peer::start(|_| |_: &Asked| Said::Never).await).await;
    assert!(matches!(refused, Error::Fetch { error: FetchError::Slow, .. }));
}

#[tokio::test]
async fn oauth_client_hostile_token_redirects() {
    let thief = Peer::start(|_| |_: &Asked| Said::page()).await;
    for status in [301, 302, 303, 307, 308] {
        for to in [format!("{}/steal", thief.origin), "/elsewhere".to_owned()] {
            let token = Peer::start(|_| move |_: &Asked| Said::Redirect { status, to: to.clone() }).await;
            let refused = exchanged(token.clone()).await;
            assert!(matches!(refused, Error::Fetch { error: FetchError::Redirected, .. }), "{status}");
            assert_eq!(token.seen().len(), 1);
        }
    }
    assert!(thief.seen().is_empty());
}

#[tokio::test]
async fn oauth_client_hostile_tokens() {
    let with = |differs: Value| {
        let usual = json!({ "access_token": "at", "token_type": "Bearer" });
        let body = crate::script::merged(usual, &differs).to_string();
        async move { says(200, "application/json", &body).await }
    };
    for kind in [json!("mac"), json!("DPoP"), json!("N_A"), json!(null)] {
        assert!(matches!(with(json!({ "token_type": kind })).await, Error::NotBearer), "{kind}");
    }
    for token in ["", "a b", "a\r\nX-Evil: 1", "ü", &"a".repeat(17 << 10)] {
        assert!(matches!(with(json!({ "access_token": token })).await, Error::BadToken), "{token:.20}");
    }
    for lifetime in [json!(-1), json!(0), json!("soon"), json!(true), json!([]), json!(-1e9), json!(0.5)] {
        assert!(matches!(with(json!({ "expires_in": lifetime })).await, Error::BadLifetime), "{lifetime}");
    }
}

#[tokio::test]
async fn lifetimes_that_are_odd_but_meant() {
    let years = 10 * 366 * 24 * 3_600;
    for (lifetime, seconds) in [
        (json!(u64::MAX), years),
        (json!(1e300), years),
        (json!(i64::MAX), years),
        (json!("3600"), 3_600),
        (json!(3600.0), 3_600),
    ] {
        let (_provider, introduced) =
            world(Script { gives: json!({ "expires_in": lifetime }), ..Script::default() }).await;
        let (found, client) = introduced.unwrap();
        let grant = connected(&found, &client, None).await.unwrap();
        assert_eq!(grant.expires, Some(fresh(130 + seconds).now), "{lifetime}");
    }
}

#[tokio::test]
async fn oauth_client_hostile_registrations() {
    let table = [
        json!({ "redirect_uris": ["https://evil.example.com/"] }),
        json!({ "redirect_uris": [BACK, "https://evil.example.com/"] }),
        json!({ "redirect_uris": [BACK] }),
        json!({ "redirect_uris": [] }),
        json!({ "token_endpoint_auth_method": "private_key_jwt" }),
        json!({ "token_endpoint_auth_method": "client_secret_basic" }),
        json!({ "token_endpoint_auth_method": "magic" }),
    ];
    for registers in table {
        let (_provider, introduced) = world(Script { registers: registers.clone(), ..Script::default() }).await;
        assert!(matches!(introduced, Err(Error::RegistrationAltered)), "{registers}");
    }
    for registers in [json!({ "client_id": null }), json!({ "client_id": "" }), json!({ "client_id": 7 })] {
        let (_provider, introduced) = world(Script { registers: registers.clone(), ..Script::default() }).await;
        assert!(matches!(introduced, Err(Error::Garbled { .. })), "{registers}");
    }
    let refuses = Peer::start(|_| |_: &Asked| Said::status(400, &json!({ "error": "invalid_redirect_uri" }))).await;
    let says = json!({ "registration_endpoint": format!("{}/r", refuses.origin) });
    let (_provider, introduced) = world(Script { says, ..Script::default() }).await;
    assert_eq!(
        introduced.unwrap_err().to_string(),
        "the authorization server refused to register Peta: invalid_redirect_uri"
    );
}

#[tokio::test]
async fn oauth_client_hostile_callbacks() {
    for query in ["", "code=x", "state=&code=x", "code=x&state="] {
        assert!(matches!(Callback::read(BACK, query), Err(Error::StateMismatch)), "{query}");
    }
    let long = format!("state=a&code={}", "a".repeat(9_000));
    for query in ["state=a&state=b&code=x", "state=a&code=x&code=y", "state=a&iss=x&iss=y&code=x", "state=%zz", &long] {
        assert!(matches!(Callback::read(BACK, query), Err(Error::BadCallback)), "{query:.40}");
    }
    let (provider, introduced) = world(Script::default()).await;
    let (found, client) = introduced.unwrap();
    for (query, forged) in [("state=guess&code=x", true), ("STATE", false), ("STATE&code=", false)] {
        let begun = begin(&found, &client, None, ada(), &fresh(100)).unwrap();
        let state = format!("state={}", crate::steps::parameter(&begun.url, "state").unwrap());
        let callback = Callback::read(&client.redirect_uri, &query.replace("STATE", &state)).unwrap();
        assert_eq!(callback.lookup() == begun.pending.lookup(), !forged);
        let refused = finish(&dialed(), begun.pending, &client, callback, &ada(), &fresh(130)).await.unwrap_err();
        let expected =
            if forged { matches!(refused, Error::StateMismatch) } else { matches!(refused, Error::BadCallback) };
        assert!(expected, "{query} {refused:?}");
    }
    assert!(!provider.paths().contains(&"/token".to_owned()));
}

#[tokio::test]
async fn a_code_of_one_server_is_never_shown_to_another() {
    // Mix-up: the person began at one, and the answer comes from another, with that one's name.
    let (honest, introduced) = world(Script { iss: Some("https://evil.example.com"), ..Script::default() }).await;
    let (found, client) = introduced.unwrap();
    assert!(matches!(connected(&found, &client, None).await, Err(Error::WrongIssuer)));
    assert!(!honest.paths().contains(&"/token".to_owned()));
    // The same where nobody names themselves: the answer comes to the place of the one at which the person ended.
    let (honest, introduced) = world(Script::default()).await;
    let (found, client) = introduced.unwrap();
    for place in [BACK.to_owned(), us().redirect_for("https://evil.example.com"), format!("{}/", client.redirect_uri)] {
        let begun = begin(&found, &client, None, ada(), &fresh(100)).unwrap();
        let state = crate::steps::parameter(&begun.url, "state").unwrap();
        let callback = Callback::read(&place, &format!("code=stolen&state={state}")).unwrap();
        let refused = finish(&dialed(), begun.pending, &client, callback, &ada(), &fresh(130)).await.unwrap_err();
        assert!(matches!(refused, Error::WrongPlace), "{place} {refused:?}");
    }
    assert!(!honest.paths().contains(&"/token".to_owned()));
    // A client of another issuer cannot be used, whatever id it has.
    let (_provider, introduced) = world(Script::default()).await;
    let (found, client) = introduced.unwrap();
    let grant = connected(&found, &client, None).await.unwrap();
    for other in [
        Client { issuer: "https://evil.example.com".to_owned(), ..client.clone() },
        Client { id: "other".to_owned(), ..client.clone() },
    ] {
        assert!(matches!(refresh(&dialed(), &grant, &other, &fresh(200)).await, Err(Error::OtherIssuer)));
    }
    let other = Client { issuer: "https://evil.example.com".to_owned(), proof: Proof::None, ..client };
    assert!(matches!(begin(&found, &other, None, ada(), &fresh(1)), Err(Error::OtherIssuer)));
    assert!(matches!(connect_own(&dialed(), &found, &other, None, &fresh(1)).await, Err(Error::OtherIssuer)));
}

#[tokio::test]
async fn a_metadata_document_is_bounded() {
    let server = Peer::start(|_| |_: &Asked| Said::Endless).await;
    let refused = discover(&dialed(), &server.origin, None, None).await.unwrap_err();
    assert!(matches!(refused, Error::Fetch { error: FetchError::TooLarge(limit), .. } if limit == 1 << 20));
    let server = Peer::start(|_| |asked: &Asked| if asked.path == PRM { Said::Never } else { Said::nothing() }).await;
    let dialed = dialed().within(Duration::from_millis(200));
    let refused = discover(&dialed, &server.origin, None, None).await.unwrap_err();
    assert!(matches!(refused, Error::Fetch { error: FetchError::Slow, .. }) && refused.is_passing());
}

#[tokio::test]
async fn errors_tell_no_secret() {
    let (_provider, introduced) = world(Script::default()).await;
    let (found, client) = introduced.unwrap();
    let leaky = Peer::start(|_| {
        |asked: &Asked| Said::status(400, &json!({ "error": asked.body, "error_description": asked.body }))
    })
    .await;
    let mut grant = connected(&found, &client, None).await.unwrap();
    grant.source.token_endpoint = format!("{}/token", leaky.origin);
    let refused = refresh(&dialed(), &grant, &client, &fresh(200)).await.unwrap_err();
    assert!(leaky.last("/token").body.contains("rt-2"));
    let told = format!("{refused} {refused:?} {grant:?} {client:?}");
    assert!(!told.contains("rt-2") && !told.contains("at-2"), "{told}");
    let begun = begin(&found, &client, None, ada(), &fresh(1)).unwrap();
    let state = crate::steps::parameter(&begun.url, "state").unwrap();
    assert!(!format!("{:?}", begun.pending).contains(&state));
}
