//! URIs that a judge and a server could read differently (T22); and a URI that nobody lists is tried on nobody.

use crate::house::Solo;

const GRANTS: [&str; 2] = ["fix/resource:test://template/*", "fix/resource:test://static-text"];

/// None of these may reach a server whose reader is lenient where the judge is strict.
const TRICKS: [&str; 33] = [
    "test://template/../static-binary",
    "test://template/./../static-binary",
    "test://template/%2e%2e/static-binary",
    "test://template/.%2E/x",
    "test://template/%2E%2E%2Fx",
    "test://template/..%2fx",
    "test://template/..;/x",
    "test://template/..;v=1/x",
    "test://template//x",
    "test://template/%00",
    "test://template/a%2fb",
    "test://template/a%5cb",
    "test://template/a\\\\..\\\\x",
    "test://template/x%252e%252e",
    "test://template/\u{2025}/x",
    "test://template/\u{ff0e}\u{ff0e}/x",
    "test://template/\u{2215}x",
    "test://template/ x",
    "test://template/%zz",
    "test://template/%c0%ae%c0%ae/x",
    "TEST://template/x",
    "Test://static-text",
    "test:template/x",
    "test:/template/x",
    "test:///template/x",
    "test://template@evil/x",
    "test://static-text/",
    "test://static-text?x",
    "test://static-text#x",
    "test://static%2dtext",
    "test://STATIC-TEXT",
    "test://static-text%20",
    "test://template",
];

#[tokio::test]
async fn uri_confusion() {
    let solo = Solo::new(&[]).await;
    let agent = solo.core.open("narrow", &GRANTS, "/mcp/fix").await;
    let mut aggregate = solo.core.agent("/mcp", agent.token.as_deref().unwrap());
    aggregate.open().await;
    let granted = agent.ask("resources/read", r#"{"uri":"test://template/9/data"}"#).await;
    assert!(granted["result"].is_object(), "{granted}");
    let granted = aggregate.ask("resources/read", r#"{"uri":"fix+test://static-text"}"#).await;
    assert!(granted["result"].is_object(), "{granted}");
    for trick in TRICKS {
        for method in ["resources/read", "resources/subscribe", "resources/unsubscribe"] {
            for (who, uri) in [(&agent, trick.to_owned()), (&aggregate, format!("fix+{trick}"))] {
                let answer = who.ask(method, &format!(r#"{{"uri":"{uri}"}}"#)).await;
                let code = &answer["error"]["data"]["code"];
                assert_eq!(
                    (answer["error"]["code"].as_i64(), code.as_str()),
                    (Some(-32002), Some("P2001")),
                    "{method} {uri}: {answer}"
                );
            }
        }
        let completion =
            format!(r#"{{"ref":{{"type":"ref/resource","uri":"{trick}"}},"argument":{{"name":"id","value":"1"}}}}"#);
        let answer = agent.ask("completion/complete", &completion).await;
        assert!(answer["error"].is_object(), "{trick}: {answer}");
    }
    let reads = solo.received("resources/read");
    assert_eq!(reads.len(), 2, "only the two that were granted reached the server: {reads:?}");
    assert!(solo.received("resources/subscribe").is_empty() && solo.received("completion/complete").is_empty());
}

/// On the aggregate a URI is brought to the one server that it names, or to nobody.
#[tokio::test]
async fn unknown_uris_are_tried_on_nobody() {
    let solo = Solo::new(&[]).await;
    let other = solo.core.file("other-trace");
    solo.core.stdio_server("other", &[], &["--small", "--trace", other.to_str().unwrap()]).await;
    let agent = solo.core.open("both", &["fix", "other"], "/mcp").await;
    agent.call("other__small_one", "{}").await;
    agent.call("fix__echo", "{}").await;
    for uri in [
        "test://nothing",
        "small://nothing",
        "fix:test://static-text",
        "FIX+test://static-text",
        "fix +test://static-text",
        "nobody+test://static-text",
        "ui://nobody/widget/one",
        "ui://../fix/widget/one",
        "+test://static-text",
        "fix",
        "fix+",
        "",
        "file:///etc/passwd",
        "http://169.254.169.254/latest",
        "https://example.org/unlisted",
    ] {
        let answer = agent.ask("resources/read", &format!(r#"{{"uri":"{uri}"}}"#)).await;
        if uri == "fix+" {
            // The empty URI of a server that was granted whole: for that server to refuse.
            assert!(answer["error"].is_object(), "{answer}");
            continue;
        }
        assert_eq!(answer["error"]["code"], -32002, "{uri}: {answer}");
    }
    assert!(solo.received("resources/read").len() <= 1, "{:?}", solo.received("resources/read"));
    let asked = peta_testkit::read_trace(&other);
    assert!(!asked.iter().any(|line| line.way == "in" && line.text.contains("resources/read")), "{asked:?}");
}
