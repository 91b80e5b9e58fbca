use super::*;

fn new(text: &str) -> Result<ServerSpec, String> {
    spec(serde_json::from_str(text).unwrap()).map_err(said)
}

fn said(fault: Fault) -> String {
    let problem = fault.shown();
    format!("{}: {}", problem.field.unwrap_or_default(), problem.detail)
}

#[test]
fn either_a_url_or_a_command() {
    let both = new(r#"{"name":"a","url":"http://x/","command":"y"}"#).unwrap_err();
    assert_eq!(both, "command: a server has a URL or a command, not both");
    assert_eq!(new(r#"{"name":"a"}"#).unwrap_err(), "url: a server needs a URL or a command");
    assert!(new(r#"{"name":"a","url":"http://x/","env":{"A":"b"}}"#).unwrap_err().starts_with("env: "));
    assert!(new(r#"{"name":"a","command":"x","transport":"sse"}"#).unwrap_err().starts_with("transport: "));
    assert!(new(r#"{"name":"a","command":" "}"#).unwrap_err().starts_with("command: "));
    assert!(new(r#"{"name":"a","command":"x","env":{"A=B":"c"}}"#).unwrap_err().starts_with("env.A=B: "));
    assert!(new(r#"{"name":"a","command":"x","total":"0s"}"#).unwrap_err().starts_with("total: "));
}

#[test]
fn urls() {
    for good in ["http://127.0.0.1:3000/mcp", "https://example.com", "http://[::1]:1/x?y=z"] {
        assert_eq!(checked(good.to_owned()).unwrap(), good);
    }
    for bad in ["", "example.com", "ftp://x/", "http://", "/mcp", "http://me:pw@x/", "http://x/#y", "http://a b/"] {
        assert!(said(checked(bad.to_owned()).unwrap_err()).starts_with("url: "), "{bad}");
    }
}

/// T66: what is secret goes in and never comes out.
#[test]
fn secrets_are_not_shown() {
    let spec = new(r#"{"name":"a","command":"x","args":["-v"],"env":{"API_KEY":"hunter2"}}"#).unwrap();
    let text = serde_json::to_string(&shown(&spec)).unwrap();
    assert!(text.contains("API_KEY") && !text.contains("hunter2"), "{text}");
    let spec = new(r#"{"name":"a","url":"https://x/mcp?apiKey=hunter2&x&y="}"#).unwrap();
    assert_eq!(shown(&spec).url.unwrap(), "https://x/mcp?apiKey=***&***&y=***");
}

#[test]
fn a_change_leaves_the_rest() {
    let old = new(r#"{"name":"a","url":"http://x/","transport":"sse","idle":"5s","eager":true}"#).unwrap();
    let change = |text: &str| changed(&old, serde_json::from_str(text).unwrap()).map_err(said);
    assert_eq!(change("{}").unwrap(), old);
    let moved = change(r#"{"url":"http://y/","idle":null,"total":"1h"}"#).unwrap();
    assert_eq!(moved.transport, Transport::Http { url: "http://y/".to_owned(), mode: HttpMode::Sse });
    assert_eq!((moved.idle, moved.total, moved.eager), (None, Some(Span::from_secs(3_600)), true));
    let child = new(r#"{"name":"a","command":"x"}"#).unwrap();
    let refused = changed(&child, serde_json::from_str(r#"{"url":"http://y/"}"#).unwrap()).map_err(said).unwrap_err();
    assert!(refused.starts_with("url: this server is started by a command"), "{refused}");
}
