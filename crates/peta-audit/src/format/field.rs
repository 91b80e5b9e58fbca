//! An event as a list of fields, for all formats that are not JSON of the event itself: what is not known is left out.

use serde_json::{Map, Value};

use super::{json::json, shown::shown};
use crate::{Event, detail};

pub(crate) type Fields = Map<String, Value>;

/// The fields that are known, by the names that they have in the event's JSON.
pub(crate) fn fields(event: &Event) -> Fields {
    // `detail` is text that happens to be JSON; a value is made of it only if it can be read as one.
    let bare = Event { detail: None, ..event.clone() };
    let Ok(Value::Object(mut fields)) = serde_json::to_value(&bare) else { return Fields::new() };
    if let Some(text) = &event.detail {
        let value = detail::value(text).unwrap_or_else(|| Value::String(text.clone()));
        fields.insert("detail".to_owned(), value);
    }
    fields.retain(|_, value| !value.is_null());
    fields
}

/// A value as a text without structure: texts as they are shown, lists and objects as JSON.
pub(crate) fn flat(value: &Value) -> String {
    match value {
        Value::String(text) => shown(text),
        Value::Null => String::new(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        Value::Array(_) | Value::Object(_) => json(value),
    }
}

/// The fields with the keys of a format, in the order of its table; those without a line there come last under `other`'s.
pub(crate) fn keyed(
    mut fields: Fields,
    table: &[(&'static str, &'static str)],
    other: fn(&str) -> String,
) -> Vec<(String, String)> {
    let mut keyed: Vec<(String, String)> = Vec::new();
    for (name, key) in table {
        if let Some(value) = fields.remove(*name) {
            keyed.push(((*key).to_owned(), flat(&value)));
        }
    }
    keyed.extend(fields.iter().map(|(name, value)| (other(name), flat(value))));
    keyed
}
