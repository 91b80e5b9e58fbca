//! What the entries tell, beyond that they are whole: an outcome is of an intent that stands before it, and an intent has one
//! outcome at most. Entries of other forms are passed over.

use std::collections::BTreeSet;

use serde::Deserialize;

/// As far as it was read.
#[derive(Default)]
pub(crate) struct Story {
    open: BTreeSet<u64>,
    /// The first entry from which on all are there: what ended an expired intent cannot be told.
    from: u64,
}

#[derive(Deserialize)]
struct Told<'a> {
    what: Option<&'a str>,
    intent: Option<u64>,
}

impl Story {
    /// The entries up to this one are not there.
    pub(crate) fn skip(&mut self, to: u64) {
        self.open.clear();
        self.from = to;
    }

    /// Takes in an entry; says what does not fit.
    pub(crate) fn read(&mut self, index: u64, entry: &[u8]) -> Result<(), String> {
        let Ok(Told { what, intent }) = serde_json::from_slice(entry) else { return Ok(()) };
        match (what, intent) {
            (Some("intent"), _) => {
                self.open.insert(index);
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
