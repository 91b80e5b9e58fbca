//! What stands for ids and tokens, which every hop mints anew: an answer says which request it answers, a token that it
//! is that request's token. So messages of two ends, or of two runs, can be held against each other.

use std::collections::HashMap;

use peta_testkit::{Value, json};

/// The requests and tokens of one end.
#[derive(Default)]
pub(super) struct Ledger {
    /// Requests in flight towards the server and towards the agent: id, as written, and method.
    down: HashMap<String, String>,
    up: HashMap<String, String>,
    /// The progress token of the last request that had one.
    token: Option<Value>,
}

impl Ledger {
    /// A message without what every hop mints, or what is wrong with it.
    pub(super) fn plain(&mut self, down: bool, mut message: Value) -> Result<Value, String> {
        let whole = message.to_string();
        let members = message.as_object_mut().ok_or_else(|| format!("no object: {whole}"))?;
        if members.remove("jsonrpc") != Some(json!("2.0")) {
            return Err(format!("no JSON-RPC 2.0: {whole}"));
        }
        let id = members.remove("id").map(|id| id.to_string());
        let method = members.get("method").and_then(Value::as_str).map(str::to_owned);
        let (own, other) = if down { (&mut self.down, &mut self.up) } else { (&mut self.up, &mut self.down) };
        match (method.as_deref(), id) {
            (Some(method), Some(id)) => {
                if own.insert(id.clone(), method.to_owned()).is_some() {
                    return Err(format!("the id {id} is in flight already: {whole}"));
                }
                if let Some(token) = message.pointer_mut("/params/_meta/progressToken") {
                    self.token = Some(std::mem::replace(token, json!("$token")));
                }
            }
            (Some("notifications/cancelled"), None) => {
                if let Some(id) = message.pointer_mut("/params/requestId") {
                    let of = own.remove(&id.to_string()).unwrap_or_else(|| "nobody's".to_owned());
                    *id = json!(format!("$of {of}"));
                }
            }
            (Some("notifications/progress"), None) => {
                if let Some(token) = message.pointer_mut("/params/progressToken")
                    && self.token.as_ref() == Some(token)
                {
                    *token = json!("$token");
                }
            }
            (Some(_), None) => {}
            (None, Some(id)) => {
                let of = other.remove(&id).ok_or_else(|| format!("an answer that nobody waits for: {whole}"))?;
                members.insert("re".to_owned(), json!(of));
            }
            (None, None) => return Err(format!("no message: {whole}")),
        }
        Ok(message)
    }

    /// The id of a request in flight, by its method.
    pub(super) fn id_of(&self, down: bool, method: &str) -> Option<Value> {
        let flight = if down { &self.down } else { &self.up };
        let (id, _) = flight.iter().find(|(_, of)| *of == method)?;
        serde_json::from_str(id).ok()
    }
}

/// Whether a message is as the table has it. `"$any"` stands for whatever is there; what it stood for at the one end
/// must stand there at the other end too.
pub(super) fn alike(table: &Value, seen: &Value, stood: &mut Vec<Value>) -> bool {
    let known = stood.len();
    let alike = walk(table, seen, stood, &mut 0);
    if !alike {
        stood.truncate(known);
    }
    alike
}

fn walk(table: &Value, seen: &Value, stood: &mut Vec<Value>, next: &mut usize) -> bool {
    match (table, seen) {
        (Value::String(text), _) if text == "$any" => {
            *next += 1;
            match stood.get(*next - 1) {
                Some(before) => before == seen,
                None => {
                    stood.push(seen.clone());
                    true
                }
            }
        }
        (Value::Object(table), Value::Object(seen)) => {
            table.len() == seen.len()
                && table.iter().all(|(name, value)| seen.get(name).is_some_and(|seen| walk(value, seen, stood, next)))
        }
        (Value::Array(table), Value::Array(seen)) => {
            table.len() == seen.len() && table.iter().zip(seen).all(|(table, seen)| walk(table, seen, stood, next))
        }
        (Value::Number(table), Value::Number(seen)) => table.as_f64() == seen.as_f64(),
        _ => table == seen,
    }
}
