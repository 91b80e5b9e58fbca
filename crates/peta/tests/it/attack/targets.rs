//! Request targets and heads that a guard and a router could read differently (T02), and tokens in URLs (T09).

use peta_testkit::{Setup, raw_exchange};

use crate::house::{PING, Solo, Way};

/// T02: every spelling of a path that is not plain is refused before anything is routed by it; with a token that
/// would be let in at the plain path.
#[tokio::test]
async fn target_confusion() {
    let solo = Solo::new(&[]).await;
    let address = &solo.core.address;
    let said = solo.core.peta(&["admin", "token"]).await;
    let admin = said.split_whitespace().find(|word| word.starts_with("peta_ac_")).unwrap();
    let session = solo.agent.session.as_deref().unwrap();
    let send = |method: &'static str, target: String, token: String| async move {
        let request = format!(
            "{method} {target} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\nMcp-Session-Id: {session}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{PING}",
            PING.len()
        );
        raw_exchange(address, request.as_bytes()).await
    };
    let agent = solo.agent.token.clone().unwrap();
    assert!(send("POST", "/mcp/fix".to_owned(), agent.clone()).await.starts_with("HTTP/1.1 200"), "the plain path");
    let plain = send("GET", "/api/v1/servers".to_owned(), admin.to_owned()).await;
    assert!(plain.starts_with("HTTP/1.1 200"), "{plain}");
    let own = format!("http://{address}/mcp/fix");
    let spellings = [
        "//mcp/fix",
        "/mcp//fix",
        "/mcp/fix/",
        "/mcp/./fix",
        "/./mcp/fix",
        "/mcp/x/../fix",
        "/mcp/%2e%2e/mcp/fix",
        "/mcp/.%2e/mcp/fix",
        "/mcp%2ffix",
        "/mcp%2Ffix",
        "/mcp%5cfix",
        "/mcp\\fix",
        "/mcp/fix;a=b",
        "/mcp;x/fix",
        "/mcp/fix%00",
        "/mcp/fix%0a",
        "/mcp/fix%20",
        "/mcp/fix%3b",
        "/mcp/fix%3fx",
        "/mcp/fix%23",
        "/mcp/%66ix",
        "/mcp/%2566ix",
        "/mcp/%c0%aefix",
        "/mcp/fix%",
        "/mcp/fix%zz",
        "/MCP/fix",
        "/mcp/FIX",
        "mcp/fix",
        "*",
        "http://evil.example/mcp/fix",
        own.as_str(),
        "http:///mcp/fix",
        "/mcp/\u{ff46}ix",
        "/healthz/../mcp/fix",
        "/healthz%2f..%2fmcp/fix",
        "/mcp/fix/healthz",
        "/mcp/fix/..;/",
    ];
    let mut guarded = 0;
    for target in spellings {
        let answer = send("POST", target.to_owned(), agent.clone()).await;
        refused(target, &answer);
        guarded += usize::from(answer.contains("P1019"));
    }
    // Most of them by the guard itself, before anything is routed; the rest name no place that there is.
    assert!(guarded >= 20, "only {guarded} of {} were refused for their form", spellings.len());
    for target in [
        "/api//v1/servers",
        "/api/v1/servers/",
        "/api/v1/./servers",
        "/api/v1/x/../servers",
        "/api/v1/%73ervers",
        "/api/v1%2fservers",
        "/api/v1/servers;x",
        "/mcp/../api/v1/servers",
        "/healthz/../metrics",
        "/Metrics",
        "/metrics%20",
        "/metrics/",
        "/api/v1/servers%2ffix",
    ] {
        let answer = send("GET", target.to_owned(), admin.to_owned()).await;
        refused(target, &answer);
    }
    refused("CONNECT", &send("CONNECT", address.clone(), agent).await);
}

/// One refusal, and nothing after it.
fn refused(target: &str, answer: &str) {
    let status = answer.split(' ').nth(1).unwrap_or_default();
    assert!(["400", "401", "403", "404", "405"].contains(&status), "{target}: {answer}");
    assert!(!answer.contains("\"result\"") && !answer.contains("\"items\""), "{target}: {answer}");
}

/// T02: what `Host` says is let through or refused, and appears in nothing that is answered.
#[tokio::test]
async fn host_builds_nothing() {
    let setup = Setup::new().config("[gateway]\npublic_urls = [\"https://asked.example\"]\nlegacy_sse = true");
    let solo = Solo::on(setup, Way::Stdio, &[], &[]).await;
    let paths = ["/mcp", "/mcp/fix", "/mcp/nothing", "/api/v1/servers", "/metrics", "/messages", "/.well-known/x", "/"];
    for path in paths {
        for method in [http::Method::GET, http::Method::POST, http::Method::OPTIONS] {
            for token in [true, false] {
                let request = |host: &str| {
                    let request =
                        solo.agent.request(method.clone()).path(path).header("host", host).without("mcp-session-id");
                    if token { request } else { request.without("authorization") }
                };
                let asked = request("asked.example").send().await;
                assert_eq!(asked.likeness(), request(&solo.core.address).send().await.likeness(), "{method} {path}");
                assert!(!asked.likeness().contains("asked.example"), "{method} {path}: {asked:?}");
            }
        }
    }
}

/// T09: a token in a URL is refused, whatever door it is for, and written down nowhere.
#[tokio::test]
async fn token_in_url() {
    let setup = Setup::new().config("[gateway]\nlegacy_sse = true\n[telemetry]\nlog = \"trace\"");
    let mut solo = Solo::on(setup, Way::Stdio, &[], &[]).await;
    let token = solo.agent.token.clone().unwrap();
    let escaped: String = token.bytes().map(|byte| format!("%{byte:02x}")).collect();
    let half = token.replacen('_', "%5F", 2);
    let targets = [
        format!("/mcp?access_token={token}"),
        format!("/mcp/fix?token={token}"),
        format!("/mcp?x={token}"),
        format!("/mcp?x={half}"),
        format!("/mcp?x={escaped}"),
        format!("/mcp/{token}"),
        format!("/sse?key={token}"),
        format!("/messages?sessionId=1&apiKey={token}"),
        format!("/api/v1/servers?token={token}"),
        format!("/api/v1/agents/{token}"),
        format!("/healthz?{token}"),
        format!("/metrics?auth=x{token}"),
        // A name that means a token is refused whatever its value is.
        "/mcp?access_token=short".to_owned(),
        "/mcp?Api-Key=x".to_owned(),
        "/mcp?%74oken=x".to_owned(),
    ];
    for target in &targets {
        for method in [http::Method::GET, http::Method::POST] {
            // Without a token in the head, and with one: the URL is refused either way.
            for head in [false, true] {
                let request = solo.agent.request(method.clone()).path(target).header("accept", "*/*");
                let request = if head { request } else { request.without("authorization") };
                let answer = request.send().await;
                let code = answer.code();
                assert_eq!((answer.status, code.as_str()), (400, "P1026"), "{method} {target}: {answer:?}");
                assert!(!answer.likeness().contains(&token), "{method} {target}: {answer:?}");
            }
        }
    }
    let events = solo.core.peta(&["events", "--json", "--all"]).await;
    assert!(!events.contains(&token));
    solo.core.stop().await;
    let said = solo.core.said();
    for secret in [&token, &escaped, &half] {
        assert!(!said.contains(secret.as_str()), "the log at its most talkative holds a token");
    }
    assert!(said.contains("refused at the edge"), "the log was on");
}
