//! OCSF 1.8: each event in the class of its kind, with that class's attributes; fields without a place there stand under
//! `unmapped` by their own names.

use serde_json::{Map, Value, json};

use super::{
    field::{Fields, fields},
    issuer::Issuer,
    level::Level,
};
use crate::Event;

mod class;
mod matter;

use class::Class;

const VERSION: &str = "1.8.0";

/// Where a field has a place in every class; `actor` stands wherever the class has it.
const PLACES: &[(&str, &[&str])] = &[
    ("id", &["metadata", "uid"]),
    ("sequence", &["metadata", "sequence"]),
    ("time", &["metadata", "original_time"]),
    ("kind", &["metadata", "event_code"]),
    ("tenant", &["metadata", "tenant_uid"]),
    ("agent", &["actor", "app_name"]),
    ("agent_id", &["actor", "app_uid"]),
    ("user", &["actor", "user", "name"]),
    ("token", &["actor", "session", "credential_uid"]),
    ("session", &["actor", "session", "uid"]),
    ("outcome", &["status_detail"]),
    ("code", &["status_code"]),
];

/// The event in the words of OCSF.
pub(crate) fn event(event: &Event, issuer: &Issuer) -> Value {
    let mut fields = fields(event);
    let operation = fields.get("operation").and_then(Value::as_str);
    let (class, activity) = class::of(&event.kind, operation);
    let mut out = envelope(event, issuer, class, activity);
    for (name, path) in PLACES {
        if let Some(value) = fields.remove(*name) {
            put(&mut out, path, value);
        }
    }
    status(&mut out, class, event);
    security(&mut out, class, event);
    let actor = actor(&mut out, &mut fields, event);
    matter::add(&mut out, class, actor, &mut fields, event);
    out.insert("unmapped".to_owned(), Value::Object(fields));
    Value::Object(out)
}

/// What all classes have.
fn envelope(event: &Event, issuer: &Issuer, class: Class, (activity, activity_name): class::Activity) -> Fields {
    let (uid, class_name) = class.uid();
    let (category, category_name) = class.category();
    let (severity, severity_name) = Level::of(event).numbers().ocsf;
    let mut reporter = json!({ "name": "Peta", "uid": issuer.install });
    if let (false, Some(reporter)) = (issuer.host.is_empty(), reporter.as_object_mut()) {
        reporter.insert("hostname".to_owned(), json!(issuer.host));
    }
    let mut out = object(json!({
        "metadata": {
            "version": VERSION,
            "product": { "name": "Peta", "uid": "peta", "vendor_name": "Peta", "version": issuer.version },
            "profiles": ["security_control"],
            "log_name": "record",
            "log_provider": "Peta",
            "log_version": Event::VERSION.to_string(),
            "reporter": reporter,
        },
        "time": event.time.micros().div_euclid(1_000),
        "category_uid": category, "category_name": category_name,
        "class_uid": uid, "class_name": class_name,
        "activity_id": activity, "activity_name": activity_name,
        "type_uid": u64::from(uid) * 100 + u64::from(activity), "type_name": format!("{class_name}: {activity_name}"),
        "severity_id": severity, "severity": severity_name,
    }));
    if let Some(ending) = event.ending {
        out.insert("duration".to_owned(), json!(ending.duration_us / 1_000));
    }
    out
}

fn status(out: &mut Fields, class: Class, event: &Event) {
    use peta_model::Outcome::{Cancelled, Error, Failed, Ok, Refused, Timeout, Unknown};
    let (id, name) = match event.ending.map(|ending| ending.outcome) {
        // A finding's status is what has been done about it.
        _ if class == Class::Finding => (1, "New"),
        Some(Ok) => (1, "Success"),
        Some(Error | Failed | Refused | Timeout) => (2, "Failure"),
        Some(Cancelled) => (99, "cancelled"),
        Some(Unknown) | None => (0, "Unknown"),
    };
    out.insert("status_id".to_owned(), json!(id));
    out.insert("status".to_owned(), json!(name));
}

/// What the judge said, in the profile of products that stand in the way.
fn security(out: &mut Fields, class: Class, event: &Event) {
    let (action, disposition) = match event.decision {
        _ if class == Class::Finding => ((3, "Observed"), (15, "Detected")),
        peta_model::Decision::Allow => ((1, "Allowed"), (1, "Allowed")),
        peta_model::Decision::Deny => ((2, "Denied"), (2, "Blocked")),
    };
    out.insert("action_id".to_owned(), json!(action.0));
    out.insert("action".to_owned(), json!(action.1));
    out.insert("disposition_id".to_owned(), json!(disposition.0));
    out.insert("disposition".to_owned(), json!(disposition.1));
}

/// Who did it, with the reasons of the decision. Never empty, for the schema wants to know somebody.
fn actor(out: &mut Fields, fields: &mut Fields, event: &Event) -> Value {
    let mut actor = object(out.remove("actor").unwrap_or_default());
    if let Some(admin) = event.caller.admin {
        fields.remove("role");
        actor.insert("user".to_owned(), json!({ "name": admin.role.word(), "type_id": 2, "type": "Admin" }));
    } else if let Some(user) = actor.get_mut("user").and_then(Value::as_object_mut) {
        user.insert("type_id".to_owned(), json!(1));
        user.insert("type".to_owned(), json!("User"));
    } else if !actor.contains_key("app_uid") && !actor.contains_key("app_name") {
        actor.insert("user".to_owned(), json!({ "name": "unknown", "type_id": 0, "type": "Unknown" }));
    }
    let decision = fields.remove("decision").unwrap_or_default();
    fields.remove("reasons");
    let version = event.facts.policy_version.map(|version| version.to_string());
    let granted = |reason| match &version {
        Some(version) => json!({ "decision": decision, "policy": { "name": reason, "version": version } }),
        None => json!({ "decision": decision, "policy": { "name": reason } }),
    };
    let mut authorizations: Vec<Value> = event.reasons.iter().map(granted).collect();
    if authorizations.is_empty() {
        authorizations.push(json!({ "decision": decision }));
    }
    actor.insert("authorizations".to_owned(), Value::Array(authorizations));
    Value::Object(actor)
}

fn put(out: &mut Fields, path: &[&str], value: Value) {
    match path {
        [] => {}
        [last] => {
            out.insert((*last).to_owned(), value);
        }
        [first, rest @ ..] => {
            let inner = out.entry((*first).to_owned()).or_insert_with(|| Value::Object(Map::new()));
            if let Some(inner) = inner.as_object_mut() {
                put(inner, rest, value);
            }
        }
    }
}

fn object(value: Value) -> Fields {
    match value {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}
