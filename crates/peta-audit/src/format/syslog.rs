//! A message of syslog, as RFC 5424 has it.

use super::{bound::bounded, issuer::Issuer, level::Level, line::Format, shown::shown};
use crate::Event;

/// Log audit.
const FACILITY: u8 = 13;

/// The event as one message, without framing.
pub fn syslog(format: Format, event: &Event, issuer: &Issuer) -> String {
    let event = bounded(event);
    let severity = Level::of(&event).numbers().syslog;
    let mut message = format!("<{}>1 {} ", FACILITY * 8 + severity, event.time);
    word(&mut message, &issuer.host, 255);
    message.push_str(" peta - ");
    word(&mut message, &event.kind, 32);
    message.push(' ');
    element(&mut message, "origin", &[("software", "Peta"), ("swVersion", issuer.version)]);
    let (id, sequence) = (event.id.to_string(), event.sequence.to_string());
    let outcome = event.ending.map_or("", |ending| ending.outcome.word());
    let own = [
        ("id", id.as_str()),
        ("sequence", &sequence),
        ("install", &issuer.install),
        ("decision", event.decision.word()),
        ("outcome", outcome),
    ];
    element(&mut message, "peta@32473", &own);
    message.push(' ');
    let line = match format {
        // Without a byte order mark, which most readers of JSON trip over; so it must be ASCII.
        Format::Ocsf | Format::Json => ascii(&format.line(&event, issuer)),
        Format::Cef | Format::Leef => format.line(&event, issuer),
    };
    if !line.is_ascii() {
        message.push('\u{feff}');
    }
    message.push_str(&line);
    message
}

/// A line of JSON in ASCII: what is not can only stand within its strings.
fn ascii(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    for c in line.chars() {
        if c.is_ascii() {
            out.push(c);
        } else {
            out.extend(c.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")));
        }
    }
    out
}

/// A field of the header: printable ASCII without spaces, `-` if there is none.
fn word(message: &mut String, text: &str, most: usize) {
    if text.is_empty() {
        message.push('-');
    }
    message.extend(text.chars().map(|c| if c.is_ascii_graphic() { c } else { '?' }).take(most));
}

fn element(message: &mut String, id: &str, params: &[(&str, &str)]) {
    message.push('[');
    message.push_str(id);
    for (name, value) in params.iter().filter(|(_, value)| !value.is_empty()) {
        message.push_str(&format!(" {name}=\""));
        for c in shown(value).chars() {
            if matches!(c, '"' | '\\' | ']') {
                message.push('\\');
            }
            message.push(c);
        }
        message.push('"');
    }
    message.push(']');
}
