//! HTTP/1.1 to one origin, with connections kept for the next request.

use std::{
    error::Error,
    fmt,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode, Uri, header, uri::PathAndQuery};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper_util::{
    client::legacy::Client,
    rt::{TokioExecutor, TokioIo, TokioTimer},
};
use tower::Service;

use crate::{
    dialer::{DialError, Dialer},
    stream::Stream,
    target::Target,
};

/// Servers of this field close idle connections after 5 s (Node, uvicorn); a request must not meet the closing.
const KEPT: Duration = Duration::from_secs(4);
const KEPT_MOST: usize = 64;

/// What the head of an answer may measure.
const HEADERS: usize = 100;
const HEAD: usize = 64 << 10;

const REDIRECTS: usize = 5;

/// A way to one origin. Cheap to clone; clones share their connections.
#[derive(Clone)]
pub struct Http {
    target: Target,
    client: Client<Connector, Full<Bytes>>,
}

/// Why there is no answer.
#[derive(Debug, Clone, thiserror::Error)]
pub enum HttpError {
    /// Nothing was sent.
    #[error(transparent)]
    Dial(#[from] DialError),
    /// The request may have been read.
    #[error("the connection broke before an answer came")]
    Broken,
    #[error("it redirects to another place")]
    Redirected,
    #[error("the request cannot be sent to that target")]
    Request,
}

impl Http {
    pub fn new(dialer: &Dialer, target: Target) -> Self {
        let connector = Connector { dialer: dialer.clone(), target: target.clone() };
        let client = Client::builder(TokioExecutor::new())
            .pool_idle_timeout(KEPT)
            .pool_max_idle_per_host(KEPT_MOST)
            .pool_timer(TokioTimer::new())
            .http1_max_headers(HEADERS)
            .http1_max_buf_size(HEAD)
            .build(connector);
        Self { target, client }
    }

    pub fn target(&self) -> &Target {
        &self.target
    }

    /// Sends a request; of its URI, path and query count. Redirects with 307 and 308 are followed inside the origin.
    pub async fn send(&self, request: Request<Full<Bytes>>) -> Result<Response<Incoming>, HttpError> {
        let path = request.uri().path_and_query().map_or("/", PathAndQuery::as_str);
        let mut at = self.target.at(path);
        for _ in 0..=REDIRECTS {
            let mut next = request.clone();
            *next.uri_mut() = at.to_string().parse().map_err(|_| HttpError::Request)?;
            let answer = self.client.request(next).await.map_err(|error| told(&error))?;
            if !matches!(answer.status(), StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT) {
                return Ok(answer);
            }
            let location = answer.headers().get(header::LOCATION).map(HeaderValue::to_str);
            let Some(Ok(location)) = location else { return Err(HttpError::Redirected) };
            at = at.refer(location).map_err(|_| HttpError::Redirected)?;
            if !at.same_origin(&self.target) {
                return Err(HttpError::Redirected);
            }
        }
        Err(HttpError::Redirected)
    }
}

impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Http").field("target", &self.target).finish_non_exhaustive()
    }
}

/// Dials the target, whatever URI is asked for: the client cannot be talked into another.
#[derive(Clone)]
struct Connector {
    dialer: Dialer,
    target: Target,
}

impl Service<Uri> for Connector {
    type Response = TokioIo<Stream>;
    type Error = DialError;
    type Future = Pin<Box<dyn Future<Output = Result<TokioIo<Stream>, DialError>> + Send>>;

    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), DialError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _uri: Uri) -> Self::Future {
        let Self { dialer, target } = self.clone();
        Box::pin(async move { dialer.open(&target).await.map(TokioIo::new) })
    }
}

fn told(error: &hyper_util::client::legacy::Error) -> HttpError {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(found) = cause {
        if let Some(dial) = found.downcast_ref::<DialError>() {
            return HttpError::Dial(dial.clone());
        }
        cause = found.source();
    }
    if error.is_connect() { HttpError::Dial(DialError::Connect(std::io::ErrorKind::Other)) } else { HttpError::Broken }
}

#[cfg(test)]
mod tests;
