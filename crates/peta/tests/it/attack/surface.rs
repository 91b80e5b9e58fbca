//! What is open to all (T07): a golden list of every answer to nobody, the same on an empty store and on a full one.

use http::Method;
use peta_testkit::{Agent, Core, Setup};

use super::people::operations;

const GOLDEN: &str = include_str!("surface.txt");

const PATHS: [&str; 25] = [
    "/",
    "/healthz",
    "/readyz",
    "/metrics",
    "/mcp",
    "/mcp/fix",
    "/mcp/nothing",
    "/sse",
    "/sse/fix",
    "/messages",
    "/messages/fix",
    "/api",
    "/api/v1",
    "/api/v2/servers",
    "/connect",
    "/connect/0000",
    "/oauth/callback",
    "/oauth/callback/0000",
    "/oauth/client.json",
    "/.well-known/oauth-protected-resource",
    "/.well-known/oauth-authorization-server",
    "/favicon.ico",
    "/index.html",
    "/debug/pprof",
    "/server-status",
];

const METHODS: [Method; 6] = [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::DELETE, Method::OPTIONS];

async fn answers(core: &Core) -> Vec<(String, String)> {
    let nobody = Agent::new(&core.address, "/", None);
    let mut asked: Vec<(Method, String)> = Vec::new();
    for path in PATHS {
        asked.extend(METHODS.map(|method| (method, path.to_owned())));
    }
    let mut all = Vec::new();
    for (method, path) in asked {
        let body = if method == Method::POST { "{}" } else { "" };
        let request = nobody.request(method.clone()).path(&path).header("accept", "*/*");
        let answer = request.header("content-type", "application/json").body(body.into()).send().await;
        let says = match answer.header("content-type") {
            "application/problem+json" if method != Method::HEAD => answer.code(),
            // Pages for people name the code in their text.
            "text/html; charset=utf-8" if method != Method::HEAD => {
                let page = answer.body.split_once("<code>").and_then(|(_, rest)| rest.split_once("</code>"));
                page.map_or_else(|| "a page".to_owned(), |(code, _)| format!("a page, {code}"))
            }
            _ => answer.body.clone(),
        };
        all.push((
            format!("{:<7} {path:<42} {} {says}", method.as_str(), answer.status).trim_end().to_owned(),
            answer.likeness(),
        ));
    }
    all
}

#[tokio::test]
async fn unauthenticated_surface() {
    let setup = || Setup::new().config("[gateway]\nlegacy_sse = true");
    let empty = setup().start().await;
    let full = setup().start().await;
    full.stdio_server("fix", &[], &["--small"]).await;
    let agent = full.open("a", &["fix"], "/mcp/fix").await;
    agent.call("small_one", "{}").await;
    let (nothing, something) = (answers(&empty).await, answers(&full).await);
    for ((line, without), (_, with)) in nothing.iter().zip(&something) {
        assert_eq!(without, with, "{line}: an answer to nobody tells what is stored");
    }
    for (method, path) in operations("fix") {
        for core in [&empty, &full] {
            let answer = Agent::new(&core.address, &path, None).request(method.clone()).send().await;
            assert_eq!((answer.status, answer.code().as_str()), (401, "P7001"), "{method} {path}: {answer:?}");
        }
    }
    let told: Vec<&str> = nothing.iter().map(|(line, _)| line.as_str()).collect();
    assert_eq!(told.join("\n"), GOLDEN.trim_end(), "the golden list attack/surface.txt differs");
}
