//! A service of the tests: HTTP on loopback, what was asked, and faults that come before the true answers.

use std::{
    collections::{HashMap, VecDeque},
    convert::Infallible,
    net::Ipv4Addr,
    sync::{Arc, Mutex},
};

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response};
use http_body_util::Full;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpListener;

/// One request.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

/// What comes in the place of an answer.
#[derive(Debug, Clone)]
pub(crate) enum Fault {
    Status(u16, &'static str),
    Silence,
    Long,
}

/// What a service keeps: what it gave out, and what for.
pub(crate) type Kept = Mutex<HashMap<String, (String, Value)>>;

pub(crate) struct Peer {
    pub(crate) origin: String,
    seen: Arc<Mutex<Vec<Seen>>>,
    faults: Arc<Mutex<VecDeque<Fault>>>,
}

pub(crate) type Reply = (u16, String);

impl Peer {
    pub(crate) async fn start(answer: impl Fn(&Seen, &Kept) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let (seen, faults) = (Arc::<Mutex<Vec<Seen>>>::default(), Arc::<Mutex<VecDeque<Fault>>>::default());
        let peer = Self { origin, seen: Arc::clone(&seen), faults: Arc::clone(&faults) };
        let answer = Arc::new((answer, Kept::default()));
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (seen, faults, answer) = (Arc::clone(&seen), Arc::clone(&faults), Arc::clone(&answer));
                let service = service_fn(move |request| {
                    let (seen, faults, answer) = (Arc::clone(&seen), Arc::clone(&faults), Arc::clone(&answer));
                    async move {
                        let asked = read(request).await;
                        seen.lock().unwrap().push(asked.clone());
                        let fault = faults.lock().unwrap().pop_front();
                        let (status, body) = match fault {
                            Some(Fault::Status(status, body)) => (status, body.to_owned()),
                            Some(Fault::Silence) => std::future::pending().await,
                            Some(Fault::Long) => (200, format!("{{\"a\":\"{}\"}}", "x".repeat(70_000))),
                            None => (answer.0)(&asked, &answer.1),
                        };
                        Ok::<_, Infallible>(Response::builder().status(status).body(Full::<Bytes>::from(body)).unwrap())
                    }
                });
                tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
            }
        });
        peer
    }

    /// What comes next, before true answers.
    pub(crate) fn next(&self, faults: impl IntoIterator<Item = Fault>) {
        *self.faults.lock().unwrap() = faults.into_iter().collect();
    }

    /// What was asked since this was last looked at.
    pub(crate) fn take(&self) -> Vec<Seen> {
        std::mem::take(&mut self.seen.lock().unwrap())
    }
}

impl Seen {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

async fn read(request: Request<Incoming>) -> Seen {
    let (method, headers) = (request.method().clone(), request.headers().clone());
    let path = request.uri().path_and_query().unwrap().to_string();
    let body: Bytes = peta_dial::read(request.into_body(), 1 << 20).await.unwrap();
    Seen { method, path, headers, body: String::from_utf8(body.to_vec()).unwrap() }
}
