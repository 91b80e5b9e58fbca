use super::*;

fn find(header: &str) -> Option<Challenge> {
    Challenge::find([header])
}

#[test]
fn the_challenge_of_the_specification() {
    let found = find(
        "Bearer error=\"insufficient_scope\",\n scope=\"files:read files:write\", \
         resource_metadata=\"https://mcp.example.com/.well-known/oauth-protected-resource\", error_description=\"More, please\"",
    );
    // A line feed cannot be in a header's value; a reader that meets one stops there.
    assert_eq!(found.unwrap().error.as_deref(), Some("insufficient_scope"));
    let found = find("Bearer resource_metadata=\"https://h/x\", scope=\"a b\"").unwrap();
    assert_eq!(found.resource_metadata.as_deref(), Some("https://h/x"));
    assert_eq!(found.scopes, Some(Scopes::read("a b")));
    assert!(find("bearer ERROR=insufficient_scope").unwrap().wants_scopes());
    assert_eq!(find("Bearer"), Some(Challenge::default()));
}

#[test]
fn ours_is_found_among_others() {
    for header in [
        "Basic realm=\"a, Bearer scope=no\", Bearer scope=\"yes\"",
        "Negotiate abc==, Bearer scope=\"yes\"",
        "Negotiate, Bearer scope=\"yes\", Basic scope=\"no\"",
        "Digest realm=x, nonce=\"\\\"\", Bearer scope=yes",
        ", ,Bearer scope = \"yes\" ,, scope=no",
        "NTLM TlRMTVNTUAAC, bearer realm=\"x\", scope=\"yes\"",
    ] {
        assert_eq!(find(header).and_then(|found| found.scopes), Some(Scopes::read("yes")), "{header}");
    }
    let several = Challenge::find(["Basic realm=x", "Bearer scope=yes"]).unwrap();
    assert_eq!(several.scopes, Some(Scopes::read("yes")));
}

#[test]
fn quoted_pairs_are_read() {
    let found = find(r#"Bearer resource_metadata="https://h/\"\\x", error="a b""#).unwrap();
    assert_eq!(found.resource_metadata.as_deref(), Some(r#"https://h/"\x"#));
    assert_eq!(found.error, None, "a word of an error is no sentence");
}

#[test]
fn hostile_headers_say_nothing() {
    for header in ["", "=", "Bearer2 scope=x", "Basic bearer", "\"Bearer\"", "Bear er", "ü Bearer"] {
        assert!(find(header).is_none_or(|found| found == Challenge::default()), "{header}");
    }
    let open = find("Bearer scope=\"never closed, error=x").unwrap();
    assert_eq!(open, Challenge::default());
    assert_eq!(find(&format!("Bearer scope=\"{}\"", "a ".repeat(10_000))), None);
    let long = find(&format!("Bearer resource_metadata=\"https://h/{}\"", "a".repeat(5_000))).unwrap();
    assert_eq!(long.resource_metadata, None);
    for length in 0..40 {
        let header = r#"Basic a="\"", Bearer ü="ü\ü", scope="#;
        let cut: String = header.chars().take(length).collect();
        let _ = find(&cut);
    }
}
