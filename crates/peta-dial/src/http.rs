//! HTTP to one origin, with connections kept for the next request: HTTP/2 where a server under TLS speaks it, else
//! HTTP/1.1. Nearer to the wire than a general client, for it is on the road of every call.

mod answer;
mod connection;
mod pool;

use std::{fmt, sync::Arc};

use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode, header, uri::PathAndQuery};
use http_body_util::Full;

use crate::{
    dialer::{DialError, Dialer},
    splice::Splice,
    target::Target,
};

pub use answer::Answer;
use connection::{Connection, Unsent};
use pool::Pool;

const REDIRECTS: usize = 5;

/// A way to one origin. Cheap to clone; clones share their connections.
#[derive(Clone)]
pub struct Http(Arc<Inner>);

struct Inner {
    dialer: Dialer,
    target: Target,
    /// `Host`, or nothing where the target's name makes no header.
    host: Option<HeaderValue>,
    pool: Arc<Pool>,
    /// Whether its requests take secrets.
    splices: bool,
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
        Self::made(dialer, target, false)
    }

    /// One whose requests take secrets in the place of placeholders; it speaks HTTP/1.1.
    pub fn splicing(dialer: &Dialer, target: Target) -> Self {
        Self::made(dialer, target, true)
    }

    fn made(dialer: &Dialer, target: Target, splices: bool) -> Self {
        let host = HeaderValue::try_from(target.authority()).ok();
        Self(Arc::new(Inner { dialer: dialer.clone(), target, host, pool: Arc::default(), splices }))
    }

    pub fn target(&self) -> &Target {
        &self.0.target
    }

    /// The value of `Host`: a request that brings it is spared that it is added.
    pub fn host(&self) -> Option<&HeaderValue> {
        self.0.host.as_ref()
    }

    /// Closes its connections of HTTP/1.1, those under way as soon as their answers are over. What was read of an answer may
    /// stand in its connection's buffer until that goes: so this is for whoever read what nobody may keep.
    pub fn let_go(&self) {
        self.0.pool.let_go();
    }

    /// Sends a request; of its URI, path and query count. Redirects with 307 and 308 are followed inside the origin.
    pub async fn send(&self, request: Request<Full<Bytes>>) -> Result<Response<Answer>, HttpError> {
        self.send_with(request, &[]).await
    }

    /// The same, with secrets in the place of the placeholders that stand in its head. They are lent anew for each
    /// attempt, and go to this origin alone.
    pub async fn send_with(
        &self,
        request: Request<Full<Bytes>>,
        splices: &[Splice],
    ) -> Result<Response<Answer>, HttpError> {
        if !splices.is_empty() && !self.0.splices {
            return Err(HttpError::Request);
        }
        let mut next = request;
        let mut at: Option<Target> = None;
        for _ in 0..=REDIRECTS {
            let again = next.clone();
            let answer = self.exchange(next, splices).await?;
            if !matches!(answer.status(), StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT) {
                return Ok(answer);
            }
            let location = answer.headers().get(header::LOCATION).map(HeaderValue::to_str);
            let Some(Ok(location)) = location else { return Err(HttpError::Redirected) };
            let path = again.uri().path_and_query().map_or("/", PathAndQuery::as_str);
            let from = at.unwrap_or_else(|| self.0.target.at(path));
            let to = from.refer(location).map_err(|_| HttpError::Redirected)?;
            if !to.same_origin(&self.0.target) {
                return Err(HttpError::Redirected);
            }
            next = again;
            *next.uri_mut() = to.path().parse().map_err(|_| HttpError::Request)?;
            at = Some(to);
        }
        Err(HttpError::Redirected)
    }

    /// Sends a request and takes what comes, a redirect too: for requests that may go to one place only.
    pub async fn send_once(&self, request: Request<Full<Bytes>>) -> Result<Response<Answer>, HttpError> {
        self.exchange(request, &[]).await
    }

    /// One request, one answer. A kept connection that turns out to be closed is replaced: the request did not leave.
    async fn exchange(
        &self,
        mut request: Request<Full<Bytes>>,
        splices: &[Splice],
    ) -> Result<Response<Answer>, HttpError> {
        let host = self.0.host.as_ref().ok_or(HttpError::Request)?;
        loop {
            let era = self.0.pool.era();
            let kept = self.0.pool.take();
            let is_new = kept.is_none();
            let mut connection = match kept {
                Some(kept) => kept,
                // Boxed: it is rare, and would make every future that sends a request deep and large.
                None => Box::pin(self.open()).await?,
            };
            connection.shape(&mut request, &self.0.target, host).map_err(|_| HttpError::Request)?;
            match connection.send(request, splices).await {
                // What comes with an error is not looked at by whoever looks for secrets in answers.
                Ok(answer) if !splices.is_empty() && is_error(answer.status()) => {
                    return Ok(answer.map(|body| Answer::last(body, connection)));
                }
                Ok(answer) => return Ok(answer.map(|body| Answer::new(body, connection, (&self.0.pool, era)))),
                Err(Unsent::Whole(unsent)) if !is_new => request = *unsent,
                Err(Unsent::Whole(_) | Unsent::Maybe) => return Err(HttpError::Broken),
            }
        }
    }

    /// A new connection. Under TLS those that want one at the same time wait for the first: it may serve them all.
    async fn open(&self) -> Result<Connection, DialError> {
        let Inner { dialer, target, pool, .. } = &*self.0;
        let turn = if target.is_tls() && pool.may_be_shared() { Some(pool.turn().await) } else { None };
        if let Some(shared) = turn.as_ref().and_then(|_| pool.shared()) {
            return Ok(shared);
        }
        let opened = Connection::open(dialer, target, self.0.splices).await?;
        pool.opened(&opened);
        Ok(opened)
    }
}

fn is_error(status: StatusCode) -> bool {
    status.is_client_error() || status.is_server_error()
}

impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Http").field("target", &self.0.target).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
