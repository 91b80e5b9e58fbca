//! Whoever takes requests with events: not there until a test says so, at an address that is its own all the time; then with
//! whatever it is to do wrong, one request after the other, before it answers truly.

use std::{
    collections::VecDeque,
    io,
    net::Ipv4Addr,
    sync::{Arc, Mutex},
};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpSocket};

use super::peer::Seen;

/// What it does in the place of a true answer.
#[derive(Debug, Clone)]
pub enum Act {
    /// Answers with this status, these headers and this body.
    Say(u16, &'static [(&'static str, &'static str)], &'static str),
    /// Never answers.
    Silence,
    /// Closes the connection in the middle of the request.
    Cut,
    /// Reads the request, and closes the connection in the place of an answer.
    Vanish,
}

/// A true answer.
#[derive(Debug, Clone, Default)]
pub struct Said {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: String,
}

pub struct Receiver {
    pub address: String,
    socket: Mutex<Option<TcpSocket>>,
    shared: Arc<Shared>,
}

struct Shared {
    answer: Box<dyn Fn(&Seen) -> Said + Send + Sync>,
    acts: Mutex<VecDeque<Act>>,
    seen: Mutex<Vec<Seen>>,
}

impl Receiver {
    /// One that has an address and is not there: who connects is refused.
    pub fn absent(answer: impl Fn(&Seen) -> Said + Send + Sync + 'static) -> Self {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.bind((Ipv4Addr::LOCALHOST, 0).into()).expect("a port");
        let address = socket.local_addr().expect("bound").to_string();
        let shared = Shared { answer: Box::new(answer), acts: Mutex::default(), seen: Mutex::default() };
        Self { address, socket: Mutex::new(Some(socket)), shared: Arc::new(shared) }
    }

    /// One that is there.
    pub fn start(answer: impl Fn(&Seen) -> Said + Send + Sync + 'static) -> Self {
        let receiver = Self::absent(answer);
        receiver.arrive();
        receiver
    }

    /// From now on it is there.
    pub fn arrive(&self) {
        let socket = self.socket.lock().expect("unpoisoned").take().expect("it arrives once");
        let listener = socket.listen(64).expect("listens");
        tokio::spawn(serve(listener, Arc::clone(&self.shared)));
    }

    /// What it does next, before true answers.
    pub fn next(&self, acts: impl IntoIterator<Item = Act>) {
        self.shared.acts.lock().expect("unpoisoned").extend(acts);
    }

    /// How much is left that it is to do wrong.
    pub fn left(&self) -> usize {
        self.shared.acts.lock().expect("unpoisoned").len()
    }

    /// All that it answered truly.
    pub fn seen(&self) -> Vec<Seen> {
        self.shared.seen.lock().expect("unpoisoned").clone()
    }
}

impl Said {
    pub fn json(status: u16, body: impl Into<String>) -> Self {
        Self { status, headers: vec![("content-type", "application/json".to_owned())], body: body.into() }
    }
}

async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    while let Ok((stream, _)) = listener.accept().await {
        let shared = Arc::clone(&shared);
        let service = service_fn(move |request| answer(request, Arc::clone(&shared)));
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    }
}

async fn answer(mut request: Request<Incoming>, shared: Arc<Shared>) -> io::Result<Response<Full<Bytes>>> {
    let act = shared.acts.lock().expect("unpoisoned").pop_front();
    let gone = || Err(io::Error::from(io::ErrorKind::ConnectionReset));
    if matches!(act, Some(Act::Cut)) {
        _ = request.body_mut().frame().await;
        return gone();
    }
    let (method, headers) = (request.method().clone(), request.headers().clone());
    let path = request.uri().path_and_query().expect("a path").to_string();
    let body = request.into_body().collect().await.map_err(io::Error::other)?.to_bytes();
    let said = match act {
        None => {
            let body = String::from_utf8(body.to_vec()).expect("UTF-8");
            let seen = Seen { method, path, headers, body };
            let said = (shared.answer)(&seen);
            shared.seen.lock().expect("unpoisoned").push(seen);
            said
        }
        Some(Act::Say(status, headers, body)) => {
            let headers = headers.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
            Said { status, headers, body: body.to_owned() }
        }
        Some(Act::Silence) => std::future::pending().await,
        Some(Act::Vanish | Act::Cut) => return gone(),
    };
    let mut response = Response::builder().status(said.status);
    for (name, value) in said.headers {
        response = response.header(name, value);
    }
    Ok(response.body(Full::from(said.body)).expect("a response"))
}
