//! No header but the ones that prove something changes what a caller may do (T14): every name that the source knows,
//! and those that other gateways trusted, are sent from outside.

use std::{collections::BTreeSet, path::Path};

use http::Method;

use crate::house::Solo;

/// What proves, or frames the message: tested by others.
const MEANT: [&str; 10] = [
    "authorization",
    "connection",
    "content-length",
    "content-type",
    "expect",
    "host",
    "origin",
    "te",
    "transfer-encoding",
    "upgrade",
];

/// Names by which proxies and other gateways carry trust.
const ELSEWHERE: [&str; 34] = [
    "forwarded",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-forwarded-port",
    "x-forwarded-user",
    "x-forwarded-email",
    "x-forwarded-groups",
    "x-forwarded-prefix",
    "x-forwarded-client-cert",
    "x-real-ip",
    "x-client-ip",
    "x-original-url",
    "x-rewrite-url",
    "x-http-method-override",
    "x-method-override",
    "x-remote-user",
    "remote-user",
    "x-auth-request-user",
    "x-user",
    "x-user-id",
    "x-role",
    "x-admin",
    "x-api-key",
    "x-peta-agent",
    "x-peta-user",
    "x-peta-admin",
    "x-peta-door",
    "x-peta-session",
    "x-internal",
    "x-debug",
    "cookie",
    "proxy-authorization",
    "x-authorization",
];

/// Every text in the product's source that could be a header's name, and every name of the header library it uses.
fn named_in_the_source() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    for name in ["peta", "peta-gateway", "peta-admin", "peta-identity", "peta-api"] {
        search(&crates.join(name).join("src"), &mut names);
    }
    assert!(names.contains("mcp-session-id") && names.contains("x-request-id"), "{names:?}");
    names
}

fn search(folder: &Path, names: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            search(&path, names);
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            let like_a_name = |word: &&str| {
                word.contains('-') && word.len() < 48 && word.bytes().all(|b| b.is_ascii_lowercase() || b == b'-')
            };
            names.extend(text.split('"').filter(like_a_name).map(str::to_owned));
            let constants = text
                .split("header::")
                .skip(1)
                .map(|rest| rest.chars().take_while(|c| c.is_ascii_uppercase() || *c == '_').collect::<String>());
            names.extend(constants.filter(|name| name.len() > 2).map(|name| name.to_lowercase().replace('_', "-")));
        }
    }
}

#[tokio::test]
async fn no_magic_headers() {
    let solo = Solo::new(&[]).await;
    let thief = solo.core.token("thief", &[]).await;
    let token = solo.agent.token.clone().unwrap();
    let said = solo.core.peta(&["admin", "token"]).await;
    let admin = said.split_whitespace().find(|word| word.starts_with("peta_ac_")).unwrap().to_owned();
    let call = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","arguments":{}}}"#;
    // Nobody at an agent's door; an agent at the people's door; an agent at another's server.
    let probes = [
        (Method::POST, "/mcp/fix", None),
        (Method::GET, "/api/v1/servers", Some(&token)),
        (Method::POST, "/mcp/fix", Some(&thief)),
    ];
    let mut kept = peta_testkit::Kept::open(&solo.core.address).await;
    for (method, path, bearer) in probes {
        let request = |extra: Option<(&str, &str)>| {
            let request =
                solo.agent.request(method.clone()).path(path).without("authorization").without("mcp-session-id");
            let request = request.header("content-type", "application/json").body(call.into());
            let request = match bearer {
                Some(bearer) => request.header("authorization", &format!("Bearer {bearer}")),
                None => request,
            };
            extra.into_iter().fold(request, |request, (name, value)| request.header(name, value))
        };
        let plain = kept.send(request(None)).await;
        assert!([401, 403, 404].contains(&plain.status), "{plain:?}");
        let mut names = named_in_the_source();
        names.extend(ELSEWHERE.map(str::to_owned));
        for name in names.iter().filter(|name| !MEANT.contains(&name.as_str())) {
            for value in
                ["a", "true", "127.0.0.1", "/mcp/fix", &format!("Bearer {token}"), &format!("Bearer {admin}"), &token]
            {
                let answer = kept.send(request(Some((name, value)))).await;
                assert_eq!(answer.likeness(), plain.likeness(), "{method} {path} with {name}: {value}");
            }
        }
    }
    assert!(solo.received("tools/call").is_empty());
}
