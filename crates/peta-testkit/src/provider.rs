//! An authorization server and an MCP server that trusts it, at one port, with knobs that tests turn. It notes all that it
//! was asked.

mod behind;

use std::{
    collections::{BTreeMap, BTreeSet},
    convert::Infallible,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;
use http::{Method, Request, Response, header};
use http_body_util::{BodyExt as _, Full};
use hyper::{body::Incoming, service::service_fn};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};

/// Serves until it is dropped.
pub struct Provider {
    pub origin: String,
    state: Arc<Mutex<State>>,
    task: tokio::task::JoinHandle<()>,
}

/// How it behaves, and what it was asked.
pub struct State {
    /// How long tokens last, in seconds.
    pub lifetime: Option<u64>,
    /// Members of its metadata that differ.
    pub says: Value,
    /// The page refuses with this word.
    pub denies: Option<String>,
    /// The token endpoint answers with this status and word.
    pub refuses: Option<(u16, String)>,
    /// `iss` of its answers by the browser.
    pub iss: Option<String>,
    /// This needs these scopes.
    pub wants: Option<String>,
    /// The method of which it wants that.
    pub wants_of: &'static str,
    /// Each refresh token serves once.
    pub rotates: bool,
    /// Tokens that serve, with their scopes.
    pub live: BTreeMap<String, String>,
    pub refresh: BTreeSet<String>,
    pub revoked: Vec<String>,
    /// Grant types of all requests to the token endpoint.
    pub grants: Vec<String>,
    /// How each of them showed a client's secret: `basic`, `post` or `none`.
    pub proofs: Vec<&'static str>,
    pub registered: usize,
    /// What its server was subscribed to and not unsubscribed from, in order.
    pub subscribed: Vec<String>,
    /// Tasks that its server runs, with their status.
    pub tasks: BTreeMap<String, &'static str>,
    /// `Authorization` of all tool calls.
    pub shown: Vec<String>,
    /// Of the last request for authorization.
    pub asked: BTreeMap<String, String>,
    serial: usize,
    origin: String,
}

impl Provider {
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let origin = format!("http://{}", listener.local_addr().expect("an address"));
        let state = Arc::new(Mutex::new(State {
            lifetime: Some(3_600),
            says: json!({}),
            denies: None,
            refuses: None,
            iss: None,
            wants: None,
            wants_of: "tools/call",
            rotates: true,
            live: BTreeMap::new(),
            refresh: BTreeSet::new(),
            revoked: Vec::new(),
            grants: Vec::new(),
            proofs: Vec::new(),
            subscribed: Vec::new(),
            tasks: BTreeMap::new(),
            registered: 0,
            shown: Vec::new(),
            asked: BTreeMap::new(),
            serial: 0,
            origin: origin.clone(),
        }));
        let shared = Arc::clone(&state);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let state = Arc::clone(&shared);
                let service = service_fn(move |request| answer(Arc::clone(&state), request));
                tokio::spawn(async move {
                    let _ = hyper::server::conn::http1::Builder::new()
                        .serve_connection(TokioIo::new(stream), service)
                        .await;
                });
            }
        });
        Self { origin, state, task }
    }

    /// The URL of its MCP server.
    pub fn mcp(&self) -> String {
        format!("{}/mcp", self.origin)
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        self.task.abort();
    }
}

type Said = Response<Full<Bytes>>;

async fn answer(state: Arc<Mutex<State>>, request: Request<Incoming>) -> Result<Said, Infallible> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    let authorization = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
    let form = |text: &str| -> BTreeMap<String, String> {
        text.split('&').filter_map(|pair| pair.split_once('=')).map(|(n, v)| (n.into(), plain(v))).collect()
    };
    Ok(match (parts.method, parts.uri.path()) {
        (Method::GET, "/.well-known/oauth-protected-resource/mcp") => {
            said(200, &json!({ "resource": format!("{}/mcp", state.origin), "authorization_servers": [state.origin] }))
        }
        (Method::GET, "/.well-known/oauth-authorization-server") => said(200, &state.metadata()),
        (Method::POST, "/register") => state.register(&serde_json::from_slice(&body).unwrap_or_default()),
        (Method::GET, "/authorize") => state.page(form(parts.uri.query().unwrap_or_default())),
        (Method::POST, "/token") => state.token(authorization, &form(&String::from_utf8_lossy(&body))),
        (Method::POST, "/revoke") => {
            let asked = form(&String::from_utf8_lossy(&body));
            let token = asked.get("token").cloned().unwrap_or_default();
            state.refresh.remove(&token);
            state.live.clear();
            state.revoked.push(token);
            said(200, &json!({}))
        }
        (Method::POST, "/mcp") => state.mcp(authorization, &serde_json::from_slice(&body).unwrap_or_default()),
        (_, "/mcp") => said(405, &json!({})),
        _ => said(404, &json!({})),
    })
}

impl State {
    fn metadata(&self) -> Value {
        let at = |path: &str| format!("{}{path}", self.origin);
        let mut all = json!({
            "issuer": self.origin,
            "authorization_endpoint": at("/authorize"),
            "token_endpoint": at("/token"),
            "registration_endpoint": at("/register"),
            "revocation_endpoint": at("/revoke"),
            "response_types_supported": ["code"],
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["none", "client_secret_post"],
            "scopes_supported": ["read", "write"],
        });
        for (name, value) in self.says.as_object().expect("an object") {
            all[name] = value.clone();
        }
        all
    }

    fn register(&mut self, asked: &Value) -> Said {
        self.registered += 1;
        let mut answer = asked.clone();
        answer["client_id"] = json!(format!("client-{}", self.registered));
        if asked["token_endpoint_auth_method"] == "client_secret_post" {
            answer["client_secret"] = json!("client-secret-4f1c9d27a8b6");
        }
        said(201, &answer)
    }

    fn page(&mut self, asked: BTreeMap<String, String>) -> Said {
        let get = |name: &str| asked.get(name).cloned().unwrap_or_default();
        if get("code_challenge_method") != "S256" || get("code_challenge").is_empty() || get("state").is_empty() {
            return said(400, &json!({ "error": "invalid_request" }));
        }
        self.serial += 1;
        let mut to = format!("{}?state={}", get("redirect_uri"), get("state"));
        match &self.denies {
            Some(word) => to.push_str(&format!("&error={word}")),
            None => to.push_str(&format!("&code=code-{}", self.serial)),
        }
        if let Some(iss) = &self.iss {
            to.push_str(&format!("&iss={iss}"));
        }
        self.asked = asked;
        let mut response = said(302, &json!({}));
        response.headers_mut().insert(header::LOCATION, to.parse().expect("a header"));
        response
    }

    fn token(&mut self, authorization: Option<&str>, asked: &BTreeMap<String, String>) -> Said {
        let get = |name: &str| asked.get(name).cloned().unwrap_or_default();
        // `entered:` and the secret, in Base64.
        let basic = authorization == Some("Basic ZW50ZXJlZDplbnRlcmVkLXNlY3JldC03ZDJlOGY5MWMz");
        let proven = basic || get("client_secret") == "entered-secret-7d2e8f91c3";
        self.proofs.push(match (authorization, asked.contains_key("client_secret")) {
            (Some(_), false) => "basic",
            (None, true) => "post",
            (None, false) => "none",
            (Some(_), true) => "both",
        });
        let refused = |word: &str| said(400, &json!({ "error": word }));
        self.grants.push(get("grant_type"));
        if let Some((status, word)) = &self.refuses {
            return said(*status, &json!({ "error": word }));
        }
        let scope = match get("grant_type").as_str() {
            "authorization_code" => {
                let proven = get("code") == format!("code-{}", self.serial) && !get("code_verifier").is_empty();
                let mine = self.asked.remove("redirect_uri").unwrap_or_default() == get("redirect_uri");
                if !proven || !mine {
                    return refused("invalid_grant");
                }
                self.asked.get("scope").cloned().unwrap_or_else(|| "read".to_owned())
            }
            "refresh_token" => {
                let known = self.refresh.contains(&get("refresh_token"));
                if self.rotates {
                    self.refresh.remove(&get("refresh_token"));
                }
                if !known {
                    return refused("invalid_grant");
                }
                self.live.values().next().cloned().unwrap_or_else(|| "read".to_owned())
            }
            "client_credentials" if proven => "own".to_owned(),
            _ => return refused("unsupported_grant_type"),
        };
        self.serial += 1;
        let (access, refresh) =
            (format!("at-9fQ2xZ7LmT4c-{:06}", self.serial), format!("rt-K3vW8pR1bN6y-{:06}", self.serial));
        self.live.clear();
        self.live.insert(access.clone(), scope.clone());
        let mut answer = json!({ "access_token": access, "token_type": "Bearer", "scope": scope });
        if let Some(lifetime) = self.lifetime {
            answer["expires_in"] = json!(lifetime);
        }
        if get("grant_type") != "client_credentials" {
            self.refresh.insert(refresh.clone());
            answer["refresh_token"] = json!(refresh);
        }
        said(200, &answer)
    }
}

fn said(status: u16, body: &Value) -> Said {
    let response = Response::builder().status(status).header(header::CONTENT_TYPE, "application/json");
    response.body(Full::new(Bytes::from(body.to_string()))).expect("a response")
}

/// Percent-decoded.
fn plain(text: &str) -> String {
    let (mut out, mut rest) = (Vec::new(), text.as_bytes());
    while let [first, after @ ..] = rest {
        rest = after;
        match (first, after) {
            (b'%', [high, low, ..]) => {
                let hex = |byte: u8| char::from(byte).to_digit(16).unwrap_or(0) as u8;
                out.push(hex(*high) << 4 | hex(*low));
                rest = &after[2..];
            }
            (b'+', _) => out.push(b' '),
            (other, _) => out.push(*other),
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}
