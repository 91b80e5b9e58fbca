//! A request of OTLP over HTTP, as JSON: logs, one record an event.

use serde_json::{Value, json};

use super::{Format, Issuer};
use crate::Event;

/// The events as one `ExportLogsServiceRequest`.
pub fn otlp(events: &[Event], issuer: &Issuer) -> Value {
    let text = |key: &str, text: &str| json!({ "key": key, "value": { "stringValue": text } });
    let records: Vec<Value> = events
        .iter()
        .map(|event| {
            json!({
                "timeUnixNano": (i128::from(event.time.micros()).max(0) * 1_000).to_string(),
                "body": { "stringValue": Format::Json.line(event, issuer) },
                "attributes": [text("peta.event.id", &event.id.to_string()), text("peta.event.kind", &event.kind)],
            })
        })
        .collect();
    let resource = [
        text("service.name", "peta"),
        text("service.version", issuer.version),
        text("service.instance.id", &issuer.install),
    ];
    json!({
        "resourceLogs": [{
            "resource": { "attributes": resource },
            "scopeLogs": [{ "scope": { "name": "peta.record", "version": issuer.version }, "logRecords": records }],
        }],
    })
}
