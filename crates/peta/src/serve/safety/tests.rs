use super::check;
use crate::config::{Sources, load};

fn judged(settings: &[(&str, &str)]) -> Option<String> {
    let environment = settings.iter().map(|(name, value)| (format!("PETA__{name}"), (*value).to_owned())).collect();
    let config = load(&Sources { environment, ..Sources::default() }).unwrap();
    check(&config).err().map(|fault| fault.code().to_string())
}

const OPEN: (&str, &str) = ("GATEWAY__LISTEN", "0.0.0.0:7382");
const URLS: (&str, &str) = ("GATEWAY__PUBLIC_URLS", "https://peta.example");
const PROXY: (&str, &str) = ("GATEWAY__BEHIND_PROXY", "true");
const TLS: (&str, &str) = ("TLS__CERT", "/c.pem");
const ANONYMOUS: (&str, &str) = ("GATEWAY__ANONYMOUS__AGENT", "a");

#[test]
fn only_safe_addresses_are_listened_on() {
    let refused = Some("P8006".to_owned());
    assert_eq!(judged(&[]), None);
    assert_eq!(judged(&[("GATEWAY__LISTEN", "[::1]:0")]), None);
    assert_eq!(judged(&[("GATEWAY__LISTEN", "127.0.0.2:0")]), None);
    assert_eq!(judged(&[OPEN]), refused);
    assert_eq!(judged(&[OPEN, URLS]), refused);
    assert_eq!(judged(&[OPEN, PROXY]), refused);
    assert_eq!(judged(&[OPEN, TLS]), refused);
    assert_eq!(judged(&[OPEN, URLS, PROXY]), None);
    assert_eq!(judged(&[OPEN, URLS, TLS]), None);
    assert_eq!(judged(&[("ADMIN__LISTEN", "[::]:1")]), refused);
    assert_eq!(judged(&[("ADMIN__LISTEN", "127.0.0.1:1")]), None);
}

#[test]
fn nobody_is_anonymous_beyond_this_machine() {
    let refused = Some("P8010".to_owned());
    assert_eq!(judged(&[ANONYMOUS]), None);
    assert_eq!(judged(&[ANONYMOUS, PROXY]), refused);
    assert_eq!(judged(&[ANONYMOUS, OPEN, URLS, TLS]), refused);
}
