//! The way of one request through the edge: head, target, Host and Origin, then the wing that its path belongs to.

use std::{
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicU8, AtomicU64, Ordering},
    },
    time::Duration,
};

use axum::{Router, body::Body};
use http::{HeaderName, HeaderValue, Method, Request, Response, StatusCode, Version, header};
use hyper::body::Incoming;
use peta_admin::Door;
use peta_gateway::{Gateway, Peer};
use peta_model::Code;
use peta_store::Store;
use peta_vault::safe::Safe;
use tokio::time::Instant;
use tower::ServiceExt as _;

use super::{Gate, Guesses, Hops, paced::Paced, problem::refusal, pulse::InFlight, target};
use crate::metrics::{Tally, Wing};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Which wings a listener opens to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Opens {
    Both,
    Agents,
    People,
}

/// What is behind the edge.
#[derive(Clone)]
pub(crate) struct Wings {
    pub(crate) gateway: Gateway,
    pub(crate) people: Router,
    pub(crate) standing: Standing,
    pub(crate) tally: Arc<Tally>,
}

/// Whether Core takes requests: the word of `/readyz`. Cheap to clone; all clones are the same.
#[derive(Debug, Clone)]
pub(crate) struct Standing {
    stage: Arc<AtomicU8>,
    store: Store,
    safe: Safe,
}

/// One listener's way in.
pub(crate) struct Entry {
    pub(crate) opens: Opens,
    /// The checks of `Host` and `Origin`; none at the Unix socket, which no page can reach.
    pub(crate) gate: Option<Gate>,
    /// The proxies that are believed when they say whose request they bring.
    pub(crate) hops: Hops,
    pub(crate) guesses: Guesses,
    pub(crate) door: Door,
    pub(crate) wings: Wings,
    /// How many headers a request may have.
    pub(crate) headers: usize,
    /// How long a token may be.
    pub(crate) token_bytes: usize,
    /// How long a body may pause.
    pub(crate) body_read: Duration,
    /// Tells requests apart; the upper half is random for each start.
    pub(crate) count: AtomicU64,
}

impl Standing {
    /// Of a Core that is starting with this store.
    pub(crate) fn of(store: Store, safe: Safe) -> Self {
        Self { stage: Arc::default(), store, safe }
    }

    pub(crate) fn ready(&self) {
        self.stage.store(1, Ordering::Release);
    }

    pub(crate) fn draining(&self) {
        self.stage.store(2, Ordering::Release);
    }

    /// Whether the wing of people is open: also while nothing can be recorded, so that they can look.
    pub(crate) fn open(&self) -> bool {
        self.stage.load(Ordering::Acquire) == 1
    }

    pub(crate) fn word(&self) -> &'static str {
        match self.stage.load(Ordering::Acquire) {
            0 => "starting",
            1 if !self.store.recording() => "not recording",
            1 if self.safe.is_locked() => "locked",
            1 => "ready",
            _ => "draining",
        }
    }
}

impl Entry {
    /// Answers one request. `guard` is let go of when the last byte of the answer has gone out.
    pub(crate) async fn answer(
        &self,
        request: Request<Incoming>,
        peer: Option<IpAddr>,
        guard: InFlight,
    ) -> Response<Body> {
        let id = format!("{:016x}", self.count.fetch_add(1, Ordering::Relaxed));
        let wing = wing_of(request.uri().path());
        let method = request.method().clone();
        let mut response = match self.admit(&request, peer) {
            Err(code) => {
                tracing::debug!(request = id, %code, "refused at the edge");
                refusal(code)
            }
            Ok(client) => self.guarded(wing, request, client).await,
        };
        self.wings.tally.answered(wing, response.status());
        // Never the query: whatever it holds is nobody's business. The path has passed the checks only if it was admitted.
        tracing::debug!(request = id, wing = wing.word(), %method, status = response.status().as_u16(), "answered");
        if let Ok(id) = HeaderValue::try_from(id) {
            response.headers_mut().insert(REQUEST_ID, id);
        }
        let still_open = self.wings.tally.open(wing);
        response.map(|body| Body::new(super::paced::Held::new(body, (guard, still_open))))
    }

    /// Checks the head; gives the address that the request came from.
    fn admit(&self, request: &Request<Incoming>, peer: Option<IpAddr>) -> Result<Option<IpAddr>, Code> {
        let headers = request.headers();
        let token = headers.get(header::AUTHORIZATION).map_or(0, HeaderValue::len);
        if headers.len() > self.headers || token > "Bearer ".len() + self.token_bytes {
            return Err(Code::OVER_LIMIT);
        }
        target::check(request.uri(), request.version() == Version::HTTP_2)?;
        if let Some(gate) = &self.gate {
            gate.check(request.uri(), headers, wing_of(request.uri().path()) == Wing::Health)?;
        }
        peer.map(|peer| self.hops.client(peer, headers)).transpose()
    }

    /// Hands a request over, unless its address has brought too many wrong tokens.
    async fn guarded(&self, wing: Wing, request: Request<Incoming>, client: Option<IpAddr>) -> Response<Body> {
        let attempt = match client.map(|from| self.guesses.begin(from, request.headers(), Instant::now())) {
            Some(Err(wait)) => return too_many_guesses(wait),
            Some(Ok(attempt)) => attempt,
            None => None,
        };
        let response = self.hand_over(wing, request, client).await;
        if let Some(attempt) = attempt {
            self.guesses.end(attempt, response.status(), Instant::now());
        }
        response
    }

    async fn hand_over(&self, wing: Wing, request: Request<Incoming>, peer: Option<IpAddr>) -> Response<Body> {
        match (wing, self.opens, peer) {
            (Wing::Health, ..) => self.health(&request),
            (Wing::Agents, Opens::Both | Opens::Agents, Some(address)) => {
                self.wings.gateway.serve(request, Peer { address }).await.map(Body::new)
            }
            (Wing::People, Opens::Both | Opens::People, _) => Box::pin(self.people(request)).await,
            // Browsers come back to the public URL, and other logs come there; it may be the agents' listener.
            (Wing::People, Opens::Agents, _) if is_open(request.uri().path()) => Box::pin(self.people(request)).await,
            _ => refusal(Code::NO_ENDPOINT),
        }
    }

    async fn people(&self, request: Request<Incoming>) -> Response<Body> {
        if !self.wings.standing.open() {
            return refusal(Code::DRAINING);
        }
        let mut request = request.map(|body| Body::new(Paced::new(body, self.body_read)));
        request.extensions_mut().insert(self.door);
        match self.wings.people.clone().oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        }
    }

    /// `/healthz` is about the process, `/readyz` about whether it takes requests; the body is the word and no more.
    fn health(&self, request: &Request<Incoming>) -> Response<Body> {
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            let mut response = refusal(Code::METHOD_NOT_ALLOWED);
            response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
            return response;
        }
        let word = if request.uri().path() == "/healthz" { "ok" } else { self.wings.standing.word() };
        let mut response = Response::new(Body::from(word));
        if !matches!(word, "ok" | "ready") {
            *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
        }
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }
}

fn too_many_guesses(wait: Duration) -> Response<Body> {
    let mut response = refusal(Code::TOO_MANY_GUESSES);
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait.as_secs().max(1)));
    response
}

/// What people meet in a browser while they connect to a server, and the witness of other logs: open to all.
fn is_open(path: &str) -> bool {
    path == "/witness/v1/add-checkpoint"
        || path.starts_with("/connect/")
        || path == "/oauth/callback"
        || path.starts_with("/oauth/callback/")
        || path == "/oauth/client.json"
}

fn wing_of(path: &str) -> Wing {
    let first = path.split('/').nth(1).unwrap_or_default();
    match first {
        "healthz" | "readyz" if path.len() == first.len() + 1 => Wing::Health,
        "mcp" | "sse" | "messages" => Wing::Agents,
        _ => Wing::People,
    }
}
