use http::Uri;
use peta_model::Code;

use super::check;

fn judged(target: &str) -> Result<(), Code> {
    let uri: Uri = target.parse().map_err(|_| Code::BAD_TARGET)?;
    check(&uri, false)
}

#[test]
fn plain_targets_pass() {
    for target in [
        "/",
        "/mcp",
        "/mcp/files",
        "/messages?sessionId=0f3a",
        "/api/v1/servers/files/logs",
        "/api/v1/grants?agent=a&grant=files%2Fresource%3Afile%3A%2F%2F%2Fx",
        "/api/v1/agents/a%20b",
        "/assets/app-1.2.3.js",
        "/api/v1/agents/..x",
    ] {
        assert_eq!(judged(target), Ok(()), "{target}");
    }
}

#[test]
fn confusing_targets_are_refused() {
    for target in [
        "*",
        "http://127.0.0.1:7382/mcp",
        "https://elsewhere.example/mcp",
        "//mcp",
        "/mcp//files",
        "/mcp/",
        "/mcp/.",
        "/mcp/..",
        "/mcp/../api/v1/servers",
        "/mcp/./files",
        "/mcp/%2e%2e/api",
        "/mcp%2Ffiles",
        "/mcp%2ffiles",
        "/mcp%5cfiles",
        "/mcp\\files",
        "/mcp;x=1",
        "/mcp%3bx",
        "/mcp%00",
        "/mcp%0a",
        "/mcp%252f",
        "/mcp%",
        "/mcp%2",
        "/mcp%zz",
        "/mcp%+1",
        "/mcp/ä",
        "/mcp?x=%00",
        "/mcp?x=ä",
        "/mcp?x=%",
    ] {
        assert_eq!(judged(target), Err(Code::BAD_TARGET), "{target}");
    }
}

#[test]
fn tokens_in_urls_are_refused() {
    let token = format!("peta_st_{}", "a".repeat(49));
    for target in [
        "/mcp?token=x".to_owned(),
        "/mcp?a=b&access_token=x".to_owned(),
        "/mcp?Access-Token=x".to_owned(),
        "/mcp?api_key=x".to_owned(),
        "/mcp?apiKey=x".to_owned(),
        "/mcp?%74oken=x".to_owned(),
        "/mcp?authorization=Bearer%20x".to_owned(),
        format!("/mcp?q={token}"),
        format!("/mcp?q=peta%5fst_{}", "a".repeat(49)),
        format!("/mcp/{token}"),
    ] {
        assert_eq!(judged(&target), Err(Code::TOKEN_IN_URL), "{target}");
    }
}

#[test]
fn http2_names_its_authority() {
    let uri: Uri = "http://127.0.0.1:7382/mcp".parse().unwrap();
    assert_eq!(check(&uri, true), Ok(()));
}
