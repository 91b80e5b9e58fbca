//! One open connection and a request on it.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use http::{HeaderValue, Request, Response, Uri, header, uri::PathAndQuery};
use http_body_util::Full;
use hyper::{
    body::Incoming,
    client::conn::{TrySendError, http1, http2},
};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};

use crate::{
    dialer::{DialError, Dialer},
    splice::{Desk, Splice, Splicing},
    target::Target,
};

/// What the head of an answer may measure.
const HEADERS: usize = 100;
/// It is what is read at once, too: a large answer in pieces of 64 KiB costs four times as many calls of the system.
const HEAD: usize = 400 << 10;

/// What may be under way unread: of one answer, and of all of a connection (HTTP/2; 64 KiB would slow large results).
const STREAM_WINDOW: u32 = 1 << 20;
const CONNECTION_WINDOW: u32 = 4 << 20;
/// A peer that is gone without a word is noticed so often.
const PING: Duration = Duration::from_secs(30);

pub(super) enum Connection {
    /// HTTP/1.1: one request at a time.
    One(http1::SendRequest<Full<Bytes>>),
    /// The same, with secrets put into its requests.
    Spliced(http1::SendRequest<Full<Bytes>>, Arc<Desk>),
    /// HTTP/2: many side by side.
    Many(http2::SendRequest<Full<Bytes>>),
}

/// Why a request has no answer.
pub(super) enum Unsent {
    /// None of it was sent.
    Whole(Box<Request<Full<Bytes>>>),
    /// It may have been read.
    Maybe,
}

impl Connection {
    /// Opens one. With `splices` it takes secrets, and speaks HTTP/1.1, for HTTP/2 keeps what heads said.
    pub(super) async fn open(dialer: &Dialer, target: &Target, splices: bool) -> Result<Self, DialError> {
        let (stream, many) = dialer.open_http(target, splices).await?;
        if splices {
            let (stream, desk) = Splicing::new(stream);
            return Ok(Self::Spliced(one(TokioIo::new(stream)).await?, desk));
        }
        let io = TokioIo::new(stream);
        let broken = |_| DialError::Connect(std::io::ErrorKind::ConnectionAborted);
        // A connection's task ends with the last sender and answer, or when its peer closes.
        if many {
            let (sender, connection) = http2::Builder::new(TokioExecutor::new())
                .timer(TokioTimer::new())
                .initial_stream_window_size(STREAM_WINDOW)
                .initial_connection_window_size(CONNECTION_WINDOW)
                .max_header_list_size(64 << 10)
                .keep_alive_interval(PING)
                .keep_alive_timeout(PING)
                .handshake(io)
                .await
                .map_err(broken)?;
            tokio::spawn(connection);
            return Ok(Self::Many(sender));
        }
        one(io).await.map(Self::One)
    }

    /// Gives a request's head the form of this connection's version, whatever form an earlier attempt gave it: HTTP/1.1
    /// has the path in its first line and names the host in a header (RFC 9112, 3.2.1), HTTP/2 names scheme and authority
    /// in the head itself (RFC 9113, 8.3.1).
    pub(super) fn shape(
        &self,
        request: &mut Request<Full<Bytes>>,
        target: &Target,
        host: &HeaderValue,
    ) -> Result<(), http::Error> {
        let path = request.uri().path_and_query().cloned().unwrap_or(PathAndQuery::from_static("/"));
        match self {
            Self::One(_) | Self::Spliced(..) => {
                if request.uri().scheme().is_some() {
                    *request.uri_mut() = Uri::from(path);
                }
                if request.headers().get(header::HOST) != Some(host) {
                    request.headers_mut().insert(header::HOST, host.clone());
                }
            }
            Self::Many(_) => {
                request.headers_mut().remove(header::HOST);
                *request.uri_mut() =
                    Uri::builder().scheme("https").authority(target.authority()).path_and_query(path).build()?;
            }
        }
        Ok(())
    }

    /// Sends a request, with what is to be put into it.
    pub(super) async fn send(
        &mut self,
        request: Request<Full<Bytes>>,
        splices: &[Splice],
    ) -> Result<Response<Incoming>, Unsent> {
        let ready = match self {
            Self::One(sender) | Self::Spliced(sender, _) => sender.ready().await,
            Self::Many(sender) => sender.ready().await,
        };
        if ready.is_err() {
            return Err(Unsent::Whole(Box::new(request)));
        }
        match self {
            Self::One(sender) => sender.try_send_request(request).await.map_err(not_sent),
            Self::Spliced(sender, desk) => {
                desk.lay(splices);
                let answer = sender.try_send_request(request).await.map_err(not_sent)?;
                // An answer to a request that went without what it needs is none.
                if desk.is_clear() { Ok(answer) } else { Err(Unsent::Maybe) }
            }
            Self::Many(sender) => sender.try_send_request(request).await.map_err(not_sent),
        }
    }

    pub(super) fn is_closed(&self) -> bool {
        match self {
            Self::One(sender) | Self::Spliced(sender, _) => sender.is_closed(),
            Self::Many(sender) => sender.is_closed(),
        }
    }
}

async fn one<S>(io: TokioIo<S>) -> Result<http1::SendRequest<Full<Bytes>>, DialError>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let mut builder = http1::Builder::new();
    let opened = builder.max_headers(HEADERS).max_buf_size(HEAD).handshake(io).await;
    let (sender, connection) = opened.map_err(|_| DialError::Connect(std::io::ErrorKind::ConnectionAborted))?;
    tokio::spawn(connection);
    Ok(sender)
}

fn not_sent(mut error: TrySendError<Request<Full<Bytes>>>) -> Unsent {
    error.take_message().map_or(Unsent::Maybe, |request| Unsent::Whole(Box::new(request)))
}

#[cfg(test)]
mod tests;
