//! Secrets that servers send back, counted: the first of a credential is told of at once, those of the minute after it in one
//! event when it is over. A server that repeats a secret in a flood writes no flood of events, and none is left out of them. (A
//! kill loses what the last minute counted; that the server repeats it stands in the event before.)

use std::collections::{BTreeSet, HashMap};

use peta_model::{CredentialId, ServerId};
use tokio::time::{Duration, Instant};

/// At most one event of a server and credential in so long.
const APART: Duration = Duration::from_secs(60);

/// Whose secret, and who said it; no credential where a whole message was kept back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct About {
    pub(super) server: ServerId,
    pub(super) secret: Option<(CredentialId, u64)>,
}

/// What is told of at once: how often, and in which forms.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Echo {
    pub(super) times: u64,
    pub(super) forms: BTreeSet<String>,
}

/// What was told of less than a minute ago, and what came since.
#[derive(Default)]
pub(super) struct Echoes(HashMap<About, Since>);

struct Since {
    told: Instant,
    more: Echo,
}

impl Echoes {
    /// Counts; gives back what is to be told of now.
    pub(super) fn note(&mut self, about: About, echo: Echo, now: Instant) -> Option<Echo> {
        let Some(since) = self.0.get_mut(&about) else {
            self.0.insert(about, Since { told: now, more: Echo::default() });
            return Some(echo);
        };
        since.more.times += echo.times;
        since.more.forms.extend(echo.forms);
        if now < since.told + APART {
            return None;
        }
        since.told = now;
        Some(std::mem::take(&mut since.more))
    }

    /// What came in minutes that are over. Of what is quiet nothing is kept.
    pub(super) fn due(&mut self, now: Instant) -> Vec<(About, Echo)> {
        let mut due = Vec::new();
        self.0.retain(|about, since| {
            let over = now >= since.told + APART;
            let quiet = since.more.times == 0;
            if over && !quiet {
                due.push((*about, std::mem::take(&mut since.more)));
                since.told = now;
            }
            !over || !quiet
        });
        due
    }

    /// All that was not told of yet, for there will be no other time.
    pub(super) fn rest(&mut self) -> Vec<(About, Echo)> {
        let all = std::mem::take(&mut self.0).into_iter();
        all.map(|(about, since)| (about, since.more)).filter(|(_, more)| more.times > 0).collect()
    }
}

#[cfg(test)]
mod tests;
