//! TLS through the dialer's own door, with an authority that only the tests know (its key was thrown away).

#![allow(clippy::unwrap_used, reason = "tests: what they lean on outside of test functions may fail loudly, too")]

use std::{
    net::Ipv4Addr,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use hyper::{Response, body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
};
use peta_dial::{Config, DialError, Dialer, Http, HttpError};
use rustls::{ServerConfig, crypto::aws_lc_rs::default_provider};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

fn file(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests", "it", name].iter().collect()
}

/// A server over https that is known as `localhost` and `127.0.0.1`, speaks HTTP/1.1 and says which version it was
/// asked in; gives its port.
async fn server() -> u16 {
    speaking(&["http/1.1"]).await.0
}

/// The same, of these protocols (ALPN); also counts its connections.
async fn speaking(protocols: &[&str]) -> (u16, Arc<AtomicUsize>) {
    let chain = CertificateDer::pem_file_iter(file("server.pem")).unwrap().map(Result::unwrap).collect();
    let key = PrivateKeyDer::from_pem_file(file("server.key")).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()));
    let config = config.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
    let mut config = config.with_single_cert(chain, key).unwrap();
    config.alpn_protocols = protocols.iter().map(|protocol| protocol.as_bytes().to_vec()).collect();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let connections = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&connections);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            counted.fetch_add(1, Ordering::Relaxed);
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let Ok(stream) = acceptor.accept(stream).await else { return };
                let service = service_fn(|request| async move { Ok::<_, std::convert::Infallible>(hello(&request)) });
                let _ = auto::Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service).await;
            });
        }
    });
    (port, connections)
}

fn hello(request: &Request<Incoming>) -> Response<Full<Bytes>> {
    Response::new(Full::from(format!("{:?} at {}", request.version(), request.uri().path())))
}

async fn ask(config: Config, url: &str) -> Result<Bytes, HttpError> {
    let dialer = Dialer::new(config).unwrap();
    let http = Http::new(&dialer, dialer.target(url).unwrap());
    let answer = http.send(Request::get("/").body(Full::default()).unwrap()).await?;
    Ok(peta_dial::read(answer.into_body(), 100).await.unwrap())
}

fn with_authority() -> Config {
    Config { extra_ca: Some(file("ca.pem")), ..Config::default() }
}

#[tokio::test]
async fn a_server_with_a_known_authority_is_spoken_to() {
    let port = server().await;
    for host in ["localhost", "127.0.0.1"] {
        assert_eq!(ask(with_authority(), &format!("https://{host}:{port}/")).await.unwrap(), "HTTP/1.1 at /");
    }
}

#[tokio::test]
async fn a_server_that_speaks_http_2_gets_all_requests_over_one_connection() {
    let (port, connections) = speaking(&["h2", "http/1.1"]).await;
    let dialer = Dialer::new(with_authority()).unwrap();
    let http = Http::new(&dialer, dialer.target(&format!("https://localhost:{port}/")).unwrap());
    let mut asking = tokio::task::JoinSet::new();
    for number in 0..20 {
        let http = http.clone();
        asking.spawn(async move {
            let request = Request::get(format!("/{number}")).body(Full::default()).unwrap();
            let answer = http.send(request).await.unwrap();
            (number, peta_dial::read(answer.into_body(), 100).await.unwrap())
        });
    }
    while let Some(answered) = asking.join_next().await {
        let (number, said) = answered.unwrap();
        assert_eq!(said, format!("HTTP/2.0 at /{number}"));
    }
    assert_eq!(connections.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn an_unknown_authority_is_refused() {
    let port = server().await;
    let refused = ask(Config::default(), &format!("https://localhost:{port}/")).await;
    assert!(matches!(refused, Err(HttpError::Dial(DialError::Tls(_)))), "{refused:?}");
}

#[tokio::test]
async fn a_certificate_for_another_name_is_refused() {
    let port = server().await;
    let refused = ask(with_authority(), &format!("https://other.localhost:{port}/")).await;
    assert!(matches!(refused, Err(HttpError::Dial(DialError::Tls(_)))), "{refused:?}");
}

#[tokio::test]
async fn plain_text_where_tls_is_due_is_no_answer() {
    let port = server().await;
    assert!(ask(with_authority(), &format!("http://localhost:{port}/")).await.is_err());
}
