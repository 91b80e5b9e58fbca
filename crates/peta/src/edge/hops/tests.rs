use super::*;

fn hops() -> Hops {
    Hops::new(&["10.0.0.1", "10.1.0.0/16", "2001:db8::/32"].map(|text| text.parse().unwrap()))
}

fn client(peer: &str, values: &[&str]) -> Option<String> {
    let mut headers = HeaderMap::new();
    for value in values {
        headers.append(FORWARDED_FOR, http::HeaderValue::from_bytes(value.as_bytes()).unwrap());
    }
    hops().client(peer.parse().unwrap(), &headers).ok().map(|address| address.to_string())
}

#[test]
fn strangers_are_not_listened_to() {
    assert_eq!(client("192.0.2.1", &["198.51.100.7"]).unwrap(), "192.0.2.1");
    assert_eq!(client("192.0.2.1", &["nonsense"]).unwrap(), "192.0.2.1");
    assert_eq!(client("10.0.0.2", &["198.51.100.7"]).unwrap(), "10.0.0.2", "a neighbour of a named proxy");
}

#[test]
fn the_right_most_unknown_hop_is_the_client() {
    assert_eq!(client("10.0.0.1", &["198.51.100.7"]).unwrap(), "198.51.100.7");
    assert_eq!(client("10.0.0.1", &["127.0.0.1, 198.51.100.7"]).unwrap(), "198.51.100.7");
    assert_eq!(client("10.0.0.1", &["nonsense, 198.51.100.7, 10.1.2.3"]).unwrap(), "198.51.100.7");
    assert_eq!(client("10.0.0.1", &["198.51.100.7", "10.1.2.3,2001:db8::5"]).unwrap(), "198.51.100.7");
    assert_eq!(client("10.0.0.1", &["::ffff:198.51.100.7"]).unwrap(), "198.51.100.7");
    assert_eq!(client("10.0.0.1", &["198.51.100.7:4711"]).unwrap(), "198.51.100.7");
    assert_eq!(client("10.0.0.1", &["[2001:db9::1]:443"]).unwrap(), "2001:db9::1");
    assert_eq!(client("10.0.0.1", &["[2001:db9::1]"]).unwrap(), "2001:db9::1");
    assert_eq!(client("::ffff:10.0.0.1", &["198.51.100.7"]).unwrap(), "198.51.100.7");
    assert_eq!(client("10.0.0.1", &[]).unwrap(), "10.0.0.1", "a proxy that speaks for itself");
    assert_eq!(client("10.0.0.1", &["10.1.0.9, 10.1.0.8"]).unwrap(), "10.1.0.9");
}

#[test]
fn what_cannot_be_read_is_refused() {
    for value in
        ["", "unknown", "_hidden", "198.51.100", "198.51.100.7,", "198.51.100.7 10.1.0.1", "[198.51.100.7]", "a:b"]
    {
        assert_eq!(client("10.0.0.1", &[value]), None, "{value:?}");
    }
    assert_eq!(client("10.0.0.1", &["198.51.100.7", "\u{e9}"]), None);
}
