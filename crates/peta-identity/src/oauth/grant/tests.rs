use super::{super::place::Bounds, *};

fn grant() -> Grant {
    Grant {
        access: Secret::from("at-s3cret"),
        refresh: Some(Secret::from("rt-s3cret")),
        scopes: Some(Scopes::read("a b")),
        issued: Moment::from_micros(-5),
        expires: Some(Moment::from_micros(7)),
        own: false,
        source: Source {
            issuer: "https://as.example.com".to_owned(),
            token_endpoint: "https://as.example.com/token".to_owned(),
            refresh_endpoint: None,
            revocation_endpoint: Some("https://as.example.com/revoke".to_owned()),
            client_id: "peta".to_owned(),
            resource: Some("https://mcp.example.com".to_owned()),
            bounds: Bounds::Private,
            profile: Some("google".to_owned()),
        },
    }
}

#[test]
fn bytes_bring_all_of_it_back() {
    for grant in [
        grant(),
        Grant { refresh: None, scopes: None, expires: None, own: true, ..grant() },
        Grant { source: Source { resource: None, profile: None, bounds: Bounds::Public, ..grant().source }, ..grant() },
    ] {
        let bytes = grant.to_bytes();
        let again = Grant::from_bytes(&bytes).unwrap();
        assert_eq!(again.to_bytes().as_slice(), bytes.as_slice());
        assert_eq!((&again.source, again.scopes, again.expires), (&grant.source, grant.scopes, grant.expires));
    }
}

#[test]
fn cut_and_altered_bytes_are_refused_or_read_as_something_whole() {
    let bytes = grant().to_bytes();
    for length in 0..bytes.len() {
        assert!(matches!(Grant::from_bytes(&bytes[..length]), Err(Error::BadBytes)), "{length}");
    }
    for place in 0..bytes.len() {
        for bit in [1, 0x80] {
            let mut altered = bytes.to_vec();
            altered[place] ^= bit;
            let _ = Grant::from_bytes(&altered);
        }
    }
    assert!(Grant::from_bytes(&[bytes.as_slice(), &[0]].concat()).is_err());
    assert!(Grant::from_bytes(b"P\x01").is_err());
}

#[test]
fn nothing_secret_is_printed() {
    assert!(!format!("{:?}", grant()).contains("s3cret"));
}
