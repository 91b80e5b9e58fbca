//! What an event was about, as its class wants it.

use serde_json::{Value, json};

use super::class::Class;
use crate::{Event, format::field::Fields};

/// Adds what the class demands, and the actor where the class has a place for one.
pub(crate) fn add(out: &mut Fields, class: Class, actor: Value, fields: &mut Fields, event: &Event) {
    let mut add = |key: &str, value: Value| out.insert(key.to_owned(), value);
    match class {
        Class::Api => {
            add("api", api(event));
            add("src_endpoint", source(event));
            if let Some(server) = fields.remove("server") {
                add("dst_endpoint", json!({ "svc_name": server }));
            }
            if let Some(name) = fields.remove("capability") {
                add("resources", json!([{ "name": name, "type": event.kind, "role_id": 1, "role": "Target" }]));
            }
        }
        Class::Authentication => {
            add("user", actor.get("user").cloned().unwrap_or_else(unknown));
            add("service", json!({ "name": "Peta" }));
        }
        Class::Session => {
            let (user, privilege) = authorized(event, fields, &actor);
            add("user", user);
            add("privileges", json!([privilege]));
        }
        Class::Account => {
            add("user", agent(fields));
        }
        Class::Entity => {
            let entity = entity(event, fields);
            add("entity", entity);
        }
        Class::Lifecycle => {
            add("app", json!({ "name": "Peta", "vendor_name": "Peta" }));
        }
        Class::Finding => {
            add("finding_info", json!({ "uid": event.id, "title": title(&event.kind), "types": [event.kind] }));
            add("evidences", json!([{ "actor": actor }]));
            if let Some(server) = fields.remove("server") {
                add("resources", json!([{ "name": server, "type": "server" }]));
            }
        }
    }
    match class {
        // Core is its own actor there; whoever it was stands among the fields of Peta.
        Class::Lifecycle => {
            fields.insert("actor".to_owned(), actor);
        }
        Class::Finding => {}
        _ => {
            add("actor", actor);
        }
    }
}

fn api(event: &Event) -> Value {
    let mut api = json!({ "operation": event.kind, "request": { "uid": event.id } });
    let Some(fields) = api.as_object_mut() else { return api };
    if let Some(server) = &event.subject.server {
        fields.insert("service".to_owned(), json!({ "name": server }));
    }
    if let Some(ending) = event.ending {
        let mut response = json!({ "message": ending.outcome });
        if let (Some(code), Some(response)) = (ending.code, response.as_object_mut()) {
            response.insert("error".to_owned(), json!(code.as_str()));
        }
        fields.insert("response".to_owned(), response);
    }
    api
}

/// Peta keeps no addresses: where a call came from is the agent, by its identifier.
fn source(event: &Event) -> Value {
    match (&event.caller.agent_id, event.caller.admin) {
        (Some(id), _) => json!({ "uid": id }),
        (None, Some(admin)) => json!({ "svc_name": admin.door.word() }),
        (None, None) => json!({ "svc_name": "unknown" }),
    }
}

/// Who may what from now on, or no longer.
fn authorized(event: &Event, fields: &Fields, actor: &Value) -> (Value, String) {
    if event.kind.starts_with("admin.") {
        let role = told(fields, "role").unwrap_or_else(|| "administrator".to_owned());
        let mut user = json!({ "name": role, "type_id": 2, "type": "Admin" });
        if let (Some(token), Some(user)) = (told(fields, "token"), user.as_object_mut()) {
            user.insert("uid".to_owned(), json!(token));
        }
        return (user, role);
    }
    let user = told(fields, "person").map(|name| json!({ "name": name, "type_id": 1, "type": "User" }));
    let user = user.or_else(|| actor.get("user").cloned()).unwrap_or_else(unknown);
    (user, told(fields, "credential").unwrap_or_else(|| "credential".to_owned()))
}

/// The agent that an act is about: the account of a program.
fn agent(fields: &Fields) -> Value {
    let name = told(fields, "agent").or_else(|| told(fields, "asked"));
    json!({ "name": name.as_deref().unwrap_or("unknown"), "type_id": 4, "type": "Service" })
}

/// What an act is about, by the noun of its kind.
fn entity(event: &Event, fields: &mut Fields) -> Value {
    let noun = event.kind.split('.').next().unwrap_or_default();
    let server = fields.remove("server");
    let name = told(fields, noun).map(Value::String).or(server).unwrap_or_else(|| json!(noun));
    json!({ "name": name, "type": noun, "type_id": 99 })
}

/// A text that the act's detail holds.
fn told(fields: &Fields, key: &str) -> Option<String> {
    Some(fields.get("detail")?.get(key)?.as_str()?.to_owned())
}

fn title(kind: &str) -> &'static str {
    match kind {
        "clock.step" => "The clock was set",
        "credential.echo" => "A server said a secret that it was handed",
        "credential.guess" => "An agent sent a secret of Peta's",
        "credential.rollback" => "An older state of a credential came back",
        "record.checkpoint_lost" => "Who keeps checkpoints of the record has lost them",
        "record.damaged" => "The record is damaged",
        "record.forked" => "The record was begun anew, for it was not what was signed",
        _ => "Peta found something",
    }
}

fn unknown() -> Value {
    json!({ "name": "unknown", "type_id": 0, "type": "Unknown" })
}
