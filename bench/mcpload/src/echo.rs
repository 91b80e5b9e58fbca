//! The MCP server behind `upstream` and `stdio-upstream`: it does as little as possible per
//! message and does not check what a conforming client is bound to send.
//!
//! Tools: `echo` returns its `text`; `blob` returns `size` bytes of text made of lines with
//! quotes, escapes and non-ASCII letters, as tool results have in practice; the others are there
//! to be listed and behave as `echo`.

use std::borrow::Cow;
use std::fmt::Write as _;

use serde::Deserialize;
use serde_json::value::RawValue;

/// The revision without sessions, whose answers carry a `resultType`.
pub const MODERN: &str = "2026-07-28";

/// One line of a blob as it stands inside a JSON string: 64 bytes with 11 escapes.
const LINE: &str = r#"{\"id\":4711471,\"name\":\"Zoë Ångström\",\"state\":\"ok\"}\n"#;

/// The parts of any message that matter here; everything else is skipped in the same pass.
#[derive(Deserialize)]
pub struct Message<'a> {
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    #[serde(default)]
    pub method: &'a str,
    #[serde(borrow, default)]
    params: Params<'a>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Params<'a> {
    #[serde(borrow)]
    name: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    arguments: Arguments<'a>,
    #[serde(borrow)]
    protocol_version: Option<Cow<'a, str>>,
}

#[derive(Default, Deserialize)]
struct Arguments<'a> {
    /// Echoed as the raw JSON token, so that it is never unescaped.
    #[serde(borrow)]
    text: Option<&'a RawValue>,
    #[serde(default)]
    size: usize,
}

/// A tool list, rendered once.
pub struct Tools(String);

impl Tools {
    pub fn new(count: usize) -> Self {
        let mut out = String::from(r#"{"tools":["#);
        for i in 0..count {
            let name = match i {
                0 => "echo".to_owned(),
                1 => "blob".to_owned(),
                _ => format!("tool_{i}"),
            };
            let property = match i {
                1 => r#""size":{"type":"integer"}"#,
                _ => r#""text":{"type":"string"}"#,
            };
            let comma = if i == 0 { "" } else { "," };
            let _ = write!(
                out,
                r#"{comma}{{"name":"{name}","description":"Load-test tool number {i}: returns the text it is given.","inputSchema":{{"type":"object","properties":{{{property}}}}}}}"#,
            );
        }
        out.push(']');
        Self(out)
    }
}

/// Appends the opening part of a `tools/call` result.
fn call(out: &mut String, params: &Params<'_>) {
    out.push_str(r#"{"content":[{"type":"text","text":"#);
    if params.name.as_deref().is_some_and(|n| n.ends_with("blob")) {
        let size = params.arguments.size;
        out.reserve(size + 64);
        out.push('"');
        for _ in 0..size / LINE.len() {
            out.push_str(LINE);
        }
        out.extend(std::iter::repeat_n('x', size % LINE.len()));
        out.push('"');
    } else {
        out.push_str(params.arguments.text.map_or(r#""""#, RawValue::get));
    }
    out.push_str(r#"}],"isError":false"#);
}

/// Appends the JSON-RPC response to `out`; returns false for a notification, which has none.
pub fn answer(out: &mut String, message: &Message<'_>, tools: &Tools, modern: bool) -> bool {
    let Some(id) = message.id.map(RawValue::get) else {
        return false;
    };
    let _ = write!(out, r#"{{"jsonrpc":"2.0","id":{id},"#);
    // Each result is written without its closing brace, so that a `resultType` can follow.
    let result_at = out.len() + r#""result":{"#.len();
    match message.method {
        "tools/call" => {
            out.push_str(r#""result":"#);
            call(out, &message.params);
        }
        "tools/list" => {
            out.push_str(r#""result":"#);
            out.push_str(&tools.0);
        }
        "initialize" => {
            let version = message.params.protocol_version.as_deref().unwrap_or("2025-11-25");
            let _ = write!(
                out,
                r#""result":{{"protocolVersion":"{version}","capabilities":{{"tools":{{}}}},"serverInfo":{{"name":"mcpload","version":"0.1.0"}}"#
            );
        }
        "server/discover" => {
            let _ = write!(
                out,
                r#""result":{{"supportedVersions":["{MODERN}","2025-11-25"],"capabilities":{{"tools":{{}}}},"serverInfo":{{"name":"mcpload","version":"0.1.0"}},"ttlMs":0,"cacheScope":"private""#
            );
        }
        "ping" => out.push_str(r#""result":{"#),
        _ => {
            out.push_str(r#""error":{"code":-32601,"message":"method not found"}}"#);
            return true;
        }
    }
    if modern {
        if out.len() > result_at {
            out.push(',');
        }
        out.push_str(r#""resultType":"complete""#);
    }
    out.push_str("}}");
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    fn ask(text: &str, modern: bool) -> Option<Value> {
        let message: Message<'_> = serde_json::from_str(text).expect("a message");
        let mut out = String::new();
        answer(&mut out, &message, &Tools::new(500), modern).then(|| serde_json::from_str(&out).expect("valid JSON"))
    }

    #[test]
    fn echoes_text_and_id() {
        let got = ask(
            r#"{"jsonrpc":"2.0","id":"a\"1","method":"tools/call","params":{"name":"echo","arguments":{"text":"é\n"}}}"#,
            false,
        )
        .expect("an answer");
        assert_eq!(got["id"], "a\"1");
        assert_eq!(got["result"]["content"][0]["text"], "é\n");
        assert_eq!(got["result"].get("resultType"), None);
    }

    #[test]
    fn a_blob_has_the_size_asked_for() {
        assert_eq!(LINE.len(), 64);
        for size in [0, 1, 63, 64, 10_240] {
            let call =
                format!(r#"{{"id":1,"method":"tools/call","params":{{"name":"blob","arguments":{{"size":{size}}}}}}}"#);
            let message: Message<'_> = serde_json::from_str(&call).expect("a message");
            let (mut out, mut empty) = (String::new(), String::new());
            answer(&mut out, &message, &Tools::new(2), true);
            answer(&mut empty, &Message { params: Params::default(), ..message }, &Tools::new(2), true);
            let value: Value = serde_json::from_str(&out).expect("valid JSON");
            assert_eq!(value["result"]["resultType"], "complete");
            assert_eq!(out.len(), empty.len() + size);
        }
    }

    #[test]
    fn lists_every_tool_and_ignores_notifications() {
        let got = ask(r#"{"id":7,"method":"tools/list"}"#, true).expect("an answer");
        assert_eq!(got["result"]["tools"].as_array().map(Vec::len), Some(500));
        assert_eq!(ask(r#"{"method":"notifications/initialized"}"#, false), None);
        let ping = ask(r#"{"id":7,"method":"ping"}"#, true).expect("an answer");
        assert_eq!(ping["result"]["resultType"], "complete");
        assert_eq!(ask(r#"{"id":0,"method":"x"}"#, false).expect("an error")["error"]["code"], -32601);
    }
}
