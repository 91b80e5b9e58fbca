//! Whatever strangers say: nothing panics, and what is taken holds to what it must. The engine runs without a network
//! here: an answer is a value.

use peta_identity::oauth::{
    Ask, Bounds, Callback, Challenge, Client, Error, Fetch, Fetching, Grant, Pending, Proof, Reply, Scopes, Secret,
    Source, discover, refresh,
};
use proptest::prelude::*;
use zeroize::Zeroizing;

use crate::steps::fresh;

/// Answers everything alike.
struct Canned(u16, &'static str, Vec<u8>);

impl Fetch for Canned {
    fn fetch(&self, _: Ask) -> Fetching<'_> {
        let body = Zeroizing::new(self.2.clone());
        Box::pin(async move { Ok(Reply { status: self.0, media: self.1.to_owned(), body }) })
    }
}

fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

fn grant() -> Grant {
    Grant {
        access: Secret::from("old"),
        refresh: Some(Secret::from("old")),
        scopes: None,
        issued: fresh(0).now,
        expires: None,
        own: false,
        source: Source {
            issuer: "https://as.example.com".to_owned(),
            token_endpoint: "https://as.example.com/token".to_owned(),
            refresh_endpoint: None,
            revocation_endpoint: None,
            client_id: "peta".to_owned(),
            resource: None,
            bounds: Bounds::Public,
            profile: None,
        },
    }
}

fn client() -> Client {
    let (issuer, id) = ("https://as.example.com".to_owned(), "peta".to_owned());
    Client { issuer, id, proof: Proof::None, redirect_uri: "https://p.example/".to_owned(), expires: None }
}

/// Something like a token answer: right members, odd values.
fn answers() -> impl Strategy<Value = Vec<u8>> {
    let value = prop_oneof![
        Just("null".to_owned()),
        any::<i64>().prop_map(|number| number.to_string()),
        any::<f64>().prop_map(|number| serde_json::to_string(&number).unwrap()),
        any::<String>().prop_map(|text| serde_json::to_string(&text).unwrap()),
        "[a-zA-Z0-9_.-]{1,20}".prop_map(|text| format!("\"{text}\"")),
        Just("\"bearer\"".to_owned()),
        Just("[{}]".to_owned()),
    ];
    let name = prop_oneof!["access_token", "token_type", "refresh_token", "expires_in", "scope", "error", "ok"];
    let members = proptest::collection::vec((name, value), 0..8);
    members.prop_map(|members| {
        let members: Vec<String> = members.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
        format!("{{\"token_type\":\"bearer\",\"access_token\":\"a\",{}", members.join(",") + "}").into_bytes()
    })
}

proptest! {
    #[test]
    fn challenges(text in any::<String>(), shaped in "(Bearer|Basic|,|=|\"|\\\\| |scope|error|a|b|resource_metadata){0,40}") {
        for header in [text.as_str(), shaped.as_str()] {
            if let Some(found) = Challenge::find([header]) {
                prop_assert!(found.error.is_none_or(|error| error.len() <= 64));
                prop_assert!(found.resource_metadata.is_none_or(|url| url.len() <= 4_096));
            }
        }
    }

    #[test]
    fn callbacks(text in any::<String>(), shaped in "(state|code|iss|error|=|&|%|%41|a|\\+){0,40}") {
        for query in [text.as_str(), shaped.as_str()] {
            if let Ok(callback) = Callback::read("https://p.example/", query) {
                let states = query.split('&').filter(|pair| pair.starts_with("state=")).count();
                prop_assert_eq!(states, 1, "{:?}", callback);
            }
        }
    }

    #[test]
    fn scopes(text in any::<String>()) {
        let scopes = Scopes::read(&text);
        let again = Scopes::read(&scopes.join(" "));
        prop_assert_eq!(&again, &scopes);
        prop_assert!(scopes.join(" ").bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic()));
    }

    #[test]
    fn stored_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..300), kind in prop_oneof![Just(b'G'), Just(b'P'), Just(b'C')]) {
        let bytes = [[kind, 1].as_slice(), &bytes].concat();
        let _ = (Grant::from_bytes(&bytes).is_ok(), Pending::from_bytes(&bytes).is_ok(), Client::from_bytes(&bytes).is_ok());
    }

    #[test]
    fn token_answers(body in prop_oneof![answers(), proptest::collection::vec(any::<u8>(), 0..200)], status in prop_oneof![Just(200), 100..600_u16]) {
        let fetch = Canned(status, "application/json", body);
        let renewed = wait(refresh(&fetch, &grant(), &client(), &fresh(100)));
        if let Ok(renewed) = renewed {
            prop_assert!(fetch.0 / 100 == 2);
            prop_assert!(renewed.access.reveal().bytes().all(|byte| byte.is_ascii_graphic()));
            prop_assert!(renewed.expires.is_none_or(|expires| expires > renewed.issued));
            prop_assert!(renewed.refresh.is_some());
        }
    }

    #[test]
    fn documents(body in proptest::collection::vec(any::<u8>(), 0..200), status in prop_oneof![Just(200), 100..600_u16]) {
        let found = wait(discover(&Canned(status, "", body), "https://mcp.example.com/mcp", None, None));
        // Nothing stands anywhere: the server of March 2025 is all that is left.
        prop_assert!(found.is_err() || (400..500).contains(&status));
    }
}

#[test]
fn an_error_says_what_was_asked() {
    let refused = wait(discover(&Canned(500, "", Vec::new()), "https://mcp.example.com/mcp", None, None)).unwrap_err();
    assert!(matches!(refused, Error::Status { status: 500, .. }));
    assert_eq!(refused.to_string(), "the server's resource metadata answers with HTTP 500");
}
