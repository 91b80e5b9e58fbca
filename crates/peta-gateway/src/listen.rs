//! Listen: from HTTP to messages and back. Which path is which door; what the head must look like; whether an answer
//! leaves as JSON or as a stream.

mod attach;
mod body;
mod deliver;
mod head;
mod known;
mod missing;
mod revive;
mod sse;
mod streamable_http;

use std::{net::IpAddr, sync::Arc};

use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use hyper::body::Incoming;
use peta_model::{Code, Slug};

use crate::{
    admit::{self, Caller},
    body::Body,
    hub::Hub,
    refuse::problem,
    session::Endpoint,
    work::rare,
};

/// Where a request came from.
#[derive(Debug, Clone, Copy)]
pub struct Peer {
    pub address: IpAddr,
}

/// A door of the agents' wing.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Door {
    Mcp(Endpoint),
    SseStream(Endpoint),
    SseMessages(Endpoint),
}

/// Serves one request whose target, Host and Origin the edge has checked.
pub(crate) async fn serve(hub: &Arc<Hub>, request: Request<Incoming>) -> Response<Body> {
    let origin = request.headers().get(header::ORIGIN).cloned();
    let mut response = answer(hub, request).await;
    if let Some(origin) = origin {
        head::allow_origin(&mut response, origin);
    }
    response
}

async fn answer(hub: &Arc<Hub>, request: Request<Incoming>) -> Response<Body> {
    let Some(path) = Path::read(request.uri().path(), hub.config.legacy_sse) else {
        return problem(StatusCode::NOT_FOUND, Code::NO_ENDPOINT);
    };
    if request.method() == Method::OPTIONS {
        return head::preflight(path.methods());
    }
    if !path.methods().contains(request.method()) {
        let mut response = problem(StatusCode::METHOD_NOT_ALLOWED, Code::METHOD_NOT_ALLOWED);
        if let Ok(allow) = HeaderValue::from_str(&head::names(path.methods())) {
            response.headers_mut().insert(header::ALLOW, allow);
        }
        return response;
    }
    let caller = match admit::caller(hub, request.headers()) {
        Ok(caller) => caller,
        Err(code) => return problem(StatusCode::UNAUTHORIZED, code),
    };
    if hub.is_draining() {
        return problem(StatusCode::SERVICE_UNAVAILABLE, Code::DRAINING);
    }
    if hub.steward.is_locked() {
        return problem(StatusCode::SERVICE_UNAVAILABLE, Code::VAULT_LOCKED);
    }
    if caller.agent.is_suspended() {
        return problem(StatusCode::FORBIDDEN, Code::AGENT_SUSPENDED);
    }
    let Some(door) = path.door(&caller) else {
        return problem(StatusCode::NOT_FOUND, Code::NO_ENDPOINT);
    };
    match door {
        Door::Mcp(endpoint) => streamable_http::serve(hub, caller, endpoint, request).await,
        Door::SseStream(endpoint) => rare(sse::stream(hub, caller, endpoint, request)).await,
        Door::SseMessages(endpoint) => rare(sse::message(hub, caller, endpoint, request)).await,
    }
}

/// A path of the agents' wing, before it is known whether the caller may see what it names.
struct Path<'a> {
    root: Root,
    server: Option<&'a str>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Root {
    Mcp,
    Sse,
    Messages,
}

impl<'a> Path<'a> {
    fn read(path: &'a str, legacy_sse: bool) -> Option<Self> {
        let mut parts = path.strip_prefix('/')?.split('/');
        let root = match parts.next()? {
            "mcp" => Root::Mcp,
            "sse" if legacy_sse => Root::Sse,
            "messages" if legacy_sse => Root::Messages,
            _ => return None,
        };
        let server = parts.next();
        if parts.next().is_some() || server == Some("") {
            return None;
        }
        Some(Self { root, server })
    }

    fn methods(&self) -> &'static [Method] {
        match self.root {
            Root::Mcp => &[Method::POST, Method::GET, Method::DELETE],
            Root::Sse => &[Method::GET],
            Root::Messages => &[Method::POST],
        }
    }

    /// The door, if this caller may see it: unknown servers and servers of others look alike.
    fn door(&self, caller: &Caller) -> Option<Door> {
        let endpoint = match self.server {
            None => Endpoint::Aggregate,
            Some(name) => Endpoint::Server(visible(caller, name)?),
        };
        Some(match self.root {
            Root::Mcp => Door::Mcp(endpoint),
            Root::Sse => Door::SseStream(endpoint),
            Root::Messages => Door::SseMessages(endpoint),
        })
    }
}

/// The server of that name. The judge is asked before the table, so that both answers cost the same.
fn visible(caller: &Caller, name: &str) -> Option<Slug> {
    let slug: Slug = name.parse().ok()?;
    let sees = caller.snapshot.policy.sees(caller.agent.id, &slug);
    let server = caller.snapshot.server(slug.as_str());
    server.filter(|server| sees && !server.disabled).map(|_| slug)
}
