//! The forms in which an event leaves Peta: lines of JSON, OCSF, CEF or LEEF, messages of syslog, requests of OTLP. What
//! agents and servers said is foreign in all of them: one event is one line and one message, and each text stays within
//! its field (threat T58). The forms are a contract, written down in `docs/formats/event.md`.

mod bound;
mod cef;
mod field;
mod issuer;
mod json;
mod leef;
mod level;
mod line;
mod ocsf;
mod otlp;
mod shown;
mod syslog;

pub use bound::{DETAIL_LIMIT, REASONS_LIMIT};
pub use issuer::Issuer;
pub use json::json;
pub use line::{Format, UnknownFormat};
pub use otlp::otlp;
pub use syslog::syslog;
