//! A message of syslog, as RFC 5424 has it.

use std::fmt::Write;

use peta_model::Outcome;

use super::{Format, Issuer};
use crate::Event;

/// Log audit.
const FACILITY: u8 = 13;

/// The event as one message, without framing.
pub fn syslog(format: Format, event: &Event, issuer: &Issuer) -> String {
    let mut message = format!("<{}>1 {} ", FACILITY * 8 + severity(event), event.time);
    header(&mut message, &issuer.host, 255);
    message.push_str(" peta - ");
    header(&mut message, &event.kind, 32);
    let _ = write!(message, " [meta sequenceId=\"{}\"][peta@32473 id=\"{}\"", event.sequence % 2_147_483_648, event.id);
    let _ = write!(message, " sequence=\"{}\"] \u{feff}{}", event.sequence, format.line(event, issuer));
    message
}

fn severity(event: &Event) -> u8 {
    match event.ending.map(|ending| ending.outcome) {
        Some(Outcome::Failed | Outcome::Unknown) => 3,
        Some(Outcome::Error | Outcome::Refused | Outcome::Timeout) => 4,
        Some(Outcome::Cancelled) => 5,
        Some(Outcome::Ok) | None => 6,
    }
}

/// A field of the header: printable ASCII without spaces, `-` if there is none.
fn header(message: &mut String, text: &str, most: usize) {
    let plain = |c: char| if c.is_ascii_graphic() { c } else { '?' };
    if text.is_empty() {
        message.push('-');
    }
    message.extend(text.chars().map(plain).take(most));
}
