//! The document: what is checked in is what is served, and all of it.

use peta_api::endpoint;
use serde_json::Value;

#[test]
fn the_checked_in_document_is_the_registered_one() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../openapi/peta.json");
    let kept = std::fs::read_to_string(path).unwrap();
    let served = peta_admin::openapi().to_pretty_json().unwrap();
    assert!(kept.trim_end() == served.trim_end(), "openapi/peta.json is not what is served: run `cargo xtask codegen`");
}

#[test]
fn every_operation_is_registered_and_documented() {
    let document: Value = serde_json::to_value(peta_admin::openapi()).unwrap();
    let mut documented = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            documented.push(format!("{} {method} {path}", operation["operationId"].as_str().unwrap()));
        }
    }
    let mut known: Vec<_> = endpoint::ALL
        .iter()
        .map(|operation| format!("{} {} {}", operation.id, operation.method.as_str().to_lowercase(), operation.path))
        .collect();
    documented.sort();
    known.sort();
    assert_eq!(documented, known);
}

#[test]
fn every_reference_resolves() {
    let document: Value = serde_json::to_value(peta_admin::openapi()).unwrap();
    let schemas = document["components"]["schemas"].as_object().unwrap();
    let mut waiting = vec![&document];
    while let Some(value) = waiting.pop() {
        match value {
            Value::Object(members) => {
                if let Some(Value::String(reference)) = members.get("$ref") {
                    let name = reference.strip_prefix("#/components/schemas/").unwrap();
                    assert!(schemas.contains_key(name), "{reference}");
                }
                waiting.extend(members.values());
            }
            Value::Array(items) => waiting.extend(items),
            _ => {}
        }
    }
}
