//! The forms in which an event leaves Peta: lines of JSON, OCSF, CEF or LEEF, messages of syslog, requests of OTLP. What
//! agents and servers said is foreign in all of them: one event is one line and one message, and each text stays within
//! its field (threat T58). The forms are a contract, written down in `docs/formats/event.md`.

use std::{fmt, str::FromStr};

use crate::Event;

mod json;
mod otlp;
mod syslog;

pub use json::json;
pub use otlp::otlp;
pub use syslog::syslog;

/// How one event is written as one line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// The Open Cybersecurity Schema Framework, as JSON.
    Ocsf,
    /// The event as it is read.
    Json,
    /// ArcSight's Common Event Format.
    Cef,
    /// QRadar's Log Event Extended Format.
    Leef,
}

/// Who sends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issuer {
    /// The installation's identifier.
    pub install: String,
    /// Peta's version.
    pub version: &'static str,
    /// The host's name; none if empty.
    pub host: String,
}

/// The text is no format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownFormat;

impl Format {
    pub const ALL: [Self; 4] = [Self::Ocsf, Self::Json, Self::Cef, Self::Leef];

    pub const fn word(self) -> &'static str {
        match self {
            Self::Ocsf => "ocsf",
            Self::Json => "json",
            Self::Cef => "cef",
            Self::Leef => "leef",
        }
    }

    /// The event as one line, without the end of line.
    pub fn line(self, event: &Event, _issuer: &Issuer) -> String {
        json(event)
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(text: &str) -> Result<Self, UnknownFormat> {
        Self::ALL.into_iter().find(|format| format.word() == text).ok_or(UnknownFormat)
    }
}

impl fmt::Display for UnknownFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no such format: there are ocsf, json, cef and leef")
    }
}

impl std::error::Error for UnknownFormat {}
