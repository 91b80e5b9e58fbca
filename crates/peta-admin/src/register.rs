//! The one way a handler gets a route: by the type of its endpoint, which names the action it needs. A handler sees a
//! request only after its sender was proven and allowed, so a route without a check does not compile.

use std::{future::Future, marker::PhantomData};

use axum::{
    RequestPartsExt as _, Router,
    body::Body,
    extract::{RawPathParams, Request, State},
    response::{IntoResponse, Response},
    routing::MethodRouter,
};
use http::{HeaderValue, StatusCode, Version, header};
use peta_api::{
    Endpoint,
    route::{self, Method},
};
use utoipa::openapi::OpenApi;
use utoipa_axum::{PathItemExt as _, router::OpenApiRouter};

use crate::{
    access::{Door, Who},
    act,
    admin::Admin,
    contract,
    enter::enter,
    intake,
    problem::Fault,
};

/// A request to `E`, by a proven administrator whose role allows it.
pub(crate) struct Ask<E: Endpoint> {
    pub(crate) admin: Admin,
    pub(crate) who: Who,
    pub(crate) query: E::Query,
    pub(crate) body: E::Body,
    /// `Last-Event-ID`, for streams.
    pub(crate) last_event: Option<String>,
    names: Vec<String>,
    endpoint: PhantomData<E>,
}

/// What a handler gives back: the endpoint's answer, or (events) a stream.
pub(crate) enum Given<A> {
    Answer(A),
    Stream(Response),
}

/// Routes and their documentation, as they grow.
pub(crate) struct Routes(OpenApiRouter<Admin>);

impl<E: Endpoint> Ask<E> {
    /// The name in the path.
    pub(crate) fn name(&self) -> &str {
        self.names.first().map_or("", String::as_str)
    }
}

impl<A> From<A> for Given<A> {
    fn from(answer: A) -> Self {
        Self::Answer(answer)
    }
}

impl Routes {
    pub(crate) fn new() -> Self {
        Self(OpenApiRouter::with_openapi(contract::frame()))
    }

    /// Registers the handler of `E`.
    pub(crate) fn on<E, H, F, G>(self, handler: H) -> Self
    where
        E: Endpoint,
        H: Fn(Ask<E>) -> F + Clone + Send + Sync + 'static,
        F: Future<Output = Result<G, Fault>> + Send + 'static,
        G: Into<Given<E::Answer>> + Send + 'static,
    {
        let (schemas, paths) = contract::part::<E>();
        let method = match E::OPERATION.method {
            Method::Get => utoipa::openapi::HttpMethod::Get,
            Method::Post => utoipa::openapi::HttpMethod::Post,
            Method::Patch => utoipa::openapi::HttpMethod::Patch,
            Method::Delete => utoipa::openapi::HttpMethod::Delete,
        };
        let serve = move |State(admin): State<Admin>, request: Request| {
            let handler = handler.clone();
            let closes = <E::Body as route::Body>::SECRET && request.version() < Version::HTTP_2;
            async move {
                let answered = answer::<E, H, F, G>(admin, request, handler).await;
                let mut response = answered.unwrap_or_else(Fault::into_response);
                if closes {
                    // What the connection read lies in its buffer until that goes.
                    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
                }
                response
            }
        };
        Self(self.0.routes((schemas, paths, MethodRouter::new().on(method.to_method_filter(), serve))))
    }

    /// The router and the document.
    pub(crate) fn finish(self) -> (Router<Admin>, OpenApi) {
        let (router, document) = self.0.split_for_parts();
        let no_route = || async { Fault::no_route().into_response() };
        let no_method = || async { Fault::no_method().into_response() };
        (router.fallback(no_route).method_not_allowed_fallback(no_method), document)
    }
}

async fn answer<E, H, F, G>(admin: Admin, request: Request, handler: H) -> Result<Response, Fault>
where
    E: Endpoint,
    H: Fn(Ask<E>) -> F,
    F: Future<Output = Result<G, Fault>> + Send + 'static,
    G: Into<Given<E::Answer>> + Send + 'static,
{
    let (mut parts, body) = request.into_parts();
    let door = parts.extensions.get::<Door>().copied();
    let who = enter(&admin, door, &parts.headers, E::OPERATION).await?;
    let names: Vec<String> = match parts.extract::<RawPathParams>().await {
        Ok(names) => names.iter().map(|(_, name)| name.to_owned()).collect(),
        Err(_) => Vec::new(),
    };
    let query = intake::query::<E::Query>(&parts.uri)?;
    let body = intake::body::<E::Body>(&parts.headers, body, admin.config().body).await?;
    let last_event = parts.headers.get("last-event-id").and_then(|id| id.to_str().ok()).map(str::to_owned);
    let ask = Ask {
        admin: admin.clone(),
        who: who.clone(),
        query,
        body,
        last_event,
        names: names.clone(),
        endpoint: PhantomData,
    };
    let future = handler(ask);
    if E::OPERATION.method == Method::Get {
        return reply::<E>(future.await?.into());
    }
    // An act that has begun is finished, whether or not the asker waits for the answer.
    match tokio::spawn(future).await.map_err(|error| Fault::failed(&error))? {
        Ok(given) => reply::<E>(given.into()),
        Err(fault) if fault.is_recorded() => Err(fault),
        Err(fault) => {
            act::record_refused(&admin, &who, (E::OPERATION, &names), &fault).await?;
            Err(fault)
        }
    }
}

fn reply<E: Endpoint>(given: Given<E::Answer>) -> Result<Response, Fault> {
    let mut response = match given {
        Given::Stream(response) => return Ok(response),
        Given::Answer(_) if <E::Answer as route::Body>::NONE => Response::new(Body::empty()),
        Given::Answer(answer) => {
            let body = serde_json::to_vec(&answer).map_err(|error| Fault::failed(&error))?;
            ([(header::CONTENT_TYPE, "application/json")], body).into_response()
        }
    };
    *response.status_mut() = StatusCode::from_u16(E::OPERATION.status).unwrap_or(StatusCode::OK);
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}
