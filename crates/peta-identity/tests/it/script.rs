//! A well-behaved authorization server with the knobs that the tests turn, and an MCP server that trusts it. What a
//! client must do it checks: a client that does it wrong gets an OAuth error.

use std::sync::{Arc, Mutex};

use aws_lc_rs::digest;
use serde_json::{Value, json};

use crate::peer::{Asked, Peer, Said};

/// How it behaves.
#[derive(Debug, Clone)]
pub(crate) struct Script {
    /// The path of its issuer.
    pub(crate) path: &'static str,
    /// Where its metadata stands; nothing, and there is none.
    pub(crate) metadata: Option<&'static str>,
    /// Members of its metadata that differ; null takes one away.
    pub(crate) says: Value,
    /// Members of its registrations that differ.
    pub(crate) registers: Value,
    /// Members of its token answers that differ.
    pub(crate) gives: Value,
    /// Whether a refresh brings a new refresh token and ends the old one.
    pub(crate) rotates: bool,
    /// `iss` of its answers by the browser.
    pub(crate) iss: Option<&'static str>,
    /// What its page answers instead of a code.
    pub(crate) denies: Option<&'static str>,
}

impl Default for Script {
    fn default() -> Self {
        Self {
            path: "",
            metadata: Some("/.well-known/oauth-authorization-server"),
            says: json!({}),
            registers: json!({}),
            gives: json!({}),
            rotates: true,
            iss: None,
            denies: None,
        }
    }
}

#[derive(Default)]
struct State {
    /// Of the last authorization request: challenge, redirect, client, resource.
    asked: Option<(String, String, String, Option<String>)>,
    serial: usize,
    refresh: Option<String>,
    code: Option<String>,
}

/// Starts one.
pub(crate) async fn provider(script: Script) -> Peer {
    Peer::start(|origin| {
        let (origin, state) = (origin.to_owned(), Arc::new(Mutex::new(State::default())));
        move |asked: &Asked| answer(&script, &origin, &mut state.lock().unwrap(), asked)
    })
    .await
}

/// An MCP server whose metadata stands at a path; members that differ come on top.
pub(crate) async fn server(at: &'static str, issuer: &str, differs: Value) -> Peer {
    let issuer = issuer.to_owned();
    Peer::start(|origin| {
        let document = json!({ "resource": format!("{origin}/mcp"), "authorization_servers": [issuer] });
        let document = merged(document, &differs);
        move |asked: &Asked| if asked.path == at { Said::json(&document) } else { Said::nothing() }
    })
    .await
}

/// The first with the members of the second; null takes one away, and ORIGIN in a text stays what the caller made it.
pub(crate) fn merged(mut first: Value, second: &Value) -> Value {
    for (name, value) in second.as_object().unwrap() {
        let members = first.as_object_mut().unwrap();
        match value {
            Value::Null => drop(members.remove(name)),
            value => drop(members.insert(name.clone(), value.clone())),
        }
    }
    first
}

fn answer(script: &Script, origin: &str, state: &mut State, asked: &Asked) -> Said {
    let path = asked.path.split('?').next().unwrap();
    if Some(path) == script.metadata {
        return Said::json(&metadata(script, origin));
    }
    match path.strip_prefix(script.path) {
        Some("/authorize") => page(script, origin, state, asked),
        Some("/token") => token(script, state, asked),
        Some("/register") => register(script, asked),
        Some("/revoke") => revoke(state, asked),
        _ => Said::nothing(),
    }
}

fn metadata(script: &Script, origin: &str) -> Value {
    let base = format!("{origin}{}", script.path);
    let usual = json!({
        "issuer": base,
        "authorization_endpoint": format!("{base}/authorize"),
        "token_endpoint": format!("{base}/token"),
        "registration_endpoint": format!("{base}/register"),
        "revocation_endpoint": format!("{base}/revoke"),
        "response_types_supported": ["code"],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": ["none"],
        "something_else": { "nested": [1, null] },
    });
    merged(usual, &script.says)
}

fn page(script: &Script, origin: &str, state: &mut State, asked: &Asked) -> Said {
    let get = |name: &str| asked.get(name).unwrap_or_default();
    assert_eq!((get("response_type").as_str(), get("code_challenge_method").as_str()), ("code", "S256"));
    let redirect = get("redirect_uri");
    state.asked = Some((get("code_challenge"), redirect.clone(), get("client_id"), asked.get("resource")));
    state.serial += 1;
    let code = format!("code-{}", state.serial);
    state.code = Some(code.clone());
    let mut to = format!("{redirect}?state={}", get("state"));
    match script.denies {
        Some(error) => to.push_str(&format!("&error={error}&error_description=go%20away")),
        None => to.push_str(&format!("&code={code}")),
    }
    if let Some(iss) = script.iss {
        to.push_str(&format!("&iss={}", iss.replace("ORIGIN", origin)));
    }
    Said::Redirect { status: 302, to }
}

fn token(script: &Script, state: &mut State, asked: &Asked) -> Said {
    let get = |name: &str| asked.get(name).unwrap_or_default();
    let refused = |word: &str| Said::status(400, &json!({ "error": word, "error_description": "no" }));
    match get("grant_type").as_str() {
        "authorization_code" => {
            let Some((challenge, redirect, client, resource)) = state.asked.take() else {
                return refused("invalid_grant");
            };
            let made = digest::digest(&digest::SHA256, get("code_verifier").as_bytes());
            let proven = base64url(made.as_ref()) == challenge && Some(get("code")) == state.code.take();
            if !proven || redirect != get("redirect_uri") || resource != asked.get("resource") {
                return refused("invalid_grant");
            }
            if asked.get("client_id").is_some_and(|id| id != client) {
                return refused("invalid_client");
            }
        }
        "refresh_token" => {
            if state.refresh != asked.get("refresh_token") {
                return refused("invalid_grant");
            }
        }
        "client_credentials" => {}
        _ => return refused("unsupported_grant_type"),
    }
    state.serial += 1;
    let mut usual =
        json!({ "access_token": format!("at-{}", state.serial), "token_type": "Bearer", "expires_in": 3600 });
    let first = get("grant_type") == "authorization_code";
    if first || script.rotates {
        let refresh = format!("rt-{}", state.serial);
        usual["refresh_token"] = refresh.clone().into();
        state.refresh = Some(refresh);
    }
    Said::json(&merged(usual, &script.gives))
}

fn register(script: &Script, asked: &Asked) -> Said {
    let wanted: Value = serde_json::from_str(&asked.body).unwrap();
    let usual = json!({
        "client_id": "registered",
        "client_name": wanted["client_name"],
        "redirect_uris": wanted["redirect_uris"],
        "token_endpoint_auth_method": wanted["token_endpoint_auth_method"],
    });
    Said::status(201, &merged(usual, &script.registers))
}

fn revoke(state: &mut State, asked: &Asked) -> Said {
    if state.refresh == asked.get("token") {
        state.refresh = None;
    }
    Said::Text { status: 200, media: "text/plain", body: String::new() }
}

pub(crate) fn base64url(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let bits: String = bytes.iter().map(|byte| format!("{byte:08b}")).collect();
    let digit = |group: &[u8]| {
        let value = group.iter().fold(0_usize, |value, bit| value * 2 + usize::from(*bit == b'1'));
        char::from(DIGITS[value << (6 - group.len())])
    };
    bits.as_bytes().chunks(6).map(digit).collect()
}
