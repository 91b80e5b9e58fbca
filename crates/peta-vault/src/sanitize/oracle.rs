//! The sanitizer must not answer guesses. An agent that sends what it guesses to a tool that echoes would learn from a
//! cut that the guess was right; so what an agent sends is searched too, and one that sends a live secret is refused,
//! told of, and at the third time suspended. Counts only: who keeps them over a restart, and who is told, is not known
//! here.

use std::collections::BTreeMap;

/// So often, and no more is taken from that caller.
const SUSPENDS: u32 = 3;

/// How often each caller sent a live secret.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Oracle {
    counts: BTreeMap<[u8; 16], u32>,
}

/// What is to be done with a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    Pass,
    /// Refused, and told of: it is the first or the second time.
    Refuse {
        times: u32,
    },
    /// Refused, and nothing is taken from this caller until a person says so. `now` if this call is the reason.
    Suspended {
        now: bool,
    },
}

impl Oracle {
    /// With what was kept.
    pub fn of(counts: impl IntoIterator<Item = ([u8; 16], u32)>) -> Self {
        Self { counts: counts.into_iter().filter(|(_, times)| *times > 0).collect() }
    }

    /// Judges a call of this caller, whose arguments hold a live secret or do not.
    pub fn judge(&mut self, caller: [u8; 16], holds_secret: bool) -> Answer {
        if self.is_suspended(&caller) {
            return Answer::Suspended { now: false };
        }
        if !holds_secret {
            return Answer::Pass;
        }
        let times = self.counts.entry(caller).or_insert(0);
        *times += 1;
        if *times >= SUSPENDS { Answer::Suspended { now: true } } else { Answer::Refuse { times: *times } }
    }

    pub fn is_suspended(&self, caller: &[u8; 16]) -> bool {
        self.counts.get(caller).is_some_and(|times| *times >= SUSPENDS)
    }

    /// A person looked into it: the count begins anew.
    pub fn pardon(&mut self, caller: &[u8; 16]) {
        self.counts.remove(caller);
    }

    /// What to keep.
    pub fn counts(&self) -> impl Iterator<Item = (&[u8; 16], u32)> {
        self.counts.iter().map(|(caller, times)| (caller, *times))
    }
}

#[cfg(test)]
mod tests;
