//! One connection: HTTP/1.1 or HTTP/2 with the limits, watched by its pulse, ended gently or at once.

use std::{convert::Infallible, net::IpAddr, sync::Arc, time::Duration};

use http::Version;
use hyper::service::service_fn;
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::watch,
};

use super::{
    Entry,
    pulse::{Heard, Patience, Pulse},
};
use crate::config::Limits;

/// Streams that one HTTP/2 connection may have open.
const STREAMS: u32 = 256;
/// A peer that is gone without a word is noticed so often, on HTTP/2.
const PING: Duration = Duration::from_secs(30);

/// Whether connections go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    Open,
    /// What runs goes on, nothing new comes.
    Closing,
    /// All is over.
    Cut,
}

/// How connections are treated.
#[derive(Debug, Clone)]
pub(crate) struct Manners {
    builder: auto::Builder<TokioExecutor>,
    patience: Patience,
}

impl Manners {
    pub(crate) fn new(limits: &Limits) -> Self {
        let mut builder = auto::Builder::new(TokioExecutor::new());
        // hyper wants room for at least 8 KiB.
        let bytes = limits.header_bytes.0.max(8 << 10);
        builder
            .http1()
            .timer(TokioTimer::new())
            .header_read_timeout(None)
            .max_headers(limits.headers)
            .max_buf_size(bytes);
        builder
            .http2()
            .timer(TokioTimer::new())
            .max_header_list_size(u32::try_from(bytes).unwrap_or(u32::MAX))
            .max_concurrent_streams(STREAMS)
            .keep_alive_interval(PING)
            .keep_alive_timeout(PING);
        let patience = Patience {
            head: limits.head_read.duration(),
            rest: limits.keep_alive.duration(),
            unread: limits.answer_unread.duration(),
        };
        Self { builder, patience }
    }

    pub(super) const fn head(&self) -> Duration {
        self.patience.head
    }
}

/// Serves a connection to its end.
pub(super) async fn serve<S>(
    socket: S,
    peer: Option<IpAddr>,
    entry: Arc<Entry>,
    manners: &Manners,
    mut stage: watch::Receiver<Stage>,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let pulse = Pulse::new(manners.patience);
    let io = TokioIo::new(Heard::new(socket, Arc::clone(&pulse)));
    let watched = Arc::clone(&pulse);
    let service = service_fn(move |request: http::Request<hyper::body::Incoming>| {
        let guard = watched.begin(request.version() == Version::HTTP_2);
        let entry = Arc::clone(&entry);
        async move { Ok::<_, Infallible>(entry.answer(request, peer, guard).await) }
    });
    let mut connection = std::pin::pin!(manners.builder.serve_connection(io, service));
    let mut closing = false;
    loop {
        tokio::select! {
            ended = connection.as_mut() => {
                if let Err(error) = ended {
                    // Peers that go away are no news.
                    tracing::trace!(%error, "connection broke");
                }
                return;
            }
            () = pulse.stopped() => return,
            changed = stage.changed() => {
                let now = *stage.borrow_and_update();
                if changed.is_err() || now == Stage::Cut {
                    return;
                }
                if now == Stage::Closing && !closing {
                    closing = true;
                    connection.as_mut().graceful_shutdown();
                }
            }
        }
    }
}
