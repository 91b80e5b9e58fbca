//! The door: which status and which code each wrong request gets, and in which order the checks come.

use http::Method;
use peta_testkit::{Answer, raw_exchange};

use crate::house::{PING, Solo};

fn is(answer: &Answer, status: u16, code: &str, what: &str) {
    assert_eq!((answer.status, answer.code().as_str()), (status, code), "{what}: {answer:?}");
    if status != 400 {
        assert_eq!(answer.header("content-type"), "application/problem+json", "{what}: {answer:?}");
    }
    assert!(answer.body.contains(&format!("docs/errors/{code}.md")), "{what}: {answer:?}");
}

#[tokio::test]
async fn status_table() {
    let solo = Solo::new(&[]).await;
    let agent = &solo.agent;
    let post = || agent.post(PING);
    is(&post().without("authorization").send().await, 401, "P1001", "no token");
    is(&post().header("authorization", "Bearer peta_st_wrong").send().await, 401, "P1002", "a wrong token");
    is(&post().header("authorization", "Basic eDp5").send().await, 401, "P1002", "another scheme");
    is(&post().header("origin", "https://evil.example").send().await, 403, "P1006", "a foreign origin");
    is(&post().header("host", "evil.example").send().await, 403, "P1005", "a foreign host");
    is(&post().path("/mcp/nothing").send().await, 404, "P1018", "an unknown server");
    is(&post().path("/nothing").send().await, 404, "P7007", "an unknown path");
    is(&post().header("mcp-session-id", "unknown").send().await, 404, "P1004", "an unknown session");
    is(&post().without("mcp-session-id").send().await, 400, "P1016", "no session");
    is(&agent.request(Method::PUT).send().await, 405, "P1017", "PUT");
    is(&agent.request(Method::PATCH).send().await, 405, "P1017", "PATCH");
    is(&post().header("accept", "text/html").send().await, 406, "P1007", "nothing acceptable");
    is(&post().header("content-type", "text/plain").send().await, 415, "P1008", "text");
    is(&post().without("content-type").send().await, 415, "P1008", "no type");
    is(&post().header("mcp-protocol-version", "1999-01-01").send().await, 400, "P1015", "an unknown version");
    is(&post().path("/mcp/fix?access_token=peta_st_x").send().await, 400, "P1026", "a token in the URL");
    let unauthorised = post().without("authorization").send().await;
    assert!(unauthorised.header("www-authenticate").starts_with("Bearer"), "{unauthorised:?}");
    let put = agent.request(Method::PUT).send().await;
    assert!(put.header("allow").contains("POST"), "{put:?}");
}

#[tokio::test]
async fn get_and_delete_need_a_session() {
    let solo = Solo::new(&[]).await;
    for method in [Method::GET, Method::DELETE] {
        let request = || solo.agent.request(method.clone()).header("accept", "text/event-stream");
        is(&request().without("mcp-session-id").send().await, 400, "P1016", "no session");
        is(&request().header("mcp-session-id", "unknown").send().await, 404, "P1004", "an unknown session");
    }
    let get = solo.agent.request(Method::GET).header("accept", "application/json").send().await;
    is(&get, 406, "P1007", "a GET that takes no stream");
}

#[tokio::test]
async fn accepted_forms() {
    let solo = Solo::new(&[]).await;
    let with = |accept: &str| solo.agent.post(PING).header("accept", accept).send();
    for accept in ["*/*", "application/json", "application/*;q=0.5", "application/json, text/event-stream"] {
        let answer = with(accept).await;
        assert_eq!((answer.status, answer.header("content-type")), (200, "application/json"), "{accept}: {answer:?}");
    }
    let none = solo.agent.post(PING).without("accept").send().await;
    assert_eq!(none.status, 200, "{none:?}");
    let stream = with("text/event-stream").await;
    assert!(stream.is_stream(), "{stream:?}");
    assert_eq!(stream.json()["result"], peta_testkit::json!({}));
    let charset = solo.agent.post(PING).header("content-type", "application/json; charset=utf-8").send().await;
    assert_eq!(charset.status, 200, "{charset:?}");
    assert_eq!(with("application/json;q=0").await.status, 406);
}

#[tokio::test]
async fn checks_come_in_order() {
    let solo = Solo::new(&[]).await;
    // Each request has all faults from its place on; the first decides.
    let wrong = solo
        .agent
        .request(Method::POST)
        .without("authorization")
        .header("accept", "text/html")
        .header("content-type", "text/plain")
        .header("mcp-session-id", "unknown")
        .body("nonsense".into());
    is(&wrong.header("host", "evil.example").send().await, 403, "P1005", "the host comes first");
    let base = || {
        solo.agent
            .request(Method::POST)
            .header("accept", "text/html")
            .header("content-type", "text/plain")
            .header("mcp-session-id", "unknown")
            .body("nonsense".into())
    };
    is(&base().without("authorization").path("/nothing").send().await, 404, "P7007", "then the path");
    is(&base().without("authorization").path("/mcp/nothing").send().await, 401, "P1001", "then the token");
    is(&base().path("/mcp/nothing").send().await, 404, "P1018", "then the server");
    is(&base().send().await, 406, "P1007", "then Accept");
    let base = || base().header("accept", "*/*");
    is(&base().send().await, 415, "P1008", "then Content-Type");
    let base = || base().header("content-type", "application/json");
    is(&base().send().await, 400, "P1010", "then JSON");
    is(&base().body(PING.into()).send().await, 404, "P1004", "then the session");
    let base = || base().body(PING.into()).header("mcp-session-id", solo.agent.session.as_deref().unwrap());
    is(&base().header("mcp-protocol-version", "1").send().await, 400, "P1015", "then the version");
    assert_eq!(base().send().await.status, 200);
}

#[tokio::test]
async fn unknown_and_not_granted_are_alike() {
    let solo = Solo::new(&[]).await;
    solo.core.stdio_server("other", &["--no-discover"], &[]).await;
    for method in [Method::POST, Method::GET, Method::DELETE, Method::PUT] {
        let send = |path: &'static str| {
            solo.agent
                .request(method.clone())
                .path(path)
                .header("accept", "*/*")
                .header("content-type", "application/json")
                .body(PING.into())
                .send()
        };
        let (unknown, hidden) = (send("/mcp/nothing").await, send("/mcp/other").await);
        assert_eq!(unknown.likeness(), hidden.likeness(), "{method}");
    }
    let unlisted = solo.agent.ask("tools/call", r#"{"name":"nothing"}"#).await;
    solo.core.token("narrow", &["fix/echo"]).await;
    assert_eq!(unlisted["error"]["code"], -32602);
}

#[tokio::test]
async fn origin_matrix() {
    let solo = Solo::new(&[]).await;
    let address = solo.core.address.clone();
    let port = address.rsplit(':').next().unwrap().to_owned();
    let own = [
        format!("http://{address}"),
        format!("http://localhost:{port}"),
        format!("https://127.0.0.1:{port}"),
        format!("http://[::1]:{port}"),
    ];
    let foreign = [
        "null".to_owned(),
        "https://evil.example".to_owned(),
        format!("http://evil.example:{port}"),
        "http://127.0.0.1:1".to_owned(),
        "http://localhost".to_owned(),
        format!("ftp://127.0.0.1:{port}"),
        "nonsense".to_owned(),
    ];
    for path in
        ["/mcp", "/mcp/fix", "/api/v1/servers", "/api/v1/openapi.json", "/metrics", "/sse", "/messages", "/nothing"]
    {
        for method in [Method::POST, Method::GET, Method::DELETE, Method::OPTIONS] {
            let request =
                || solo.agent.request(method.clone()).path(path).without("authorization").without("mcp-session-id");
            for origin in &foreign {
                let answer = request().header("origin", origin).send().await;
                assert_eq!(
                    (answer.status, answer.code().as_str()),
                    (403, "P1006"),
                    "{method} {path} {origin}: {answer:?}"
                );
                assert_eq!(answer.header("access-control-allow-origin"), "", "{method} {path} {origin}");
            }
            for host in [
                "evil.example".to_owned(),
                "127.0.0.1".to_owned(),
                format!("evil.example:{port}"),
                format!("127.0.0.1:{port}.evil.example"),
            ] {
                let answer = request().header("host", &host).send().await;
                assert_eq!(
                    (answer.status, answer.code().as_str()),
                    (403, "P1005"),
                    "{method} {path} host {host}: {answer:?}"
                );
            }
            for origin in &own {
                let answer = request().header("origin", origin).send().await;
                assert_ne!(answer.status, 403, "{method} {path} {origin}: {answer:?}");
            }
            assert_ne!(request().send().await.status, 403, "{method} {path} without an origin");
        }
    }
    for path in ["/healthz", "/readyz"] {
        let health =
            solo.agent.request(Method::GET).path(path).without("authorization").header("host", "10.0.0.1").send().await;
        assert_eq!(health.status, 200, "{path}: {health:?}");
        assert!(health.body.len() < 20, "{path} says only its status: {health:?}");
    }
}

#[tokio::test]
async fn pages_of_an_allowed_origin_may_call() {
    let setup = peta_testkit::Setup::new().config("[gateway]\norigins = [\"https://inspector.example\"]");
    let solo = Solo::on(setup, crate::house::Way::Stdio, &[], &[]).await;
    let preflight = solo
        .agent
        .request(Method::OPTIONS)
        .without("authorization")
        .without("mcp-session-id")
        .header("origin", "https://inspector.example")
        .header("access-control-request-method", "POST")
        .header(
            "access-control-request-headers",
            "authorization,content-type,mcp-session-id,mcp-protocol-version,last-event-id",
        )
        .send()
        .await;
    assert!([200, 204].contains(&preflight.status), "{preflight:?}");
    assert_eq!(preflight.header("access-control-allow-origin"), "https://inspector.example");
    let allowed = preflight.header("access-control-allow-headers").to_lowercase();
    for header in ["authorization", "content-type", "mcp-session-id", "mcp-protocol-version", "last-event-id"] {
        assert!(allowed.contains(header), "{header} in {allowed}");
    }
    let answer = solo.agent.post(PING).header("origin", "https://inspector.example").send().await;
    assert_eq!(answer.header("access-control-allow-origin"), "https://inspector.example");
    let exposed = answer.header("access-control-expose-headers").to_lowercase();
    assert!(exposed.contains("mcp-session-id") && exposed.contains("www-authenticate"), "{exposed}");
}

#[tokio::test]
async fn heads_that_are_too_large_or_smuggle_are_refused() {
    let solo = Solo::new(&[]).await;
    let address = &solo.core.address;
    let many: String = (0..200).map(|number| format!("X-H{number}: a\r\n")).collect();
    let long = format!("X-Long: {}\r\n", "x".repeat(64 * 1024));
    for headers in [many, long] {
        let request =
            format!("POST /mcp HTTP/1.1\r\nHost: {address}\r\n{headers}Content-Length: 0\r\nConnection: close\r\n\r\n");
        let answer = raw_exchange(address, request.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 431"), "{:?}", answer.get(..200));
    }
    for headers in [
        "Content-Length: 4\r\nContent-Length: 5\r\n",
        "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked, identity\r\n",
        "X-Folded: a\r\n b\r\nContent-Length: 0\r\n",
    ] {
        let request = format!("POST /mcp HTTP/1.1\r\nHost: {address}\r\n{headers}Connection: close\r\n\r\n0\r\n\r\nX");
        let answer = raw_exchange(address, request.as_bytes()).await;
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{headers:?}: {answer}");
    }
    let twice = format!(
        "POST /mcp HTTP/1.1\r\nHost: {address}\r\nHost: evil.example\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    );
    let answer = raw_exchange(address, twice.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 4"), "two hosts: {answer}");
}
