use super::*;

#[test]
fn one_place_has_one_origin() {
    for (url, origin) in [
        ("https://api.example.com/mcp", "https://api.example.com"),
        ("HTTPS://API.Example.COM:443/mcp?x=1", "https://api.example.com"),
        ("http://example.com:80", "http://example.com"),
        ("http://example.com:080/", "http://example.com"),
        ("http://example.com:/", "http://example.com"),
        ("http://example.com:443/", "http://example.com:443"),
        ("https://example.com:8443?y", "https://example.com:8443"),
        ("http://127.0.0.1:3000/mcp", "http://127.0.0.1:3000"),
        ("http://[::1]/x", "http://[::1]"),
        ("https://[FE80::A]:8080/x", "https://[fe80::a]:8080"),
        ("https://me:pw@example.com/", "https://example.com"),
        ("https://example.com#@evil.example/", "https://example.com"),
        ("https://example.com?@evil.example/", "https://example.com"),
    ] {
        assert_eq!(origin_of(url), origin, "{url}");
    }
}

/// What somebody may have turned elsewhere never has the origin of before.
#[test]
fn other_places_have_other_origins() {
    let here = origin_of("https://example.com/mcp");
    for other in [
        "http://example.com/mcp",
        "https://example.com.evil.example/mcp",
        "https://example.com@evil.example/mcp",
        "https://example.com:8443/mcp",
        "https://example.com./mcp",
        "https://evil.example\\@example.com/mcp",
        "https://evil.example\\.example.com/mcp",
    ] {
        assert_ne!(origin_of(other), here, "{other}");
    }
}

#[test]
fn what_is_no_url_is_its_own_origin() {
    for odd in ["", "example.com", "ftp://example.com/", "http://", "http://:80/", "http://x:99999/", "http://[::1]x/"]
    {
        assert_eq!(origin_of(odd), odd);
    }
}
