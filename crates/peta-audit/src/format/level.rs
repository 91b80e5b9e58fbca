//! How grave an event is, in the numbers of each format.

use peta_model::Outcome;

use crate::Event;

/// Kinds that tell of an attack, a leak, damage or a changed world, whatever their outcome says. Each has a title in
/// `ocsf/matter.rs`.
const FINDINGS: [&str; 7] = [
    "clock.step",
    "credential.echo",
    "credential.guess",
    "credential.rollback",
    "record.checkpoint_lost",
    "record.damaged",
    "record.forked",
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Level {
    /// It went well, or goes on.
    Plain,
    /// It was called off.
    Notice,
    /// Somebody was told no, or that it did not work; or the clock was set.
    Warning,
    /// Something broke.
    Error,
    /// A person should look.
    Finding,
}

/// One level in each format's numbers.
pub(crate) struct Numbers {
    pub(crate) ocsf: (u8, &'static str),
    /// 0 to 10, for CEF and LEEF.
    pub(crate) ten: u8,
    pub(crate) syslog: u8,
    pub(crate) otlp: (u8, &'static str),
}

impl Level {
    pub(crate) fn of(event: &Event) -> Self {
        match event.kind.as_str() {
            // Mostly a machine that was asleep.
            "clock.step" => return Self::Warning,
            kind if is_finding(kind) => return Self::Finding,
            _ => {}
        }
        match event.ending.map(|ending| ending.outcome) {
            Some(Outcome::Ok) | None => Self::Plain,
            Some(Outcome::Cancelled) => Self::Notice,
            Some(Outcome::Error | Outcome::Refused | Outcome::Timeout) => Self::Warning,
            Some(Outcome::Failed | Outcome::Unknown) => Self::Error,
        }
    }

    pub(crate) const fn numbers(self) -> Numbers {
        let (ocsf, ten, syslog, otlp) = match self {
            Self::Plain => ((1, "Informational"), 1, 6, (9, "INFO")),
            Self::Notice => ((1, "Informational"), 2, 5, (10, "INFO2")),
            Self::Warning => ((2, "Low"), 4, 4, (13, "WARN")),
            Self::Error => ((3, "Medium"), 6, 3, (17, "ERROR")),
            Self::Finding => ((4, "High"), 9, 1, (18, "ERROR2")),
        };
        Numbers { ocsf, ten, syslog, otlp }
    }
}

pub(crate) fn is_finding(kind: &str) -> bool {
    FINDINGS.contains(&kind)
}
