//! Each provider's profile against a scripted provider that behaves as its documentation says: where it is asked, what
//! stands in a request, what an answer looks like, what becomes of refresh tokens.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use http::Method;
use peta_identity::oauth::{
    Bounds, Callback, Client, Due, Error, Found, Given, Grant, Profile, Revoked, Scopes, Secret, begin, due, finish,
    refresh, register, revoke, select,
};
use serde_json::{Value, json};

use crate::{
    peer::{Asked, Peer, Said},
    steps::{ada, browse, dialed, fresh, parameter, us},
};

/// What a provider does.
#[derive(Clone)]
struct Habit {
    name: &'static str,
    variables: &'static [(&'static str, &'static str)],
    /// Paths of its page and of its token endpoint.
    page: &'static str,
    token: &'static str,
    /// What stands in the URL that the person opens, beside the usual.
    asks: &'static [(&'static str, &'static str)],
    pkce: Option<&'static str>,
    /// `Basic`, or nothing where id and secret stand in the body.
    basic: Option<&'static str>,
    is_json: bool,
    first: Value,
    /// Answers to the first and second refresh.
    later: [(u16, Value); 2],
    refresh_path: &'static str,
}

impl Default for Habit {
    fn default() -> Self {
        Self {
            name: "",
            variables: &[],
            page: "",
            token: "",
            asks: &[("scope", "a b")],
            pkce: Some("S256"),
            basic: None,
            is_json: false,
            first: Value::Null,
            later: [(500, Value::Null), (500, Value::Null)],
            refresh_path: "",
        }
    }
}

/// What comes of a habit: the grants after the connection and after each refresh.
struct Lived {
    peer: Peer,
    client: Client,
    first: Grant,
    second: Result<Grant, Error>,
    third: Result<Grant, Error>,
}

async fn live(habit: Habit) -> Lived {
    let habit_of_peer = habit.clone();
    let peer = Peer::start(|_| {
        let refreshed = Arc::new(AtomicUsize::new(0));
        move |asked: &Asked| answer(&habit_of_peer, &refreshed, asked)
    })
    .await;
    let values = habit.variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let profile = local(Profile::find(habit.name).unwrap().fill(&values).unwrap(), &peer.origin);
    let found = Found::of_profile(&format!("{}/mcp", peer.origin), profile, Bounds::Private).unwrap();
    let secret = Some(Secret::from("client-secret"));
    let given = Given { issuer: None, id: "client-id".to_owned(), secret, key: None, method: None };
    let client = register(&dialed(), &found, &us(), Some(&given), None, fresh(0).now).await.unwrap();
    let scopes = select(Some(&Scopes::read("a b")), None, found.provider.scopes.as_ref());
    let begun = begin(&found, &client, scopes.as_ref(), ada(), &fresh(100)).unwrap();
    for (name, value) in habit.asks {
        assert_eq!(parameter(&begun.url, name).as_deref(), Some(*value), "{}", begun.url);
    }
    assert_eq!(parameter(&begun.url, "code_challenge_method").as_deref(), habit.pkce);
    assert_eq!(parameter(&begun.url, "resource"), None);
    let callback = browse(&begun).await.unwrap();
    let first = finish(&dialed(), begun.pending, &client, callback, &ada(), &fresh(100)).await.unwrap();
    let second = refresh(&dialed(), &first, &client, &fresh(1_000)).await;
    let third = match &second {
        Ok(second) => refresh(&dialed(), second, &client, &fresh(2_000)).await,
        Err(_) => Err(Error::NoRefreshToken),
    };
    Lived { peer, client, first, second, third }
}

/// The same profile, at a peer on loopback.
fn local(mut profile: Profile, origin: &str) -> Profile {
    let move_to = |url: &mut String| {
        let path = url.strip_prefix("https://").unwrap().find('/').map_or(String::new(), |at| url[at + 8..].to_owned());
        *url = format!("{origin}{path}");
    };
    [&mut profile.authorize, &mut profile.token].into_iter().for_each(move_to);
    [&mut profile.refresh_at, &mut profile.revoke].into_iter().flatten().for_each(move_to);
    profile
}

fn answer(habit: &Habit, refreshed: &AtomicUsize, asked: &Asked) -> Said {
    let path = asked.path.split('?').next().unwrap();
    if asked.method == Method::GET {
        assert_eq!(path, habit.page);
        let get = |name| asked.get(name).unwrap();
        return Said::Redirect { status: 302, to: format!("{}?code=c0de&state={}", get("redirect_uri"), get("state")) };
    }
    let body = members(habit.is_json, asked);
    let get = |name: &str| body.get(name).map(String::as_str);
    let header = asked.headers.get("authorization").map(|value| value.to_str().unwrap());
    assert_eq!(header, habit.basic, "{}", habit.name);
    assert_eq!(get("client_secret").is_some(), habit.basic.is_none());
    assert_eq!(asked.headers["accept"], "application/json");
    assert_eq!(get("resource"), None);
    if path == "/revoke" || path.ends_with("/revoke") {
        return Said::json(&json!({}));
    }
    match get("grant_type").unwrap() {
        "authorization_code" => {
            assert_eq!((path, get("code")), (habit.token, Some("c0de")));
            assert_eq!(get("code_verifier").is_some(), habit.pkce.is_some());
            Said::json(&habit.first)
        }
        _ => {
            assert_eq!(path, if habit.refresh_path.is_empty() { habit.token } else { habit.refresh_path });
            let (status, value) = &habit.later[refreshed.fetch_add(1, Ordering::Relaxed)];
            Said::status(*status, value)
        }
    }
}

fn members(is_json: bool, asked: &Asked) -> BTreeMap<String, String> {
    let media = if is_json { "application/json" } else { "application/x-www-form-urlencoded" };
    assert_eq!(asked.headers["content-type"], media);
    if is_json { serde_json::from_str(&asked.body).unwrap() } else { asked.form().into_iter().collect() }
}

fn refresh_of(grant: &Result<Grant, Error>) -> &str {
    grant.as_ref().unwrap().refresh.as_ref().unwrap().reveal()
}

const BASIC: Option<&str> = Some("Basic Y2xpZW50LWlkOmNsaWVudC1zZWNyZXQ=");

#[tokio::test]
async fn google_keeps_its_refresh_token() {
    let later =
        |token: &str| json!({ "access_token": token, "token_type": "Bearer", "expires_in": 3599, "scope": "a b" });
    let lived = live(Habit {
        name: "google",
        page: "/o/oauth2/v2/auth",
        token: "/token",
        asks: &[("access_type", "offline"), ("prompt", "consent"), ("scope", "a b")],
        first: json!({
            "access_token": "ya29.1", "token_type": "Bearer", "expires_in": 3599, "refresh_token": "1//0g", "scope": "a b",
            "refresh_token_expires_in": 604_799,
        }),
        later: [(200, later("ya29.2")), (400, json!({ "error": "invalid_grant", "error_description": "Token has been expired or revoked." }))],
        ..Habit::default()
    })
    .await;
    assert_eq!(refresh_of(&lived.second), "1//0g");
    assert!(matches!(lived.third, Err(Error::GrantRevoked)));
    assert_eq!(revoke(&dialed(), &lived.first, &lived.client, &fresh(1)).await.unwrap(), Revoked::Done);
    assert_eq!(lived.peer.last("/revoke").get("token").as_deref(), Some("1//0g"));
}

#[tokio::test]
async fn github_gives_no_refresh_token_and_refuses_with_200() {
    let github = Habit {
        name: "github",
        page: "/login/oauth/authorize",
        token: "/login/oauth/access_token",
        first: json!({ "access_token": "gho_1", "token_type": "bearer", "scope": "repo,gist" }),
        ..Habit::default()
    };
    let lived = live(github.clone()).await;
    assert_eq!(lived.first.scopes, Some(Scopes::read("repo gist")));
    assert_eq!(due(fresh(100_000).now, lived.first.issued, lived.first.expires), Due::Never);
    assert!(matches!(lived.second, Err(Error::NoRefreshToken)));
    assert_eq!(revoke(&dialed(), &lived.first, &lived.client, &fresh(1)).await.unwrap(), Revoked::NotOffered);
    // GitHub Apps with tokens that end.
    let app = |access: &str, refresh: &str| {
        json!({ "access_token": access, "token_type": "bearer", "scope": "", "expires_in": 28_800, "refresh_token": refresh,
            "refresh_token_expires_in": 15_897_600 })
    };
    let lived = live(Habit {
        first: app("ghu_1", "ghr_1"),
        later: [(200, app("ghu_2", "ghr_2")), (200, json!({ "error": "bad_refresh_token", "error_description": "…" }))],
        ..github
    })
    .await;
    assert_eq!(refresh_of(&lived.second), "ghr_2");
    assert!(matches!(lived.third, Err(Error::GrantRevoked)));
}

#[tokio::test]
async fn notion_takes_json_and_says_no_lifetime() {
    let gives = |access: &str, refresh: &str| json!({ "access_token": access, "token_type": "bearer", "refresh_token": refresh, "bot_id": "b", "workspace_icon": null });
    let lived = live(Habit {
        name: "notion",
        page: "/v1/oauth/authorize",
        token: "/v1/oauth/token",
        asks: &[("owner", "user")],
        pkce: None,
        basic: BASIC,
        is_json: true,
        first: gives("ntn_1", "nrt_1"),
        later: [
            (200, gives("ntn_2", "nrt_2")),
            (400, json!({ "object": "error", "status": 400, "code": "invalid_grant", "message": "…" })),
        ],
        ..Habit::default()
    })
    .await;
    assert_eq!((lived.first.expires, refresh_of(&lived.second)), (None, "nrt_2"));
    assert!(matches!(lived.third, Err(Error::GrantRevoked)));
    assert_eq!(revoke(&dialed(), &lived.first, &lived.client, &fresh(1)).await.unwrap(), Revoked::Done);
}

#[tokio::test]
async fn slack_nests_a_persons_token() {
    let lived = live(Habit {
        name: "slack",
        page: "/oauth/v2/authorize",
        token: "/api/oauth.v2.access",
        asks: &[("user_scope", "a,b")],
        pkce: None,
        basic: BASIC,
        first: json!({
            "ok": true, "app_id": "A1", "team": { "id": "T1" },
            "authed_user": {
                "id": "U1", "scope": "a,b", "access_token": "xoxe.xoxp-1", "token_type": "user", "expires_in": 43_200,
                "refresh_token": "xoxe-1",
            },
        }),
        later: [
            (
                200,
                json!({
                    "ok": true, "access_token": "xoxe.xoxp-2", "token_type": "user", "expires_in": 43_200,
                    "refresh_token": "xoxe-2", "scope": "a,b",
                }),
            ),
            (200, json!({ "ok": false, "error": "invalid_refresh_token" })),
        ],
        ..Habit::default()
    })
    .await;
    assert_eq!((lived.first.access.reveal(), &lived.first.scopes), ("xoxe.xoxp-1", &Some(Scopes::read("a b"))));
    assert_eq!(lived.first.expires, Some(fresh(43_300).now));
    let second = lived.second.as_ref().unwrap();
    assert_eq!((second.access.reveal(), refresh_of(&lived.second)), ("xoxe.xoxp-2", "xoxe-2"));
    assert!(matches!(lived.third, Err(Error::GrantRevoked)));
}

#[tokio::test]
async fn zendesk_has_a_host_for_each_customer() {
    let gives = |access: &str, refresh: &str| json!({ "access_token": access, "refresh_token": refresh, "token_type": "bearer", "scope": "a b", "expires_in": 1_800 });
    let lived = live(Habit {
        name: "zendesk",
        variables: &[("subdomain", "acme")],
        page: "/oauth/authorizations/new",
        token: "/oauth/tokens",
        first: gives("zat1", "zrt1"),
        later: [(200, gives("zat2", "zrt2")), (400, json!({ "error": "invalid_grant" }))],
        ..Habit::default()
    })
    .await;
    assert_eq!((lived.first.source.issuer.as_str(), refresh_of(&lived.second)), ("https://acme.zendesk.com", "zrt2"));
    assert!(matches!(lived.third, Err(Error::GrantRevoked)));
}

#[tokio::test]
async fn figma_refreshes_elsewhere() {
    let later = |token: &str| json!({ "access_token": token, "token_type": "bearer", "expires_in": 7_776_000 });
    let lived = live(Habit {
        name: "figma",
        page: "/oauth",
        token: "/v1/oauth/token",
        refresh_path: "/v1/oauth/refresh",
        basic: BASIC,
        first: json!({ "user_id_string": "1", "access_token": "figu_1", "token_type": "bearer", "expires_in": 7_776_000, "refresh_token": "figur_1" }),
        later: [(200, later("figu_2")), (400, json!({ "error": true, "status": 400, "message": "…" }))],
        ..Habit::default()
    })
    .await;
    assert_eq!(refresh_of(&lived.second), "figur_1");
    assert!(matches!(lived.third, Err(Error::Refused(_))));
}

#[tokio::test]
async fn canva_wants_small_letters() {
    let gives = |access: &str, refresh: &str| json!({ "access_token": access, "refresh_token": refresh, "token_type": "Bearer", "scope": "a b", "expires_in": 14_400 });
    let lived = live(Habit {
        name: "canva",
        page: "/api/oauth/authorize",
        token: "/rest/v1/oauth/token",
        pkce: Some("s256"),
        basic: BASIC,
        first: gives("c1", "r1"),
        later: [(200, gives("c2", "r2")), (200, gives("c3", "r3"))],
        ..Habit::default()
    })
    .await;
    assert_eq!((refresh_of(&lived.second), refresh_of(&lived.third)), ("r2", "r3"));
    assert_eq!(revoke(&dialed(), &lived.first, &lived.client, &fresh(1)).await.unwrap(), Revoked::Done);
}

#[tokio::test]
async fn hubspot_says_its_refusals_elsewhere() {
    let gives = json!({ "token_type": "bearer", "refresh_token": "hr-1", "access_token": "ha-1", "expires_in": 1_800, "hub_id": 1 });
    let lived = live(Habit {
        name: "hubspot",
        page: "/oauth/authorize",
        token: "/oauth/v3/token",
        pkce: None,
        first: gives.clone(),
        later: [
            (200, gives),
            (400, json!({ "status": "BAD_REFRESH_TOKEN", "message": "missing or invalid refresh token" })),
        ],
        ..Habit::default()
    })
    .await;
    assert_eq!((lived.first.expires, refresh_of(&lived.second)), (Some(fresh(1_900).now), "hr-1"));
    assert!(matches!(lived.third, Err(Error::GrantRevoked)));
}

#[tokio::test]
async fn intercom_tokens_do_not_end() {
    let lived = live(Habit {
        name: "intercom",
        page: "/oauth",
        token: "/auth/eagle/token",
        pkce: None,
        first: json!({ "token_type": "Bearer", "token": "dG9r", "access_token": "dG9r" }),
        ..Habit::default()
    })
    .await;
    assert_eq!((lived.first.access.reveal(), lived.first.expires), ("dG9r", None));
    assert!(matches!(lived.second, Err(Error::NoRefreshToken)));
}

#[tokio::test]
async fn microsoft_has_a_path_for_each_tenant() {
    let gives = |access: &str, refresh: &str| {
        json!({ "token_type": "Bearer", "scope": "a b", "expires_in": 3_736, "ext_expires_in": 3_736, "access_token": access,
            "refresh_token": refresh })
    };
    let lived = live(Habit {
        name: "microsoft",
        variables: &[("tenant", "contoso")],
        page: "/contoso/oauth2/v2.0/authorize",
        token: "/contoso/oauth2/v2.0/token",
        asks: &[("scope", "a b offline_access")],
        first: gives("ey1", "0.1"),
        later: [
            (200, gives("ey2", "0.2")),
            (400, json!({ "error": "invalid_grant", "error_codes": [70_000], "error_description": "AADSTS70000" })),
        ],
        ..Habit::default()
    })
    .await;
    assert_eq!(lived.first.source.issuer, "https://login.microsoftonline.com/contoso/v2.0");
    assert_eq!(refresh_of(&lived.second), "0.2");
    assert!(matches!(lived.third, Err(Error::GrantRevoked)));
}

#[tokio::test]
async fn stripe_takes_the_secret_for_a_user() {
    let gives = |access: &str, refresh: &str| {
        json!({ "access_token": access, "refresh_token": refresh, "token_type": "bearer", "scope": "stripe_apps",
            "stripe_user_id": "acct_1", "livemode": false })
    };
    let lived = live(Habit {
        name: "stripe",
        page: "/oauth/v2/authorize",
        token: "/v1/oauth/token",
        pkce: None,
        // client-secret:
        basic: Some("Basic Y2xpZW50LXNlY3JldDo="),
        first: gives("sk_1", "rt_1"),
        later: [(200, gives("sk_2", "rt_2")), (400, json!({ "error": "invalid_grant" }))],
        ..Habit::default()
    })
    .await;
    assert_eq!((lived.first.expires, refresh_of(&lived.second)), (Some(fresh(3_700).now), "rt_2"));
    assert!(matches!(lived.third, Err(Error::GrantRevoked)));
}

#[tokio::test]
async fn an_answer_may_be_a_form() {
    let body = "access_token=gho_1&scope=repo%2Cgist&token_type=bearer".to_owned();
    let peer = Peer::start(|_| {
        move |_: &Asked| Said::Text { status: 200, media: "application/x-www-form-urlencoded", body: body.clone() }
    })
    .await;
    let profile = local(Profile::find("github").unwrap(), &peer.origin);
    let found = Found::of_profile(&peer.origin, profile, Bounds::Private).unwrap();
    let secret = Some(Secret::from("s"));
    let given = Given { issuer: None, id: "i".to_owned(), secret, key: None, method: None };
    let client = register(&dialed(), &found, &us(), Some(&given), None, fresh(0).now).await.unwrap();
    let begun = begin(&found, &client, None, ada(), &fresh(1)).unwrap();
    let callback =
        Callback::read(&client.redirect_uri, &format!("code=x&state={}", parameter(&begun.url, "state").unwrap()))
            .unwrap();
    let grant = finish(&dialed(), begun.pending, &client, callback, &ada(), &fresh(2)).await.unwrap();
    assert_eq!((grant.access.reveal(), grant.scopes), ("gho_1", Some(Scopes::read("repo gist"))));
}

#[test]
fn every_profile_is_tried_here() {
    let tried = include_str!("providers.rs");
    for name in Profile::names() {
        assert!(tried.contains(&format!("name: \"{name}\"")), "{name}");
    }
}
