//! What clients write: `{"mcpServers": {NAME: {…}}}`, `{"servers": {…}}`, or either under `"mcp"`; JSON, with comments and
//! commas too many.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// More servers are in no client's file.
const MOST: usize = 100;

/// A server as a client has it.
pub(super) struct ClientServer {
    pub(super) name: String,
    pub(super) place: Place,
}

pub(super) enum Place {
    Url {
        url: String,
        sse: bool,
        headers: BTreeMap<String, String>,
    },
    Command {
        command: String,
        args: Vec<String>,
        env: BTreeMap<String, String>,
    },
    /// Nothing that Peta can use; why.
    Unclear(&'static str),
}

pub(super) fn read(text: &str) -> Result<Vec<ClientServer>, String> {
    // What serde says of a wrong text names the place, and quotes nothing of it.
    let root: Value = serde_json::from_str(&plain(text))
        .map_err(|error| format!("it is not JSON: line {}, column {}", error.line(), error.column()))?;
    let servers = ["mcpServers", "servers"]
        .iter()
        .find_map(|key| root.get(key).or_else(|| root.get("mcp")?.get(key)))
        .and_then(Value::as_object)
        .ok_or("it has neither `mcpServers` nor `servers`")?;
    if servers.len() > MOST {
        return Err(format!("it has more than {MOST} servers"));
    }
    Ok(servers.iter().map(|(name, server)| ClientServer { name: name.clone(), place: place(server) }).collect())
}

fn place(server: &Value) -> Place {
    let text = |key: &str| server.get(key).and_then(Value::as_str).map(str::to_owned);
    let pairs = |key: &str| -> BTreeMap<String, String> {
        let members = server.get(key).and_then(Value::as_object);
        members.into_iter().flat_map(Map::iter).filter_map(|(key, value)| Some((key.clone(), scalar(value)?))).collect()
    };
    if let Some(url) = text("url").or_else(|| text("serverUrl")) {
        let sse = text("type").or_else(|| text("transport")).is_some_and(|kind| kind == "sse");
        return Place::Url { url, sse, headers: pairs("headers") };
    }
    let Some(command) = text("command") else { return Place::Unclear("it has neither a URL nor a command") };
    let words = server.get("args").and_then(Value::as_array).cloned().unwrap_or_default();
    let args: Option<Vec<String>> = words.iter().map(scalar).collect();
    match args {
        Some(args) => Place::Command { command, args, env: pairs("env") },
        None => Place::Unclear("its arguments are no texts"),
    }
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// The text as JSON proper: comments, and commas before a closing bracket, become spaces; all else keeps its place.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.trim_start_matches('\u{feff}').chars().peekable();
    let mut comma = None;
    while let Some(c) = rest.next() {
        match (c, rest.peek()) {
            ('/', Some('/')) => {
                while rest.peek().is_some_and(|c| *c != '\n') {
                    rest.next();
                }
            }
            ('/', Some('*')) => {
                rest.next();
                let mut before = ' ';
                for c in rest.by_ref() {
                    if before == '*' && c == '/' {
                        break;
                    }
                    if c == '\n' {
                        out.push(c);
                    }
                    before = c;
                }
                out.push(' ');
            }
            ('"', _) => {
                comma = None;
                out.push(c);
                let mut escaped = false;
                for c in rest.by_ref() {
                    out.push(c);
                    match c {
                        '"' if !escaped => break,
                        '\\' => escaped = !escaped,
                        _ => escaped = false,
                    }
                }
            }
            ('}' | ']', _) => {
                if let Some(at) = comma.take() {
                    out.replace_range(at..=at, " ");
                }
                out.push(c);
            }
            _ => {
                if c == ',' {
                    comma = Some(out.len());
                } else if !c.is_whitespace() {
                    comma = None;
                }
                out.push(c);
            }
        }
    }
    out
}

#[cfg(test)]
mod tests;
