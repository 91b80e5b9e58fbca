//! Writing the few messages a hop makes itself.

use bytes::Bytes;

/// A request with a number for its id.
pub fn request(id: u64, method: &str, params: Option<&str>) -> Bytes {
    request_with(&id.to_string(), method, params)
}

/// A request with an id as written.
pub fn request_with(id_raw: &str, method: &str, params: Option<&str>) -> Bytes {
    let method = string(method);
    match params {
        Some(params) => format!(r#"{{"jsonrpc":"2.0","id":{id_raw},"method":{method},"params":{params}}}"#),
        None => format!(r#"{{"jsonrpc":"2.0","id":{id_raw},"method":{method}}}"#),
    }
    .into()
}

pub fn notification(method: &str, params: Option<&str>) -> Bytes {
    let method = string(method);
    match params {
        Some(params) => format!(r#"{{"jsonrpc":"2.0","method":{method},"params":{params}}}"#),
        None => format!(r#"{{"jsonrpc":"2.0","method":{method}}}"#),
    }
    .into()
}

/// An answer; the result is raw JSON.
pub fn result(id_raw: &str, result: &str) -> Bytes {
    format!(r#"{{"jsonrpc":"2.0","id":{id_raw},"result":{result}}}"#).into()
}

/// An error answer; `id_raw` is `null` where no id could be read, `data` is raw JSON.
pub fn error(id_raw: &str, code: i64, message: &str, data: Option<&str>) -> Bytes {
    let message = string(message);
    match data {
        Some(data) => {
            format!(r#"{{"jsonrpc":"2.0","id":{id_raw},"error":{{"code":{code},"message":{message},"data":{data}}}}}"#)
        }
        None => format!(r#"{{"jsonrpc":"2.0","id":{id_raw},"error":{{"code":{code},"message":{message}}}}}"#),
    }
    .into()
}

/// A JSON string literal, as short as can be (RFC 8785).
pub fn string(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            c if c < ' ' => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
