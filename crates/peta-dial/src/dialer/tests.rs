use std::{collections::VecDeque, net::Ipv4Addr, sync::Mutex};

use tokio::net::TcpListener;

use super::*;
use crate::resolve::Resolving;

/// Answers each look with the next of its answers, then with the last for ever.
#[derive(Debug)]
struct Scripted(Mutex<VecDeque<Vec<IpAddr>>>);

impl Scripted {
    fn answers(answers: &[&[&str]]) -> Arc<Self> {
        let read = |answer: &&[&str]| answer.iter().map(|address| address.parse().unwrap()).collect();
        Arc::new(Self(Mutex::new(answers.iter().map(read).collect())))
    }
}

impl Resolve for Scripted {
    fn resolve<'a>(&'a self, _name: &'a str) -> Resolving<'a> {
        let mut answers = self.0.lock().unwrap();
        let answer = if answers.len() > 1 { answers.pop_front().unwrap() } else { answers[0].clone() };
        Box::pin(async move { Ok(answer) })
    }
}

fn dialer(answers: &[&[&str]]) -> Dialer {
    Dialer::with_resolver(Config::default(), Scripted::answers(answers)).unwrap()
}

async fn open(dialer: &Dialer, url: &str) -> Result<(), DialError> {
    dialer.open_http(&dialer.target(url).unwrap(), false).await.map(drop)
}

#[tokio::test]
async fn a_typed_loopback_address_is_dialled() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let dialer = Dialer::new(Config::default()).unwrap();
    open(&dialer, &format!("http://127.0.0.1:{port}/")).await.unwrap();
    open(&dialer, &format!("http://localhost:{port}/")).await.unwrap();
}

#[tokio::test]
async fn the_connection_has_no_delay() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let host = Host::parse("127.0.0.1").unwrap();
    let dialer = Dialer::new(Config::default()).unwrap();
    let stream = dialer.connect(&host, listener.local_addr().unwrap().port(), Reach::Private).await.unwrap();
    assert!(stream.nodelay().unwrap());
}

#[tokio::test]
async fn ssrf_corpus_a_public_name_with_a_private_address_is_refused() {
    for address in ["127.0.0.1", "10.0.0.1", "::1", "fd00::1", "169.254.169.254", "::ffff:127.0.0.1", "64:ff9b::7f00:1"]
    {
        let dialer = dialer(&[&[address]]);
        let refused = open(&dialer, "http://rebind.example.com:1/").await;
        assert!(matches!(refused, Err(DialError::Refused)), "{address}: {refused:?}");
    }
}

#[tokio::test]
async fn ssrf_corpus_one_bad_address_spoils_all() {
    let dialer = dialer(&[&["93.184.216.34", "127.0.0.1"]]);
    assert!(matches!(open(&dialer, "http://mixed.example.com:1/").await, Err(DialError::Refused)));
}

#[tokio::test]
async fn ssrf_corpus_each_dial_is_checked_anew() {
    // Loopback stands for the first, good address; the second look brings a forbidden one.
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let dialer = dialer(&[&["127.0.0.1"], &["169.254.169.254"]]);
    let url = format!("http://rebind.internal:{port}/");
    open(&dialer, &url).await.unwrap();
    assert!(matches!(open(&dialer, &url).await, Err(DialError::Refused)));
}

#[tokio::test]
async fn ssrf_corpus_private_names_reach_private_but_not_metadata() {
    let dialer = dialer(&[&["169.254.169.254"]]);
    assert!(matches!(open(&dialer, "http://metadata.internal/").await, Err(DialError::Refused)));
}

#[test]
fn ssrf_corpus_the_metadata_service_is_reached_by_its_own_target_alone() {
    let target = Target::cloud_metadata();
    assert!(may_dial("169.254.169.254".parse().unwrap(), target.reach()));
    for other in
        ["169.254.169.253", "169.254.0.1", "100.100.100.200", "127.0.0.1", "10.0.0.1", "1.1.1.1", "fd00:ec2::254"]
    {
        assert!(!may_dial(other.parse().unwrap(), target.reach()), "{other}");
    }
    for reach in [Reach::Public, Reach::Private] {
        assert!(!may_dial("169.254.169.254".parse().unwrap(), reach));
    }
    // What it answers leads nowhere, not even to itself.
    for reference in ["/x", "http://169.254.169.254/x", "http://127.0.0.1/", "//10.0.0.1/"] {
        assert!(target.refer(reference).is_err() || target.refer(reference).unwrap().reach() != Reach::Metadata);
    }
}

#[tokio::test]
async fn nobody_there_is_told_as_such() {
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap().local_addr().unwrap().port();
    let dialer = Dialer::new(Config::default()).unwrap();
    assert!(matches!(open(&dialer, &format!("http://127.0.0.1:{port}/")).await, Err(DialError::Connect(_))));
}

#[test]
fn a_missing_file_of_authorities_is_found_at_the_start() {
    let config = Config { extra_ca: Some("/nonexistent/ca.pem".into()), ..Config::default() };
    assert!(Dialer::new(config).is_err());
}
