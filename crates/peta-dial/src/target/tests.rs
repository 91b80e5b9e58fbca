use super::*;

fn reach(url: &str) -> Result<Reach, TargetError> {
    Target::parse(url).map(|target| target.reach())
}

#[test]
fn plain_urls_are_read() {
    let target = Target::parse("HTTPS://MCP.Example.com/a/b?c=d").unwrap();
    assert_eq!((target.to_string().as_str(), target.port()), ("https://mcp.example.com/a/b?c=d", 443));
    assert_eq!(Target::parse("http://[::1]:3000").unwrap().to_string(), "http://[::1]:3000/");
    assert_eq!(Target::parse("http://1.1.1.1:80/x").unwrap().to_string(), "http://1.1.1.1/x");
    assert_eq!(Target::parse("http://a.example?x=1").unwrap().path(), "/?x=1");
}

#[test]
fn reach_follows_from_what_was_typed() {
    for url in ["http://127.0.0.1:3001/mcp", "http://[::1]/", "http://10.0.0.7", "http://localhost:3001/sse"] {
        assert_eq!(reach(url), Ok(Reach::Private), "{url}");
    }
    for url in ["http://everything:3001/mcp", "http://nas.local", "http://a.b.internal", "http://x.home.arpa"] {
        assert_eq!(reach(url), Ok(Reach::Private), "{url}");
    }
    for url in ["https://mcp.example.com", "http://8.8.8.8", "http://localhost.example.com", "http://evillocalhost.com"]
    {
        assert_eq!(reach(url), Ok(Reach::Public), "{url}");
    }
    let corp = ["corp.example.com".to_owned()];
    assert_eq!(Target::parse_with("http://mcp.corp.example.com", &corp).unwrap().reach(), Reach::Private);
    assert_eq!(Target::parse_with("http://mcpcorp.example.com", &corp).unwrap().reach(), Reach::Public);
}

#[test]
fn forbidden_addresses_are_refused_even_when_typed() {
    for url in [
        "http://169.254.169.254/latest/meta-data/",
        "http://100.100.100.200/",
        "http://0.0.0.0:8080/",
        "http://[fe80::1]/",
        "http://[fd00:ec2::254]/",
        "http://[::ffff:169.254.169.254]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[64:ff9b::7f00:1]/",
        "http://[2002:7f00:1::]/",
        "http://[::]/",
    ] {
        assert_eq!(reach(url), Err(TargetError::Forbidden), "{url}");
    }
}

#[test]
fn odd_spellings_of_hosts_are_refused() {
    for url in [
        "http://2130706433/",
        "http://0177.0.0.1/",
        "http://017700000001/",
        "http://0x7f000001/",
        "http://0x7f.1/",
        "http://127.1/",
        "http://127.0.0.1./",
        "http://localhost./",
        "http://127.0.0.1.0x1/",
        "http://exa mple.com/",
        "http://ex%61mple.com/",
        "http://bücher.example/",
        "http://①②⑦.⓪.⓪.①/",
        "http://[::1%25lo]/",
        "http://[::1",
        "http://[127.0.0.1]/",
        "http:///path",
        "http://.example.com/",
        "http://a..b/",
        "http://-a.example/",
    ] {
        assert!(matches!(reach(url), Err(TargetError::Host | TargetError::Character)), "{url}: {:?}", reach(url));
    }
}

#[test]
fn the_rest_of_a_url_is_read_strictly_too() {
    assert_eq!(reach("http://user:pass@example.com/"), Err(TargetError::UserInfo));
    assert_eq!(reach("http://example.com@127.0.0.1/"), Err(TargetError::UserInfo));
    assert_eq!(reach("http://127.0.0.1#@example.com/"), Err(TargetError::Fragment));
    assert_eq!(reach("http://example.com\\@127.0.0.1/"), Err(TargetError::Character));
    assert_eq!(reach("http://example.com/\r\nHost: x"), Err(TargetError::Character));
    assert_eq!(reach("ftp://example.com/"), Err(TargetError::Scheme));
    assert_eq!(reach("file:///etc/passwd"), Err(TargetError::Scheme));
    assert_eq!(reach("example.com"), Err(TargetError::Scheme));
    for url in ["http://example.com:0/", "http://example.com:65536/", "http://example.com:+80/", "http://example.com:/"]
    {
        assert_eq!(reach(url), Err(TargetError::Port), "{url}");
    }
    assert_eq!(reach(&format!("http://example.com/{}", "a".repeat(4_096))), Err(TargetError::TooLong));
}

#[test]
fn references_are_resolved_where_they_stand() {
    let base = Target::parse("http://127.0.0.1:3001/prefix/sse?x=1").unwrap();
    let refer = |reference: &str| base.refer(reference).map(|target| target.to_string());
    assert_eq!(refer("/messages?sessionId=1").unwrap(), "http://127.0.0.1:3001/messages?sessionId=1");
    assert_eq!(refer("messages").unwrap(), "http://127.0.0.1:3001/prefix/messages");
    assert_eq!(refer("../m").unwrap(), "http://127.0.0.1:3001/m");
    assert_eq!(refer("../../../m/./n/..").unwrap(), "http://127.0.0.1:3001/m/");
    assert_eq!(refer("?sessionId=2").unwrap(), "http://127.0.0.1:3001/prefix/sse?sessionId=2");
    assert_eq!(refer("messages?to=http://x/").unwrap(), "http://127.0.0.1:3001/prefix/messages?to=http://x/");
    assert!(refer("#x").is_err() && refer("/a b").is_err());
}

#[test]
fn another_origin_does_not_inherit_the_reach() {
    let base = Target::parse("http://127.0.0.1:3001/sse").unwrap();
    let same = base.refer("http://127.0.0.1:3001/messages").unwrap();
    assert!(same.same_origin(&base) && same.reach() == Reach::Private);
    for reference in ["http://127.0.0.1:3002/messages", "//localhost:3001/x", "https://127.0.0.1:3001/x"] {
        let other = base.refer(reference).unwrap();
        assert!(!other.same_origin(&base) && other.reach() == Reach::Public, "{reference}");
    }
    assert_eq!(base.refer("http://169.254.169.254/"), Err(TargetError::Forbidden));
}
