//! What an agent is told when there is no answer of Core's to pass on: a JSON-RPC error with the request's id.

use bytes::Bytes;
use peta_mcp::{RequestId, write};
use peta_model::Code;

/// JSON-RPC's "internal error": the request was fine.
const INTERNAL: i64 = -32603;
/// JSON-RPC's "invalid request".
const INVALID: i64 = -32600;
/// JSON-RPC's "method not found".
const NO_METHOD: i64 = -32601;
/// JSON-RPC's "parse error".
const NOT_JSON: i64 = -32700;

/// The request came to nothing.
pub(super) fn failed(id: &RequestId, code: &str, text: &str) -> Bytes {
    write::error(id.raw(), INTERNAL, text, Some(&data(code)))
}

/// A method of a later MCP.
pub(super) fn no_method(id: &RequestId) -> Bytes {
    let code = Code::ERA_NOT_SERVED;
    write::error(id.raw(), NO_METHOD, code.title(), Some(&data(code.as_str())))
}

/// A line that is no message; there is no id to answer to.
pub(super) fn unreadable(code: Code) -> Bytes {
    let number = if code == Code::NOT_JSON { NOT_JSON } else { INVALID };
    write::error("null", number, code.title(), Some(&data(code.as_str())))
}

fn data(code: &str) -> String {
    let help = write::string(&format!("docs/errors/{code}.md"));
    format!(r#"{{"code":{},"help":{help}}}"#, write::string(code))
}
