//! A request of OTLP over HTTP, as JSON: logs, one record an event. As the JSON mapping of the protocol wants it, 64-bit
//! numbers are texts. Texts are as they are; whoever writes the request writes it with `json`.

use serde_json::{Value, json};

use super::{bound::bounded, field::fields, issuer::Issuer, json::json as one_line, level::Level, shown::shown};
use crate::Event;

/// The events as one `ExportLogsServiceRequest`.
pub fn otlp(events: &[Event], issuer: &Issuer) -> Value {
    let mut resource = vec![
        attribute("service.name", json!("peta")),
        attribute("service.version", json!(issuer.version)),
        attribute("service.instance.id", json!(issuer.install)),
    ];
    if !issuer.host.is_empty() {
        resource.push(attribute("host.name", json!(issuer.host)));
    }
    let records: Vec<Value> = events.iter().map(|event| record(&bounded(event))).collect();
    json!({
        "resourceLogs": [{
            "resource": { "attributes": resource },
            "scopeLogs": [{ "scope": { "name": "peta.record", "version": issuer.version }, "logRecords": records }],
        }],
    })
}

fn record(event: &Event) -> Value {
    let (number, text) = Level::of(event).numbers().otlp;
    let attributes: Vec<Value> = fields(event).into_iter().map(|(name, value)| field(&name, value)).collect();
    json!({
        "timeUnixNano": nanoseconds(event),
        "severityNumber": number,
        "severityText": text,
        "eventName": format!("peta.{}", shown(&event.kind)),
        "body": { "stringValue": summary(event) },
        "attributes": attributes,
    })
}

/// Nanoseconds since 1970; the format knows no time before.
fn nanoseconds(event: &Event) -> String {
    u64::try_from(event.time.micros()).unwrap_or(0).saturating_mul(1_000).to_string()
}

/// What a person reads first: kind, server and capability, and how it ended.
fn summary(event: &Event) -> String {
    let mut summary = shown(&event.kind);
    let server = event.subject.server.as_ref().map(|server| server.as_str());
    for part in [server, event.subject.capability.as_deref()].into_iter().flatten() {
        summary.push(' ');
        summary.push_str(&shown(part));
    }
    let outcome = event.ending.map_or("begun", |ending| ending.outcome.word());
    format!("{summary}: {}, {outcome}", event.decision)
}

fn field(name: &str, value: Value) -> Value {
    match (name, value) {
        // It may be deep, and each of its levels would be three here: more than readers of the protocol take.
        ("detail", value @ (Value::Array(_) | Value::Object(_))) => {
            attribute("peta.detail", Value::String(one_line(&value)))
        }
        (name, value) => attribute(&format!("peta.{name}"), value),
    }
}

fn attribute(key: &str, value: Value) -> Value {
    json!({ "key": key, "value": any(value) })
}

/// A value in the protocol's words.
fn any(value: Value) -> Value {
    match value {
        Value::Null => json!({}),
        Value::Bool(value) => json!({ "boolValue": value }),
        Value::String(text) => json!({ "stringValue": text }),
        Value::Number(number) => match number.as_i64() {
            Some(number) => json!({ "intValue": number.to_string() }),
            // Beyond what the format's numbers hold.
            None if number.is_u64() => json!({ "stringValue": number.to_string() }),
            None => json!({ "doubleValue": number }),
        },
        Value::Array(items) => {
            let values: Vec<Value> = items.into_iter().map(any).collect();
            json!({ "arrayValue": { "values": values } })
        }
        Value::Object(members) => {
            let values: Vec<Value> = members.into_iter().map(|(key, value)| attribute(&key, value)).collect();
            json!({ "kvlistValue": { "values": values } })
        }
    }
}
