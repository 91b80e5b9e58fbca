//! A connection from its beginning to its end, its renewals, and its end.

use peta_identity::oauth::{
    Attempts, Challenge, Client, Connect, Due, Error, Found, Grant, Pending, Revoked, Scopes, begin, due, finish,
    refresh, revoke, select, step_up,
};
use serde_json::{Value, json};

use crate::{
    peer::Peer,
    script::{Script, provider, server},
    steps::{ada, browse, connected, dialed, fresh, introduced, parameter},
};

const PRM_MCP: &str = "/.well-known/oauth-protected-resource/mcp";

async fn world(script: Script) -> (Peer, Found, Client) {
    let provider = provider(script).await;
    let server = server(PRM_MCP, &provider.origin, json!({ "scopes_supported": ["read"] })).await;
    let (found, client) = introduced(&format!("{}/mcp", server.origin), None).await.unwrap();
    (provider, found, client)
}

#[tokio::test]
async fn a_person_connects() {
    let (provider, found, client) = world(Script::default()).await;
    let scopes = select(None, found.scopes.as_ref(), found.provider.scopes.as_ref());
    let begun = begin(&found, &client, scopes.as_ref(), ada(), &fresh(100)).unwrap();
    let names = ["response_type", "client_id", "redirect_uri", "state", "code_challenge", "resource", "scope"];
    assert!(names.iter().all(|name| parameter(&begun.url, name).is_some()), "{}", begun.url);
    let callback = browse(&begun).await.unwrap();
    // Core may be started anew while the person is away.
    let pending = Pending::from_bytes(&begun.pending.to_bytes()).unwrap();
    assert_eq!(callback.lookup(), pending.lookup());
    let grant = finish(&dialed(), pending, &client, callback, &ada(), &fresh(130)).await.unwrap();
    assert_eq!((grant.access.reveal(), grant.refresh.as_ref().unwrap().reveal()), ("at-2", "rt-2"));
    assert_eq!(grant.scopes, Some(Scopes::read("read")), "those that were asked for, as the answer names none");
    assert_eq!((grant.issued, grant.expires), (fresh(130).now, Some(fresh(3_730).now)));
    assert_eq!(due(fresh(131).now, grant.issued, grant.expires), Due::At(fresh(3_430).now));
    let asked = provider.last("/token");
    assert_eq!(asked.get("resource"), grant.source.resource);
    assert_eq!(asked.headers["accept"], "application/json");
}

/// Servers after OpenID Connect leave `offline_access` out of a request without it, and give no refresh token.
#[tokio::test]
async fn who_wants_to_stay_asks_for_consent() {
    let says = json!({ "scopes_supported": ["read", "offline_access"] });
    let (provider, found, client) = world(Script { says, ..Script::default() }).await;
    let scopes = select(Some(&Scopes::read("read")), None, found.provider.scopes.as_ref());
    connected(&found, &client, scopes.as_ref()).await.unwrap();
    let asked = provider.last("/authorize");
    assert_eq!(
        (asked.get("scope").as_deref(), asked.get("prompt").as_deref()),
        (Some("read offline_access"), Some("consent"))
    );
    connected(&found, &client, Some(&Scopes::read("read"))).await.unwrap();
    assert_eq!(provider.last("/authorize").get("prompt"), None);
}

#[tokio::test]
async fn every_attempt_has_a_state_and_a_verifier_of_its_own() {
    let (_provider, found, client) = world(Script::default()).await;
    let urls = [100, 101].map(|at| begin(&found, &client, None, ada(), &fresh(at)).unwrap().url);
    for name in ["state", "code_challenge"] {
        assert_ne!(parameter(&urls[0], name), parameter(&urls[1], name));
    }
    assert_eq!(parameter(&urls[0], "scope"), None, "nothing is named where nobody said what there is");
}

#[tokio::test]
async fn connect_bound_to_user() {
    let (provider, found, client) = world(Script::default()).await;
    let others = [Connect { user: "eve".to_owned(), ..ada() }, Connect { id: [2; 16], ..ada() }];
    for (who, when) in others.into_iter().map(|other| (other, 130)).chain([(ada(), 700)]) {
        let begun = begin(&found, &client, None, ada(), &fresh(100)).unwrap();
        let callback = browse(&begun).await.unwrap();
        let refused = finish(&dialed(), begun.pending, &client, callback, &who, &fresh(when)).await.unwrap_err();
        let expected =
            if who == ada() { matches!(refused, Error::ConnectExpired) } else { matches!(refused, Error::OtherUser) };
        assert!(expected, "{refused:?}");
    }
    // A link of eve's own, opened by ada, does not end at ada's attempt.
    let eves = begin(&found, &client, None, Connect { user: "eve".to_owned(), ..ada() }, &fresh(100)).unwrap();
    let adas = begin(&found, &client, None, ada(), &fresh(100)).unwrap();
    let callback = browse(&eves).await.unwrap();
    let refused = finish(&dialed(), adas.pending, &client, callback, &ada(), &fresh(130)).await.unwrap_err();
    assert!(matches!(refused, Error::StateMismatch));
    assert!(!provider.paths().contains(&"/token".to_owned()));
}

#[tokio::test]
async fn a_refusal_of_the_person_is_told() {
    let (_provider, found, client) = world(Script { denies: Some("access_denied"), ..Script::default() }).await;
    let refused = connected(&found, &client, None).await.unwrap_err();
    assert_eq!(refused.to_string(), "the person or the authorization server refused: access_denied");
}

#[tokio::test]
async fn refresh_tokens_rotate() {
    let (provider, found, client) = world(Script::default()).await;
    let first = connected(&found, &client, None).await.unwrap();
    let second = refresh(&dialed(), &first, &client, &fresh(4_000)).await.unwrap();
    assert_eq!((second.access.reveal(), second.refresh.as_ref().unwrap().reveal()), ("at-3", "rt-3"));
    assert_eq!((second.issued, second.expires), (fresh(4_000).now, Some(fresh(7_600).now)));
    assert_eq!(provider.last("/token").get("resource"), first.source.resource);
    let third = refresh(&dialed(), &second, &client, &fresh(8_000)).await.unwrap();
    assert_eq!(third.refresh.as_ref().unwrap().reveal(), "rt-4");
    let refused = refresh(&dialed(), &first, &client, &fresh(8_001)).await.unwrap_err();
    assert!(matches!(refused, Error::GrantRevoked) && !refused.is_passing());
}

#[tokio::test]
async fn without_a_new_refresh_token_the_old_one_goes_on() {
    let (_provider, found, client) = world(Script { rotates: false, ..Script::default() }).await;
    let mut grant = connected(&found, &client, None).await.unwrap();
    for round in 0..3 {
        grant = refresh(&dialed(), &Grant::from_bytes(&grant.to_bytes()).unwrap(), &client, &fresh(200)).await.unwrap();
        assert_eq!(grant.refresh.as_ref().unwrap().reveal(), "rt-2");
        assert_eq!(grant.access.reveal(), format!("at-{}", round + 3));
    }
}

#[tokio::test]
async fn without_any_refresh_token_nothing_is_renewed() {
    let gives = json!({ "refresh_token": null, "expires_in": null });
    let (_provider, found, client) = world(Script { gives, ..Script::default() }).await;
    let grant = connected(&found, &client, None).await.unwrap();
    assert_eq!(due(fresh(1_000_000).now, grant.issued, grant.expires), Due::Never);
    assert!(matches!(refresh(&dialed(), &grant, &client, &fresh(200)).await, Err(Error::NoRefreshToken)));
}

#[tokio::test]
async fn a_grant_is_given_back() {
    let (provider, found, client) = world(Script::default()).await;
    let grant = connected(&found, &client, None).await.unwrap();
    assert_eq!(revoke(&dialed(), &grant, &client, &fresh(200)).await.unwrap(), Revoked::Done);
    let given: Vec<_> = provider
        .seen()
        .iter()
        .filter(|asked| asked.path == "/revoke")
        .map(|asked| (asked.get("token"), asked.get("token_type_hint")))
        .collect();
    let pair = |token: &str, kind: &str| (Some(token.to_owned()), Some(kind.to_owned()));
    assert_eq!(given, [pair("rt-2", "refresh_token"), pair("at-2", "access_token")]);
    assert!(matches!(refresh(&dialed(), &grant, &client, &fresh(201)).await, Err(Error::GrantRevoked)));
    let says = json!({ "revocation_endpoint": null });
    let (_provider, found, client) = world(Script { says, ..Script::default() }).await;
    let grant = connected(&found, &client, None).await.unwrap();
    assert_eq!(revoke(&dialed(), &grant, &client, &fresh(200)).await.unwrap(), Revoked::NotOffered);
}

#[tokio::test]
async fn fewer_scopes_than_were_asked_for_are_known() {
    let (_provider, found, client) = world(Script { gives: json!({ "scope": "a c" }), ..Script::default() }).await;
    let grant = connected(&found, &client, Some(&Scopes::read("a b c"))).await.unwrap();
    assert_eq!(grant.scopes, Some(Scopes::read("a c")));
}

#[tokio::test]
async fn more_scopes_are_asked_for_a_few_times() {
    let (provider, found, client) = world(Script::default()).await;
    let grant = connected(&found, &client, found.scopes.as_ref()).await.unwrap();
    let header = "Bearer error=\"insufficient_scope\", scope=\"write\"";
    let challenge = Challenge::find([header]).filter(Challenge::wants_scopes).unwrap();
    let mut attempts = Attempts::default();
    for _ in 0..2 {
        let wanted = step_up(grant.scopes.as_ref(), &challenge, &mut attempts).unwrap();
        let grant = connected(&found, &client, Some(&wanted)).await.unwrap();
        assert_eq!(grant.scopes, Some(Scopes::read("read write")));
        assert_eq!(provider.last("/authorize").get("scope").as_deref(), Some("read write"));
    }
    assert!(matches!(step_up(grant.scopes.as_ref(), &challenge, &mut attempts), Err(Error::StepUpLimit)));
}

#[tokio::test]
async fn the_answer_names_its_issuer_or_need_not() {
    let advertised = json!({ "authorization_response_iss_parameter_supported": true });
    // Said beforehand, said in the answer, taken.
    let table: [(&Value, Option<&'static str>, bool); 7] = [
        (&advertised, Some("ORIGIN"), true),
        (&advertised, None, false),
        (&advertised, Some("https://evil.example.com"), false),
        (&advertised, Some("ORIGIN/"), false),
        (&json!({}), None, true),
        (&json!({}), Some("ORIGIN"), true),
        (&json!({}), Some("https://evil.example.com"), false),
    ];
    for (says, iss, taken) in table {
        let (provider, found, client) = world(Script { says: says.clone(), iss, ..Script::default() }).await;
        let connected = connected(&found, &client, None).await;
        assert_eq!(connected.is_ok(), taken, "{says} {iss:?}");
        if let Err(error) = connected {
            assert!(matches!(error, Error::WrongIssuer));
            assert!(!provider.paths().contains(&"/token".to_owned()));
        }
    }
}
