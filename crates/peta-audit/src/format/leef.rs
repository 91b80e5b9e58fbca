//! LEEF 2.0: a header with `|` between its fields, then `key=value` with a tab between. The format has no escapes of its
//! own, so its separators never stand in a value: they are shown as `\t` and `\u{7c}`.

use super::{
    field::{fields, keyed},
    issuer::Issuer,
    level::Level,
    shown::{code, shown},
};
use crate::Event;

/// Where fields have an attribute that the format knows; the others keep their names.
pub(crate) const KEYS: &[(&str, &str)] = &[
    ("id", "id"),
    ("sequence", "sequence"),
    ("time", "time"),
    ("tenant", "tenant"),
    ("boot", "boot"),
    ("kind", "cat"),
    ("agent", "agent"),
    ("agent_id", "agent_id"),
    ("user", "usrName"),
    ("token", "token"),
    ("role", "role"),
    ("door", "door"),
    ("client", "client"),
    ("session", "session"),
    ("request", "request"),
    ("server", "resource"),
    ("capability", "capability"),
    ("pin", "pin"),
    ("operation", "operation"),
    ("decision", "decision"),
    ("reasons", "policy"),
    ("policy_version", "policy_version"),
    ("credentials", "credentials"),
    ("outcome", "outcome"),
    ("code", "code"),
    ("duration_us", "duration_us"),
    ("stages", "stages"),
    ("request_bytes", "srcBytes"),
    ("response_bytes", "dstBytes"),
    ("detail", "detail"),
];

/// The event as a line of LEEF.
pub(crate) fn line(event: &Event, issuer: &Issuer) -> String {
    let mut line = String::from("LEEF:2.0|Peta|Peta");
    for part in [issuer.version, &event.kind] {
        line.push('|');
        for c in shown(part).chars() {
            if c == '|' { code(&mut line, c) } else { line.push(c) }
        }
    }
    line.push_str(&format!("|x09|devTime={}", event.time.micros().div_euclid(1_000)));
    line.push_str(&format!("\tsev={}", Level::of(event).numbers().ten));
    line.push_str(&format!("\tdevInstall={}", shown(&issuer.install)));
    if !issuer.host.is_empty() {
        line.push_str(&format!("\tidentHostName={}", shown(&issuer.host)));
    }
    for (key, value) in keyed(fields(event), KEYS, str::to_owned) {
        line.push_str(&format!("\t{key}={value}"));
    }
    line
}
