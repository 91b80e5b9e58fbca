//! The detail of an event is kept as text that is JSON. It is read as such only if every reader would take it.

use serde_json::Value;

/// How deep it may be: with what stands around it, no reader's limit is reached.
const DEPTH: usize = 64;

/// The text as a value; none if it is too deep, holds half a character or a number beyond bounds, or is no JSON at all.
pub(crate) fn value(text: &str) -> Option<Value> {
    serde_json::from_str(text).ok().filter(|value| !is_deeper(value, DEPTH))
}

fn is_deeper(value: &Value, than: usize) -> bool {
    let Some(inside) = than.checked_sub(1) else { return value.is_array() || value.is_object() };
    match value {
        Value::Array(items) => items.iter().any(|item| is_deeper(item, inside)),
        Value::Object(members) => members.values().any(|member| is_deeper(member, inside)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_every_reader_takes() {
        let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        for text in ["{\"a\":1.50}", "null", "\"\\ud83d\\ude42\"", "[1e300]", &nested(64)] {
            assert_eq!(value(text), Some(serde_json::from_str(text).unwrap()), "{text}");
        }
        for text in ["", "{", "{}{}", "\"\\ud83d\"", "1e999", &nested(65), &nested(100_000)] {
            assert_eq!(value(text), None, "{text}");
        }
    }
}
