//! A scripted HTTP server on loopback: a function from a request to an answer, and a list of what was asked.

use std::{
    convert::Infallible,
    net::Ipv4Addr,
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response};
use http_body::{Body, Frame};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpListener;

/// A request, as it came.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) method: Method,
    /// Path and query.
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

/// What is answered.
pub(crate) enum Said {
    Text {
        status: u16,
        media: &'static str,
        body: String,
    },
    Redirect {
        status: u16,
        to: String,
    },
    /// JSON that does not end.
    Endless,
    /// Nothing, for ever.
    Never,
}

type Script = Box<dyn Fn(&Asked) -> Said + Send + Sync>;

#[derive(Clone)]
pub(crate) struct Peer {
    pub(crate) origin: String,
    seen: Arc<Mutex<Vec<Asked>>>,
}

impl Peer {
    /// Starts one; its script is made with its origin.
    pub(crate) async fn start<F>(script: impl FnOnce(&str) -> F) -> Self
    where
        F: Fn(&Asked) -> Said + Send + Sync + 'static,
    {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let script: Arc<Script> = Arc::new(Box::new(script(&origin)));
        let peer = Self { origin, seen: Arc::default() };
        let seen = Arc::clone(&peer.seen);
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (seen, script) = (Arc::clone(&seen), Arc::clone(&script));
                let service = service_fn(move |request| serve(request, Arc::clone(&seen), Arc::clone(&script)));
                tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
            }
        });
        peer
    }

    /// What was asked so far.
    pub(crate) fn seen(&self) -> Vec<Asked> {
        self.seen.lock().unwrap().clone()
    }

    /// The paths that were asked for.
    pub(crate) fn paths(&self) -> Vec<String> {
        self.seen().into_iter().map(|asked| asked.path).collect()
    }

    /// The last request to a path.
    pub(crate) fn last(&self, path: &str) -> Asked {
        self.seen().into_iter().rfind(|asked| asked.path.split('?').next() == Some(path)).unwrap()
    }
}

impl Asked {
    /// The parameters of its query, or of its body.
    pub(crate) fn form(&self) -> Vec<(String, String)> {
        let query = self.path.split_once('?').map_or("", |(_, query)| query);
        pairs(if self.method == Method::POST { &self.body } else { query })
    }

    pub(crate) fn get(&self, name: &str) -> Option<String> {
        let mut found = self.form().into_iter().filter(|(known, _)| known == name).map(|(_, value)| value);
        let first = found.next();
        assert!(found.next().is_none(), "{name} stands twice");
        first
    }
}

impl Said {
    pub(crate) fn json(value: &Value) -> Self {
        Self::status(200, value)
    }

    pub(crate) fn status(status: u16, value: &Value) -> Self {
        Self::Text { status, media: "application/json", body: value.to_string() }
    }

    pub(crate) fn nothing() -> Self {
        Self::Text { status: 404, media: "text/plain", body: "nothing here".to_owned() }
    }

    pub(crate) fn page() -> Self {
        Self::Text { status: 200, media: "text/html", body: "<html>Welcome</html>".to_owned() }
    }
}

/// Reads a form; an own reader, so that the crate's is not its own judge.
pub(crate) fn pairs(text: &str) -> Vec<(String, String)> {
    let plain = |text: &str| {
        let mut bytes = Vec::new();
        let mut rest = text.as_bytes();
        while let [first, tail @ ..] = rest {
            rest = tail;
            bytes.push(match first {
                b'+' => b' ',
                b'%' => {
                    let byte = u8::from_str_radix(std::str::from_utf8(&rest[..2]).unwrap(), 16).unwrap();
                    rest = &rest[2..];
                    byte
                }
                byte => *byte,
            });
        }
        String::from_utf8(bytes).unwrap()
    };
    let split = |pair: &str| pair.split_once('=').map(|(name, value)| (plain(name), plain(value))).unwrap();
    text.split('&').filter(|pair| !pair.is_empty()).map(split).collect()
}

async fn serve(
    request: Request<Incoming>,
    seen: Arc<Mutex<Vec<Asked>>>,
    script: Arc<Script>,
) -> Result<Response<Sent>, Infallible> {
    let (head, body) = request.into_parts();
    let body = peta_dial::read(body, 1 << 20).await.unwrap();
    let path = head.uri.path_and_query().unwrap().to_string();
    let body = String::from_utf8(body.to_vec()).unwrap();
    let asked = Asked { method: head.method, path, headers: head.headers, body };
    let said = script(&asked);
    seen.lock().unwrap().push(asked);
    let (response, sent) = match said {
        Said::Text { status, media, body } => {
            (Response::builder().status(status).header("content-type", media), Sent::Whole(Some(body.into())))
        }
        Said::Redirect { status, to } => (Response::builder().status(status).header("location", to), Sent::Whole(None)),
        Said::Endless => (Response::builder().header("content-type", "application/json"), Sent::Endless),
        Said::Never => std::future::pending().await,
    };
    Ok(response.body(sent).unwrap())
}

enum Sent {
    Whole(Option<Bytes>),
    Endless,
}

impl Body for Sent {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let next = match self.get_mut() {
            Self::Whole(body) => body.take(),
            Self::Endless => Some(Bytes::from(vec![b' '; 64 << 10])),
        };
        Poll::Ready(next.map(|bytes| Ok(Frame::data(bytes))))
    }
}
