//! TLS through the dialer's own door, with an authority that only the tests know (its key was thrown away).

#![allow(clippy::unwrap_used, reason = "tests: what they lean on outside of test functions may fail loudly, too")]

use std::{net::Ipv4Addr, path::PathBuf, sync::Arc};

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use hyper::{Response, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use peta_dial::{Config, DialError, Dialer, Http, HttpError};
use rustls::{ServerConfig, crypto::aws_lc_rs::default_provider};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

fn file(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests", "it", name].iter().collect()
}

/// A server over https that is known as `localhost` and `127.0.0.1`; gives its port.
async fn server() -> u16 {
    let chain = CertificateDer::pem_file_iter(file("server.pem")).unwrap().map(Result::unwrap).collect();
    let key = PrivateKeyDer::from_pem_file(file("server.key")).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()));
    let config = config.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
    let acceptor = TlsAcceptor::from(Arc::new(config.with_single_cert(chain, key).unwrap()));
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let Ok(stream) = acceptor.accept(stream).await else { return };
                let service = service_fn(|_| async { Ok::<_, std::convert::Infallible>(hello()) });
                let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
            });
        }
    });
    port
}

fn hello() -> Response<Full<Bytes>> {
    Response::new(Full::from("hello"))
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
        assert_eq!(ask(with_authority(), &format!("https://{host}:{port}/")).await.unwrap(), "hello");
    }
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
