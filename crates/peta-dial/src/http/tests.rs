use std::{
    net::Ipv4Addr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use http::Method;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

use super::*;
use crate::{body, dialer::Config};

type Seen = Arc<Mutex<Vec<(Method, String, Bytes)>>>;

/// Answers by path: `/to/X` redirects to X, anything else says the path.
struct Peer {
    origin: String,
    seen: Seen,
    connections: Arc<AtomicUsize>,
}

impl Peer {
    async fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let (seen, connections) = (Seen::default(), Arc::new(AtomicUsize::new(0)));
        let peer = Self { origin, seen: Arc::clone(&seen), connections: Arc::clone(&connections) };
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                connections.fetch_add(1, Ordering::Relaxed);
                let seen = Arc::clone(&seen);
                let service = service_fn(move |request| answer(request, Arc::clone(&seen)));
                tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
            }
        });
        peer
    }

    fn http(&self) -> Http {
        let dialer = Dialer::new(Config::default()).unwrap();
        Http::new(&dialer, dialer.target(&self.origin).unwrap())
    }
}

async fn answer(request: Request<Incoming>, seen: Seen) -> Result<Response<Full<Bytes>>, std::convert::Infallible> {
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let body = body::read(request.into_body(), 1_000).await.unwrap();
    seen.lock().unwrap().push((method, path.clone(), body));
    let status = |text: &str| text.parse::<u16>().unwrap_or(200);
    let response = match path.strip_prefix("/to/").and_then(|rest| rest.split_once('/')) {
        Some((code, to)) => Response::builder().status(status(code)).header("location", to.replace('~', "/")),
        None => Response::builder(),
    };
    Ok(response.body(Full::from(path)).unwrap())
}

fn post(path: &str) -> Request<Full<Bytes>> {
    Request::post(path).body(Full::from("hello")).unwrap()
}

#[tokio::test]
async fn connections_are_kept_for_the_next_request() {
    let peer = Peer::start().await;
    let http = peer.http();
    for path in ["/one", "/two"] {
        let answer = http.send(post(path)).await.unwrap();
        assert_eq!(body::read(answer.into_body(), 100).await.unwrap(), path);
    }
    assert_eq!(peer.connections.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn connections_that_are_let_go_serve_nothing_more() {
    let peer = Peer::start().await;
    let http = peer.http();
    let count = || peer.connections.load(Ordering::Relaxed);
    let under_way = http.send(post("/one")).await.unwrap();
    let waiting = http.send(post("/two")).await.unwrap();
    assert_eq!(body::read(waiting.into_body(), 100).await.unwrap(), "/two");
    assert_eq!(count(), 2);
    http.let_go();
    assert_eq!(body::read(under_way.into_body(), 100).await.unwrap(), "/one");
    for path in ["/three", "/four"] {
        let answer = http.send(post(path)).await.unwrap();
        assert_eq!(body::read(answer.into_body(), 100).await.unwrap(), path);
    }
    assert_eq!(count(), 3, "neither the one that waited nor the one that was used, and the next is kept again");
}

#[tokio::test]
async fn a_redirect_inside_the_origin_keeps_method_and_body() {
    let peer = Peer::start().await;
    let answer = peer.http().send(post("/to/307/~there")).await.unwrap();
    assert_eq!(body::read(answer.into_body(), 100).await.unwrap(), "/there");
    let seen = peer.seen.lock().unwrap();
    assert_eq!(seen[1], (Method::POST, "/there".to_owned(), Bytes::from("hello")));
}

#[tokio::test]
async fn a_redirect_elsewhere_is_not_followed() {
    let (peer, other) = (Peer::start().await, Peer::start().await);
    let there = other.origin.replace('/', "~");
    let refused = peer.http().send(post(&format!("/to/308/{there}~stolen"))).await;
    assert!(matches!(refused, Err(HttpError::Redirected)));
    assert!(other.seen.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_request_for_one_place_only_is_not_sent_on() {
    let peer = Peer::start().await;
    assert_eq!(peer.http().send_once(post("/to/307/~there")).await.unwrap().status(), 307);
    assert_eq!(peer.seen.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn other_redirects_are_answers() {
    let peer = Peer::start().await;
    assert_eq!(peer.http().send(post("/to/302/~x")).await.unwrap().status(), 302);
}

#[tokio::test]
async fn redirects_in_a_circle_end() {
    let peer = Peer::start().await;
    let refused = peer.http().send(post("/to/307/~to~307~x")).await;
    // `/to/307/x` refers to itself, relative to its folder.
    assert!(matches!(refused, Err(HttpError::Redirected)), "{refused:?}");
}

#[tokio::test]
async fn bodies_are_bounded() {
    let peer = Peer::start().await;
    let answer = peer.http().send(post("/0123456789")).await.unwrap();
    let limit = 5;
    assert_eq!(body::read(answer.into_body(), limit).await, Err(body::BodyError::TooLarge { limit }));
}

#[tokio::test]
async fn a_refused_address_is_told_apart_from_a_broken_line() {
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap().local_addr().unwrap().port();
    let dialer = Dialer::new(Config::default()).unwrap();
    let http = Http::new(&dialer, dialer.target(&format!("http://127.0.0.1:{port}/")).unwrap());
    assert!(matches!(http.send(post("/")).await, Err(HttpError::Dial(DialError::Connect(_)))));
}

struct Bank(peta_arena::Leases, AtomicUsize);

impl crate::Lender for Bank {
    fn lend(&self) -> Result<peta_arena::Lease, crate::NotLent> {
        self.1.fetch_add(1, Ordering::Relaxed);
        let fill = |bytes: &mut [u8]| {
            bytes[..6].copy_from_slice(b"s3cret");
            Ok::<_, crate::NotLent>(6)
        };
        self.0.lend(6, std::time::Duration::MAX, fill).map_err(|_| crate::NotLent)
    }

    fn now(&self) -> std::time::Duration {
        std::time::Duration::ZERO
    }
}

#[tokio::test]
async fn secrets_go_out_with_each_request_and_to_this_origin_alone() {
    let (peer, other) = (Peer::start().await, Peer::start().await);
    let dialer = Dialer::new(Config::default()).unwrap();
    let http = Http::splicing(&dialer, dialer.target(&peer.origin).unwrap());
    let arena = peta_arena::Arena::new(4 << 10, peta_arena::Unlocked::Tell).unwrap();
    let bank = Arc::new(Bank(peta_arena::Leases::new(arena), AtomicUsize::new(0)));
    let place = crate::Placeholder::new([7; 16]);
    let lender: Arc<dyn crate::Lender> = Arc::clone(&bank) as Arc<dyn crate::Lender>;
    let splices = [Splice { placeholder: place.clone(), lender }];
    let with = |path: &str| {
        let mut request = post(path);
        request.headers_mut().insert("x-key", HeaderValue::from_str(place.as_str()).unwrap());
        request
    };
    let answer = http.send_with(post(&format!("/{}", place.as_str())), &splices).await.unwrap();
    assert_eq!(body::read(answer.into_body(), 100).await.unwrap(), "/s3cret");
    assert_eq!(peer.connections.load(Ordering::Relaxed), 1);
    let answer = http.send_with(with("/to/307/~there"), &splices).await.unwrap();
    assert_eq!(body::read(answer.into_body(), 100).await.unwrap(), "/there");
    assert_eq!(bank.1.load(Ordering::Relaxed), 3, "lent once for each request that went out");
    assert_eq!(bank.0.open(), 0, "nothing is on loan any more");
    let before = peer.connections.load(Ordering::Relaxed);
    for _ in 0..2 {
        let answer = http.send_with(with("/to/404/x"), &splices).await.unwrap();
        assert_eq!(answer.status(), 404);
        body::read(answer.into_body(), 100).await.unwrap();
    }
    assert_eq!(peer.connections.load(Ordering::Relaxed), before + 1, "nobody searches what comes with an error");
    let there = other.origin.replace('/', "~");
    let elsewhere = http.send_with(with(&format!("/to/308/{there}~x")), &splices).await;
    assert!(matches!(elsewhere, Err(HttpError::Redirected)) && other.seen.lock().unwrap().is_empty());
    let without = http.send_with(post("/nothing"), &splices).await;
    assert!(matches!(without, Err(HttpError::Broken)), "an answer to a request that went without is none");
    let refused = peer.http().send_with(post("/x"), &splices).await;
    assert!(matches!(refused, Err(HttpError::Request)), "this way takes no secrets");
}
