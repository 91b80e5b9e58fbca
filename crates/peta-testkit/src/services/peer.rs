//! A service of the tests: HTTP on loopback, what was asked, and faults that come before the true answers.

use std::{
    collections::{HashMap, VecDeque},
    io,
    net::Ipv4Addr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpListener;

/// One request.
#[derive(Debug, Clone)]
pub struct Seen {
    pub method: Method,
    pub path: String,
    pub headers: HeaderMap,
    pub body: String,
}

/// What comes in the place of an answer.
#[derive(Debug, Clone)]
pub enum Fault {
    Status(u16, &'static str),
    Silence,
    Long,
}

/// What a service keeps: what it gave out, and what for.
pub type Kept = Mutex<HashMap<String, (String, Value)>>;

/// A service that listens for as long as the test's runtime is there.
pub struct Peer {
    pub origin: String,
    away: Arc<AtomicBool>,
    seen: Arc<Mutex<Vec<Seen>>>,
    faults: Arc<Mutex<VecDeque<Fault>>>,
}

/// Status and body.
pub type Reply = (u16, String);

impl Peer {
    pub async fn start(answer: impl Fn(&Seen, &Kept) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let (seen, faults) = (Arc::<Mutex<Vec<Seen>>>::default(), Arc::<Mutex<VecDeque<Fault>>>::default());
        let away = Arc::<AtomicBool>::default();
        let peer = Self { origin, away: Arc::clone(&away), seen: Arc::clone(&seen), faults: Arc::clone(&faults) };
        let answer = Arc::new((answer, Kept::default()));
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (seen, faults, answer) = (Arc::clone(&seen), Arc::clone(&faults), Arc::clone(&answer));
                let away = Arc::clone(&away);
                let service = service_fn(move |request| {
                    let (seen, faults, answer) = (Arc::clone(&seen), Arc::clone(&faults), Arc::clone(&answer));
                    let away = Arc::clone(&away);
                    async move {
                        if away.load(Ordering::Relaxed) {
                            // The connection is cut, whether it is new or was kept.
                            return Err(io::Error::from(io::ErrorKind::ConnectionReset));
                        }
                        let asked = read(request).await;
                        seen.lock().unwrap().push(asked.clone());
                        let fault = faults.lock().unwrap().pop_front();
                        let (status, body) = match fault {
                            Some(Fault::Status(status, body)) => (status, body.to_owned()),
                            Some(Fault::Silence) => std::future::pending().await,
                            Some(Fault::Long) => (200, format!("{{\"a\":\"{}\"}}", "x".repeat(70_000))),
                            None => (answer.0)(&asked, &answer.1),
                        };
                        Ok(Response::builder().status(status).body(Full::<Bytes>::from(body)).unwrap())
                    }
                });
                tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
            }
        });
        peer
    }

    /// Whether it is away: nobody is answered then.
    pub fn set_away(&self, away: bool) {
        self.away.store(away, Ordering::Relaxed);
    }

    /// What comes next, before true answers.
    pub fn next(&self, faults: impl IntoIterator<Item = Fault>) {
        *self.faults.lock().unwrap() = faults.into_iter().collect();
    }

    /// What was asked since this was last looked at.
    pub fn take(&self) -> Vec<Seen> {
        std::mem::take(&mut self.seen.lock().unwrap())
    }
}

impl Seen {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

async fn read(request: Request<Incoming>) -> Seen {
    let (method, headers) = (request.method().clone(), request.headers().clone());
    let path = request.uri().path_and_query().unwrap().to_string();
    let body = request.into_body().collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    Seen { method, path, headers, body: String::from_utf8(body.to_vec()).unwrap() }
}
