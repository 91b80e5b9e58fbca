use http::{HeaderMap, Uri, header};
use peta_model::Code;

use super::Gate;
use crate::config::PublicUrl;

fn gate() -> Gate {
    let urls: Vec<PublicUrl> = vec!["https://peta.example".parse().unwrap()];
    let origins: Vec<PublicUrl> = vec!["http://inspector.example:6274".parse().unwrap()];
    Gate::new("127.0.0.1:7382".parse().unwrap(), false, &urls, &origins)
}

fn judged(headers: &[(header::HeaderName, &str)]) -> Result<(), Code> {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.append(name, value.parse().unwrap());
    }
    gate().check(&Uri::from_static("/mcp"), &map, false)
}

const OWN: (header::HeaderName, &str) = (header::HOST, "127.0.0.1:7382");

#[test]
fn hosts() {
    let table = [
        ("127.0.0.1:7382", true),
        ("localhost:7382", true),
        ("LOCALHOST:7382", true),
        ("[::1]:7382", true),
        ("peta.example", true),
        ("peta.example:443", true),
        ("Peta.Example", true),
        ("localhost", false),
        ("localhost:80", false),
        ("localhost:7383", false),
        ("127.0.0.2:7382", false),
        ("127.1:7382", false),
        ("localhost.:7382", false),
        ("evil.example", false),
        ("evil.example:7382", false),
        ("peta.example:8443", false),
        ("peta.example.evil.example", false),
        ("x@127.0.0.1:7382", false),
        ("127.0.0.1:7382:", false),
        ("127.0.0.1:", false),
        ("127.0.0.1:99999", false),
        ("", false),
    ];
    for (host, fine) in table {
        let expected = if fine { Ok(()) } else { Err(Code::HOST_REFUSED) };
        assert_eq!(judged(&[(header::HOST, host)]), expected, "{host}");
    }
}

#[test]
fn several_hosts_or_none_are_refused() {
    assert_eq!(judged(&[OWN, OWN]), Err(Code::HOST_REFUSED));
    assert_eq!(judged(&[]), Err(Code::HOST_REFUSED));
}

#[test]
fn host_must_equal_the_authority() {
    let uri: Uri = "http://127.0.0.1:7382/mcp".parse().unwrap();
    let mut headers = HeaderMap::new();
    assert_eq!(gate().check(&uri, &headers, false), Ok(()));
    headers.insert(header::HOST, "127.0.0.1:7382".parse().unwrap());
    assert_eq!(gate().check(&uri, &headers, false), Ok(()));
    headers.insert(header::HOST, "localhost:7382".parse().unwrap());
    assert_eq!(gate().check(&uri, &headers, false), Err(Code::HOST_REFUSED));
}

#[test]
fn origins() {
    let table = [
        ("http://127.0.0.1:7382", true),
        ("https://127.0.0.1:7382", true),
        ("http://localhost:7382", true),
        ("http://[::1]:7382", true),
        ("https://peta.example", true),
        ("http://inspector.example:6274", true),
        ("https://inspector.example:6274", false),
        ("http://inspector.example", false),
        ("http://localhost", false),
        ("http://localhost:3000", false),
        ("https://evil.example", false),
        ("https://peta.example.evil.example", false),
        ("https://peta.example/", false),
        ("https://peta.example/x", false),
        ("https://x@peta.example", false),
        ("ftp://127.0.0.1:7382", false),
        ("null", false),
        ("", false),
        ("127.0.0.1:7382", false),
    ];
    for (origin, fine) in table {
        let expected = if fine { Ok(()) } else { Err(Code::ORIGIN_REFUSED) };
        assert_eq!(judged(&[OWN, (header::ORIGIN, origin)]), expected, "{origin}");
    }
    let own = (header::ORIGIN, "http://127.0.0.1:7382");
    assert_eq!(judged(&[OWN, own.clone(), own]), Err(Code::ORIGIN_REFUSED));
}

#[test]
fn health_skips_the_host_but_not_the_origin() {
    let uri = Uri::from_static("/healthz");
    let mut headers = HeaderMap::new();
    headers.insert(header::HOST, "10.0.0.7:7382".parse().unwrap());
    assert_eq!(gate().check(&uri, &headers, true), Ok(()));
    headers.insert(header::ORIGIN, "https://evil.example".parse().unwrap());
    assert_eq!(gate().check(&uri, &headers, true), Err(Code::ORIGIN_REFUSED));
}
