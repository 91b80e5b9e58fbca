//! A world of its own for each test: a store in a new directory, a runtime, a clock that a test turns, and the router.

use std::sync::{
    Arc,
    atomic::{AtomicI64, AtomicU64, Ordering},
};

use axum::{Router, body::Body};
use http::{HeaderMap, Request, Response, StatusCode, header};
use http_body_util::BodyExt as _;
use peta_admin::{Admin, Config, Door};
use peta_api::{Endpoint, route::Body as _};
use peta_model::Moment;
use peta_runtime::{Runtime, Senses};
use peta_store::Store;
use peta_vault::safe::Safe;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::{keeper, sinks};

pub(crate) struct World {
    pub(crate) app: Router,
    pub(crate) admin: Admin,
    pub(crate) safe: Safe,
    pub(crate) store: Store,
    clock: Arc<AtomicI64>,
    dir: tempfile::TempDir,
}

/// How a request comes in.
#[derive(Debug, Clone)]
pub(crate) enum From {
    Socket,
    /// Over the network, with this `Authorization`.
    Network(Option<String>),
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl World {
    pub(crate) async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let clock = Arc::new(AtomicI64::new(1_800_000_000_000_000));
        let now: peta_admin::Clock = {
            let clock = Arc::clone(&clock);
            Arc::new(move || Moment::from_micros(clock.fetch_add(1, Ordering::Relaxed)))
        };
        let store = Store::open(peta_store::Config::new(dir.path().join("data")), now()).await.unwrap();
        let runtime = runtime(Arc::clone(&now));
        let drill = std::time::Duration::from_millis(1);
        let config = Config { drill, ..Config::new(dir.path().join("data"), "0.0.0-test") };
        let clocks = peta_admin::Clocks { day: Arc::clone(&now), lives: now };
        let vault = keeper::vault(&store).await;
        let safe = vault.safe.clone();
        let admin = Admin::build(config, (store.clone(), runtime, vault, sinks::sinks()), clocks, numbers());
        Self { app: peta_admin::router(admin.clone()), admin, safe, store, clock, dir }
    }

    /// Where the data directory is.
    pub(crate) fn admin_data(&self) -> String {
        self.dir.path().join("data").to_str().unwrap().to_owned()
    }

    /// Turns the clock on.
    pub(crate) fn pass(&self, seconds: i64) {
        self.clock.fetch_add(seconds * 1_000_000, Ordering::Relaxed);
    }

    /// The same world with another router in front.
    pub(crate) fn behind(self, app: Router) -> Self {
        Self { app, ..self }
    }

    pub(crate) async fn raw(&self, from: &From, mut request: Request<Body>) -> Response<Body> {
        match from {
            From::Socket => _ = request.extensions_mut().insert(Door::Socket),
            From::Network(token) => {
                request.extensions_mut().insert(Door::Network);
                if let Some(token) = token {
                    request.headers_mut().insert(header::AUTHORIZATION, format!("Bearer {token}").parse().unwrap());
                }
            }
        }
        self.app.clone().oneshot(request).await.unwrap()
    }

    /// Asks `E` with JSON.
    pub(crate) async fn ask<E: Endpoint>(&self, from: &From, names: &[&str], query: &E::Query, body: &Value) -> Answer {
        let operation = E::OPERATION;
        let target = operation.target(names, query);
        let body = if E::Body::NONE { None } else { Some(body.clone()) };
        self.send(from, operation.method.as_str(), &target, body).await
    }

    pub(crate) async fn send(&self, from: &From, method: &str, target: &str, body: Option<Value>) -> Answer {
        let mut request = Request::builder().method(method).uri(target);
        if body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        Answer::of(self.raw(from, request.body(body).unwrap()).await).await
    }

    /// Asks as the owner at the socket, and expects success.
    pub(crate) async fn done<E: Endpoint>(&self, names: &[&str], query: E::Query, body: Value) -> E::Answer {
        let answer = self.ask::<E>(&From::Socket, names, &query, &body).await;
        assert_eq!(answer.status.as_u16(), E::OPERATION.status, "{}", answer.text);
        if E::Answer::NONE { serde_json::from_value(json!(null)) } else { serde_json::from_str(&answer.text) }.unwrap()
    }

    /// Asks as the owner at the socket, and expects to be refused: `status code field: detail`.
    pub(crate) async fn refused<E: Endpoint>(&self, names: &[&str], query: E::Query, body: Value) -> String {
        self.ask::<E>(&From::Socket, names, &query, &body).await.refusal()
    }
}

impl Answer {
    async fn of(response: Response<Body>) -> Self {
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        Self { status: parts.status, headers: parts.headers, text }
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or(Value::Null)
    }

    /// The status, and the code of a refusal.
    pub(crate) fn brief(&self) -> String {
        match self.json().get("code").and_then(Value::as_str) {
            Some(code) => format!("{} {code}", self.status.as_u16()),
            None => self.status.as_u16().to_string(),
        }
    }

    pub(crate) fn refusal(&self) -> String {
        let problem: peta_api::Problem = serde_json::from_str(&self.text).unwrap();
        assert_eq!(self.headers[header::CONTENT_TYPE], "application/problem+json");
        assert_eq!(problem.status, self.status.as_u16());
        let field = problem.field.map(|field| format!(" [{field}]")).unwrap_or_default();
        format!("{} {}{field} {}", problem.status, problem.code, problem.detail)
    }
}

impl From {
    pub(crate) fn token(text: &str) -> Self {
        Self::Network(Some(text.to_owned()))
    }
}

/// Nothing in these tests starts a child, so the launcher is never run.
fn runtime(now: peta_admin::Clock) -> Runtime {
    let dialer = peta_dial::Dialer::new(peta_dial::Config::default()).unwrap();
    let chance = AtomicU64::new(1);
    let random = Arc::new(move || chance.fetch_add(0x9E37_79B9_7F4A_7C15, Ordering::Relaxed));
    Runtime::start(
        peta_runtime::Config::new("/nonexistent".into()),
        dialer,
        Senses { now, random },
        Arc::new(peta_runtime::NoVault),
    )
}

/// Different every time, the same in every run.
fn numbers() -> peta_admin::Random {
    let next = AtomicU64::new(1);
    Arc::new(move || {
        let number = next.fetch_add(1, Ordering::Relaxed);
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&number.to_le_bytes());
        bytes[8..16].copy_from_slice(&number.wrapping_mul(0x9E37_79B9_7F4A_7C15).to_le_bytes());
        bytes
    })
}
