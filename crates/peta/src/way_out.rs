//! How commands and the bridge reach a Core: over the guarded dialer, to an address that may change while they run.

use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use http::{Request, Response, Uri};
use http_body_util::Full;
use hyper::client::conn::http1::SendRequest;
use hyper_util::rt::TokioIo;
use peta_dial::{Answer, Config, Dialer, Http, HttpError};
use peta_model::Code;
use tokio::net::UnixStream;

use crate::fault::Fault;

/// The way to a Core, or to whatever else an administrator named by URL.
#[derive(Debug)]
pub(crate) struct Line {
    dialer: Dialer,
    /// Where the last request went; its connections are kept for the next one.
    last: Mutex<Option<(Uri, Http)>>,
}

/// Why a request has no answer.
#[derive(Debug)]
pub(crate) enum Unsent {
    /// It was never sent.
    Never(String),
    /// It was sent, at least in part, and then the connection broke.
    Maybe,
}

/// The URL of a Core, as a person wrote it: scheme, host and port, no path.
pub(crate) fn core_url(text: &str) -> Result<Uri, Fault> {
    let url: Result<crate::config::PublicUrl, String> = text.parse();
    let uri = url.ok().and_then(|url| url.to_string().parse().ok());
    uri.ok_or_else(|| {
        Fault::new(
            Code::USAGE,
            format!("`{}` is not the address of a Core", text.escape_debug()),
            "write scheme, host and port and no path, such as http://127.0.0.1:7382",
        )
    })
}

/// Begins HTTP/1.1 on a connection to a Unix socket.
pub(crate) async fn begin(stream: UnixStream) -> hyper::Result<SendRequest<Full<Bytes>>> {
    let (sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    // It ends when the sender and the last answer's body are dropped.
    tokio::spawn(connection);
    Ok(sender)
}

impl Line {
    /// A way out with a dialer of its own, for a command.
    pub(crate) fn new() -> Result<Self, Fault> {
        let dialer = Dialer::new(Config::default())
            .map_err(|error| Fault::new(Code::CORE_UNREACHABLE, format!("no connection can be made: {error}"), ""))?;
        Ok(Self::over(dialer))
    }

    pub(crate) const fn over(dialer: Dialer) -> Self {
        Self { dialer, last: Mutex::new(None) }
    }

    /// Sends one request to the origin of `base`; of the request's own target, path and query count.
    pub(crate) async fn send(&self, base: &Uri, request: Request<Full<Bytes>>) -> Result<Response<Answer>, Unsent> {
        let http = self.to(base).map_err(Unsent::Never)?;
        http.send(request).await.map_err(|error| match error {
            HttpError::Broken => Unsent::Maybe,
            other => Unsent::Never(other.to_string()),
        })
    }

    fn to(&self, base: &Uri) -> Result<Http, String> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, http)) = last.as_ref().filter(|(to, _)| to == base) {
            return Ok(http.clone());
        }
        // Whoever may say where Core is may say that it is on a private address.
        let target = self.dialer.target(&base.to_string()).map_err(|error| error.to_string())?.allow_private();
        let http = Http::new(&self.dialer, target);
        *last = Some((base.clone(), http.clone()));
        Ok(http)
    }
}
