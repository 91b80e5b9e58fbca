//! CEF: a header with `|` between its fields, then `key=value` with a space between.

use super::{
    field::{fields, keyed},
    issuer::Issuer,
    level::Level,
    shown::shown,
};
use crate::Event;

/// Where fields have a key of the format's own dictionary; the labels of custom ones stand below.
pub(crate) const KEYS: &[(&str, &str)] = &[
    ("id", "externalId"),
    ("sequence", "cn1"),
    ("decision", "act"),
    ("outcome", "outcome"),
    ("code", "reason"),
    ("agent", "sourceServiceName"),
    ("agent_id", "suid"),
    ("user", "suser"),
    ("role", "spriv"),
    ("server", "destinationServiceName"),
    ("capability", "cs1"),
    ("session", "cs2"),
    ("reasons", "cs3"),
    ("token", "cs4"),
    ("door", "cs5"),
    ("detail", "cs6"),
    ("client", "requestClientApplication"),
    ("duration_us", "cn2"),
    ("request_bytes", "in"),
    ("response_bytes", "out"),
];

/// What a custom key holds is said beside it.
pub(crate) const LABELED: [&str; 8] = ["cs1", "cs2", "cs3", "cs4", "cs5", "cs6", "cn1", "cn2"];

/// The event as a line of CEF.
pub(crate) fn line(event: &Event, issuer: &Issuer) -> String {
    let mut fields = fields(event);
    let outcome = event.ending.map_or("begun", |ending| ending.outcome.word());
    let name = format!("{} {outcome}", event.kind);
    let mut line = String::from("CEF:0|Peta|Peta");
    for part in [issuer.version, &event.kind, &name] {
        line.push('|');
        escape(&mut line, &shown(part), &['\\', '|']);
    }
    line.push_str(&format!("|{}|rt={}", Level::of(event).numbers().ten, event.time.micros().div_euclid(1_000)));
    pair(&mut line, "deviceExternalId", &shown(&issuer.install));
    if !issuer.host.is_empty() {
        pair(&mut line, "dvchost", &shown(&issuer.host));
    }
    // The header says the kind.
    fields.remove("kind");
    for (key, value) in keyed(fields, KEYS, own_key) {
        pair(&mut line, &key, &value);
        let field = KEYS.iter().find(|(_, of)| *of == key).filter(|_| LABELED.contains(&key.as_str()));
        if let Some((field, _)) = field {
            pair(&mut line, &format!("{key}Label"), field);
        }
    }
    line
}

fn pair(line: &mut String, key: &str, value: &str) {
    line.push(' ');
    line.push_str(key);
    line.push('=');
    escape(line, value, &['\\', '=']);
}

fn escape(line: &mut String, text: &str, special: &[char]) {
    for c in text.chars() {
        if special.contains(&c) {
            line.push('\\');
        }
        line.push(c);
    }
}

/// A field that the dictionary has no place for: `policy_version` becomes `petaPolicyVersion`.
fn own_key(name: &str) -> String {
    let mut key = String::from("peta");
    for word in name.split('_') {
        let mut letters = word.chars();
        key.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        key.push_str(letters.as_str());
    }
    key
}
