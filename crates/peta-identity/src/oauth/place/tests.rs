use super::*;

#[test]
fn strangers_name_https_and_public_addresses() {
    let public = Bounds::Public;
    assert!(Place::named("https://as.example.com/x", public).is_ok());
    for url in
        ["https://10.0.0.1/", "https://localhost/", "http://127.0.0.1/", "https://vault.internal/", "https://printer/"]
    {
        assert_eq!(Place::named(url, public), Err(PlaceError::Private), "{url}");
    }
    assert_eq!(Place::named("http://as.example.com/", public), Err(PlaceError::NotHttps));
    for url in [
        "https://169.254.169.254/",
        "https://[::ffff:10.0.0.1]/",
        "https://a@b.example/",
        "https://0x7f.1/",
        "file:///etc",
        "",
    ] {
        assert!(matches!(Place::named(url, public), Err(PlaceError::Url(_))), "{url}");
        assert!(matches!(Place::named(url, Bounds::Private), Err(PlaceError::Url(_))), "{url}");
    }
}

#[test]
fn a_server_at_a_private_address_may_name_others() {
    let server = Place::server("http://127.0.0.1:9000/mcp").unwrap();
    let bounds = server.bounds();
    assert_eq!(bounds, Bounds::Private);
    assert!(Place::named("http://localhost:9001/token", bounds).is_ok());
    assert!(Place::named("https://as.corp.internal/", bounds).is_ok());
    assert_eq!(Place::named("http://10.0.0.1/", bounds), Err(PlaceError::NotHttps));
    assert_eq!(Place::named("http://as.example.com/", bounds), Err(PlaceError::NotHttps));
    assert!(server.refer("http://127.0.0.1:9000/x", bounds).is_ok());
    let server = Place::server("http://mcp.corp.internal/mcp").unwrap();
    assert!(server.refer("http://mcp.corp.internal/.well-known/x", bounds).is_ok());
    assert!(server.refer("http://other.corp.internal/", bounds).is_err());
    assert_eq!(Place::server("https://mcp.example.com").unwrap().bounds(), Bounds::Public);
}

#[test]
fn the_text_stays_as_it_was_written() {
    let server = Place::server("https://mcp.example.com").unwrap();
    assert_eq!((server.text(), server.path()), ("https://mcp.example.com", ""));
    assert_eq!(server.at("/.well-known/x").text(), "https://mcp.example.com/.well-known/x");
}

#[test]
fn a_resource_holds_what_is_under_it() {
    let server = |url: &str| Place::server(url).unwrap();
    let mcp = server("https://h.example/a/mcp");
    for url in ["https://h.example/a/mcp", "https://h.example/a/mcp/", "https://H.example:443/a", "https://h.example"] {
        assert!(server(url).holds(&mcp), "{url}");
    }
    for url in [
        "https://h.example/a/mc",
        "https://h.example/a/mcp/x",
        "http://h.example/a/mcp",
        "https://h.example:444/a",
        "https://h.example/a?b",
    ] {
        assert!(!server(url).holds(&mcp), "{url}");
    }
}

#[test]
fn redirects_go_to_https_or_this_machine() {
    for uri in ["https://peta.example.com/oauth/callback", "http://127.0.0.1:7382/oauth/callback", "http://localhost/x"]
    {
        assert!(may_redirect_to(uri), "{uri}");
    }
    for uri in ["http://peta.example.com/oauth/callback", "javascript:alert(1)", "https://x/#y", "peta:/x"] {
        assert!(!may_redirect_to(uri), "{uri}");
    }
}
