//! The formats of a line, and their names.

use std::{fmt, str::FromStr};

use super::{bound::bounded, cef, issuer::Issuer, json::json, leef, ocsf};
use crate::Event;

/// How one event is written as one line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// The Open Cybersecurity Schema Framework, as JSON.
    Ocsf,
    /// The event as it is read.
    Json,
    /// The Common Event Format of ArcSight.
    Cef,
    /// The Log Event Extended Format of QRadar.
    Leef,
}

/// The text is no format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no such format: there are ocsf, json, cef and leef")]
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
    pub fn line(self, event: &Event, issuer: &Issuer) -> String {
        let event = bounded(event);
        match self {
            Self::Ocsf => json(&ocsf::event(&event, issuer)),
            Self::Json => versioned(&json(&event)),
            Self::Cef => cef::line(&event, issuer),
            Self::Leef => leef::line(&event, issuer),
        }
    }
}

/// The event's own fields keep their order and numbers; the version goes before them.
fn versioned(object: &str) -> String {
    format!("{{\"version\":{},{}", Event::VERSION, object.strip_prefix('{').unwrap_or(object))
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

#[cfg(test)]
mod tests;
