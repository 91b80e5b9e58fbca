//! What the entries tell, beyond that they are whole: an outcome is of an intent that stands before it, and an intent has one
//! outcome at most. Entries of other forms are passed over.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::Value;

/// As far as it was read.
#[derive(Default)]
pub(crate) struct Story {
    open: BTreeSet<u64>,
    /// The first entry from which on all are there: what ended an expired intent cannot be told.
    from: u64,
    /// Entries before this place have expired, as the log itself tells.
    pub(crate) expired: u64,
}

#[derive(Deserialize)]
struct Told<'a> {
    what: Option<&'a str>,
    intent: Option<u64>,
    kind: Option<Value>,
}

/// An intent whose detail is text.
#[derive(Deserialize)]
struct Detailed {
    door: String,
    detail: String,
}

/// What the event says that tells of expiry: the number of the last entry that went; all before it went before.
#[derive(Deserialize)]
struct Gone {
    to: u64,
}

const EXPIRED: &str = "record.expired";
/// By this door Core itself comes: nobody else can tell such a thing.
const CORE: &str = "core";

impl Story {
    /// The entries up to this one are not there.
    pub(crate) fn skip(&mut self, to: u64) {
        self.open.clear();
        self.from = to;
    }

    /// Takes in an entry; says what does not fit.
    pub(crate) fn read(&mut self, index: u64, entry: &[u8]) -> Result<(), String> {
        let Ok(told) = serde_json::from_slice::<Told<'_>>(entry) else { return Ok(()) };
        match (told.what, told.intent) {
            (Some("intent"), _) => {
                self.open.insert(index);
                // Of what comes behind it no entry can say that it went.
                if told.kind.is_some_and(|kind| kind == EXPIRED) {
                    self.expired = self.expired.max(gone(entry).filter(|to| *to <= index).unwrap_or(0));
                }
                Ok(())
            }
            (Some("outcome"), Some(intent)) if intent < self.from || self.open.remove(&intent) => Ok(()),
            (Some("outcome"), Some(intent)) => {
                Err(format!("it is the outcome of {intent}, which is no intent that is open"))
            }
            (Some("outcome"), None) => Err("it is an outcome of nothing".to_owned()),
            _ => Ok(()),
        }
    }
}

/// A number is one more than a place: up to which place, this one left out.
fn gone(entry: &[u8]) -> Option<u64> {
    let Detailed { door, detail } = serde_json::from_slice(entry).ok()?;
    let Gone { to } = serde_json::from_str(&detail).ok().filter(|_| door == CORE)?;
    Some(to)
}
