//! The events of one person, where an export holds them: each line of `subject.jsonl` is held against the entry at its place.
//! What is opened must be what the entry commits to, and what the event shows must stand in one of both.

use std::{collections::BTreeMap, fmt};

use serde::Deserialize;
use serde_json::{Map, Value};

use super::said::{commitment, salt_of};

/// The file in an export.
pub const SUBJECT: &str = "subject.jsonl";

/// The event's name of what is public, and the entry's.
const PUBLIC: [(&str, &str); 14] = [
    ("id", "event"),
    ("agent_id", "agent"),
    ("kind", "kind"),
    ("server", "server"),
    ("session", "session"),
    ("decision", "decision"),
    ("token", "token"),
    ("role", "role"),
    ("door", "door"),
    ("pin", "pin"),
    ("operation", "operation"),
    ("policy_version", "policy_version"),
    ("credentials", "credentials"),
    ("request_bytes", "request_bytes"),
];

/// How it ended, as the entry of its outcome says.
const ENDING: [&str; 5] = ["outcome", "code", "duration_us", "stages", "response_bytes"];

/// What stands in no entry but as a commitment.
const PRIVATE: [&str; 3] = ["agent", "client", "user"];

/// What stands in the entry if everybody may read it.
const EITHER: [&str; 4] = ["capability", "detail", "reasons", "request"];

/// How many events of a person are in an export, and what of them could be checked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OfSubject {
    pub events: u64,
    /// Whose private part is there, and is what the entry commits to.
    pub opened: u64,
    /// Whose private part is not there, though the entry commits to one: the person was erased, or it was withheld.
    pub sealed: u64,
    /// Which show texts that no entry commits to: written before there were keys.
    pub loose: u64,
    /// Of whose outcome the entry is not in the export, so that it could not be checked.
    pub apart: u64,
}

impl fmt::Display for OfSubject {
    /// A part of a line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { events, opened, sealed, loose, apart } = self;
        write!(f, "{events} events of one person, {opened} opened")?;
        for (number, what) in [
            (sealed, "whose private part is not there: erased, or withheld"),
            (loose, "with texts that no entry commits to"),
            (apart, "with an outcome whose entry was left out"),
        ] {
            if *number > 0 {
                write!(f, ", {number} {what}")?;
            }
        }
        Ok(())
    }
}

#[derive(Deserialize)]
struct Line {
    place: u64,
    #[serde(default)]
    opening: Option<Opening>,
    event: Map<String, Value>,
}

#[derive(Deserialize)]
struct Opening {
    salt: String,
    text: String,
}

/// The lines by their places, and the entries there.
#[derive(Default)]
pub(crate) struct Subject {
    lines: BTreeMap<u64, Line>,
    entries: BTreeMap<u64, Map<String, Value>>,
    /// Outcomes by the places of their intents.
    endings: BTreeMap<u64, Map<String, Value>>,
}

impl Subject {
    /// Of the file; what is wrong with it is the error.
    pub(crate) fn of(bytes: &[u8]) -> Result<Self, String> {
        let mut lines = BTreeMap::new();
        for (line, number) in bytes.split_inclusive(|byte| *byte == b'\n').zip(1_u64..) {
            let line = line.strip_suffix(b"\n").ok_or("it breaks off")?;
            let read: Line = serde_json::from_slice(line).map_err(|_| format!("line {number} is no event"))?;
            if let Some(twice) = lines.insert(read.place, read) {
                return Err(format!("line {number} is of entry {}, and another one is", twice.place));
            }
        }
        Ok(Self { lines, ..Self::default() })
    }

    pub(crate) fn read(&mut self, index: u64, entry: &[u8]) {
        if self.lines.is_empty() {
            return;
        }
        let members: Map<String, Value> = serde_json::from_slice(entry).unwrap_or_default();
        let intent = members.get("intent").and_then(Value::as_u64).filter(|intent| self.lines.contains_key(intent));
        if let Some(intent) = intent.filter(|_| members.get("what").is_some_and(|what| what == "outcome")) {
            self.endings.insert(intent, members.clone());
        }
        if self.lines.contains_key(&index) {
            self.entries.insert(index, members);
        }
    }

    /// Holds all lines against their entries. The error says where.
    pub(crate) fn check(&self) -> Result<OfSubject, (u64, String)> {
        let mut told = OfSubject { events: self.lines.len() as u64, ..OfSubject::default() };
        for (place, line) in &self.lines {
            let entry = self.entries.get(place).ok_or((*place, "its entry is not in the export".to_owned()))?;
            line.check(entry, self.endings.get(place), &mut told).map_err(|why| (*place, why))?;
        }
        Ok(told)
    }
}

impl Line {
    fn check(
        &self,
        entry: &Map<String, Value>,
        ending: Option<&Map<String, Value>>,
        told: &mut OfSubject,
    ) -> Result<(), String> {
        let commit = entry.get("commit").and_then(Value::as_str);
        let private = match (&self.opening, commit) {
            (Some(opening), Some(commit)) => {
                told.opened += 1;
                opening.checked(commit).ok_or("the opening is not what the entry commits to")?
            }
            (Some(_), None) => return Err("it is opened, and the entry commits to nothing".to_owned()),
            (None, _) => Map::new(),
        };
        if entry.get("what").and_then(Value::as_str) != Some("intent") {
            return Err("its entry is no intent".to_owned());
        }
        let shown = |name: &str| self.event.get(name).unwrap_or(&Value::Null);
        let differs = |name: &str| format!("{name} is not what the entry says");
        if self.event.get("sequence").and_then(Value::as_u64) != self.place.checked_add(1) {
            return Err(differs("sequence"));
        }
        for (name, member) in PUBLIC {
            if shown(name) != entry.get(member).unwrap_or(&Value::Null) {
                return Err(differs(name));
            }
        }
        if shown("time").as_str() != entry.get("time").and_then(Value::as_i64).and_then(time_of).as_deref() {
            return Err(differs("time"));
        }
        // The entry of an outcome that stands far behind may have been left out.
        for name in ending.iter().flat_map(|_| ENDING) {
            if Some(shown(name)) != ending.map(|ending| ending.get(name).unwrap_or(&Value::Null)) {
                return Err(format!("{name} is not what the entry of its outcome says"));
            }
        }
        told.apart += u64::from(ending.is_none() && !shown("outcome").is_null());
        if self.opening.is_none() {
            told.sealed += u64::from(commit.is_some());
            // Texts of a time without keys stand in no tree.
            if commit.is_none() && self.is_loose(entry)? {
                told.loose += 1;
                return Ok(());
            }
        }
        for name in PRIVATE {
            if shown(name) != private.get(name).unwrap_or(&Value::Null) {
                return Err(format!("{name} is not what the entry commits to"));
            }
        }
        for name in EITHER {
            if *shown(name) != expected(name, &private, entry) {
                return Err(format!("{name} is not what the entry commits to"));
            }
        }
        Ok(())
    }

    /// Whether it shows texts where the entry, which commits to nothing, says nothing. Where that says something it counts.
    fn is_loose(&self, entry: &Map<String, Value>) -> Result<bool, String> {
        let shown = |name: &str| self.event.get(name).unwrap_or(&Value::Null);
        let mut loose = PRIVATE.iter().any(|name| !shown(name).is_null());
        for name in EITHER {
            if *shown(name) == expected(name, &Map::new(), entry) {
                continue;
            }
            if entry.contains_key(name) && !(name == "reasons" && are_shortened(shown(name), &entry["reasons"])) {
                return Err(format!("{name} is not what the entry says"));
            }
            loose = true;
        }
        Ok(loose)
    }
}

impl Opening {
    /// What is opened, if the entry commits to it.
    fn checked(&self, commit: &str) -> Option<Map<String, Value>> {
        let salt = salt_of(self.salt.as_bytes().try_into().ok()?)?;
        let fits = commitment(&salt, self.text.as_bytes()) == commit;
        serde_json::from_str(&self.text).ok().filter(|_| fits)
    }
}

/// Whether the entry has these reasons, but for what is no plain name: `…` stands there.
fn are_shortened(shown: &Value, entry: &Value) -> bool {
    let (Some(shown), Some(entry)) = (shown.as_array(), entry.as_array()) else { return false };
    let fits = |(shown, entry): (&Value, &Value)| match (shown.as_str(), entry.as_str()) {
        (Some(shown), Some(entry)) => {
            entry.strip_suffix('…').map_or(shown == entry, |beginning| shown.starts_with(beginning))
        }
        _ => false,
    };
    shown.len() == entry.len() && shown.iter().zip(entry).all(fits)
}

/// What an event shows of a member that is private, or else public.
fn expected(name: &str, private: &Map<String, Value>, entry: &Map<String, Value>) -> Value {
    let found = private.get(name).or_else(|| entry.get(name));
    match (name, found) {
        ("reasons", None) => Value::Array(Vec::new()),
        // A text that holds JSON is shown as that.
        ("detail", Some(Value::String(text))) => serde_json::from_str(text).unwrap_or_else(|_| text.as_str().into()),
        (_, found) => found.cloned().unwrap_or_default(),
    }
}

/// Microseconds since 1970 as events have them, by the calendar that goes on in both directions; none before the year 0 or
/// behind 9999.
fn time_of(micros: i64) -> Option<String> {
    let (seconds, micro) = (micros.div_euclid(1_000_000), micros.rem_euclid(1_000_000));
    let (days, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    // Years begin in March, so that the day that comes and goes is the last; 400 of them have 146,097 days.
    let days = days + 719_468;
    let (round, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let (month, next) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    let year = 400 * round + year + next;
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    (0..=9_999)
        .contains(&year)
        .then(|| format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{micro:06}Z"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By `date -u -d @SECONDS`.
    #[test]
    fn times_are_those_of_the_calendar() {
        for (micros, text) in [
            (0, Some("1970-01-01T00:00:00.000000Z")),
            (-1, Some("1969-12-31T23:59:59.999999Z")),
            (951_782_400_000_000, Some("2000-02-29T00:00:00.000000Z")),
            (1_796_031_000_250_000, Some("2026-11-30T09:30:00.250000Z")),
            (4_107_542_400_000_000, Some("2100-03-01T00:00:00.000000Z")),
            (253_402_300_799_999_999, Some("9999-12-31T23:59:59.999999Z")),
            (253_402_300_800_000_000, None),
            (i64::MIN, None),
        ] {
            assert_eq!(time_of(micros).as_deref(), text);
        }
    }
}
