//! A new KEK: what was sealed under the old one is wrapped under the new one in pages, with a cursor that is stored with each
//! page. Other runs of Core may go on sealing under the old key for a while, so at the end the store counts; the old key
//! is destroyed only in the transaction that finds nothing under it.

use peta_model::Moment;

use crate::{keys::KekId, place::Kind};

/// Where an envelope stands, in the order that pages are read in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct At {
    pub kind: Kind,
    pub object: [u8; 16],
    pub version: u64,
}

/// How far a rotation has come: what the store keeps of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KekRotation {
    pub old: KekId,
    pub new: KekId,
    pub how: How,
    /// The old key is kept at least until then, for what must be able to come back.
    pub keep_until: Moment,
    pub stage: Stage,
}

/// What is done with each envelope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// The same DEK under the new key: `envelope::rewrap`.
    Rewrap,
    /// The old key was exposed, and so may be every DEK under it: sealed anew, as another version, so that the envelope of
    /// before does not pass for it.
    Reseal,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// All up to here were looked at.
    Pages(Option<At>),
    /// All were looked at.
    Count,
    Destroyed,
}

/// What is to be done next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KekStep {
    /// Read the next envelopes behind this, and bring them to `page`.
    Page {
        after: Option<At>,
    },
    /// In one transaction: count what is under the old key, destroy its row if it is nothing, store what `counted` says.
    CountAndDestroy,
    /// Nothing before then.
    Wait {
        until: Moment,
    },
    Done,
}

/// What is to be done with one envelope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Treatment {
    Keep,
    Do(How),
}

/// What an envelope under this key needs, once these keys were exposed and that one is current.
pub fn treat(kek: KekId, current: KekId, exposed: &[KekId]) -> Treatment {
    if exposed.contains(&kek) {
        Treatment::Do(How::Reseal)
    } else if kek != current {
        Treatment::Do(How::Rewrap)
    } else {
        Treatment::Keep
    }
}

impl KekRotation {
    /// A rotation that begins. The new key's row is current, and the old one's retiring, before anything else.
    pub const fn begin((old, new): (KekId, KekId), how: How, keep_until: Moment) -> Self {
        Self { old, new, how, keep_until, stage: Stage::Pages(None) }
    }

    pub fn next(&self, now: Moment) -> KekStep {
        match self.stage {
            Stage::Pages(after) => KekStep::Page { after },
            Stage::Count if now < self.keep_until => KekStep::Wait { until: self.keep_until },
            Stage::Count => KekStep::CountAndDestroy,
            Stage::Destroyed => KekStep::Done,
        }
    }

    /// Which envelopes of a page are to be treated, and what to store in the same transaction. The page holds what was asked
    /// for, in order; an empty one is the end. Each envelope is written only if it is still as it was read.
    pub fn page(&self, page: &[(At, KekId)]) -> (Vec<At>, Self) {
        let Stage::Pages(after) = self.stage else { return (Vec::new(), *self) };
        // What stands at or before the cursor was not asked for; going back would never end.
        let ahead = || page.iter().filter(move |(at, _)| after.is_none_or(|after| *at > after));
        let todo = ahead().filter(|(_, kek)| *kek == self.old).map(|(at, _)| *at).collect();
        let stage = ahead().map(|(at, _)| *at).max().map_or(Stage::Count, |last| Stage::Pages(Some(last)));
        (todo, Self { stage, ..*self })
    }

    /// What to store when so many were found under the old key: with none it is destroyed, else all is read once more.
    pub fn counted(&self, left: u64) -> Self {
        let stage = match self.stage {
            Stage::Count if left == 0 => Stage::Destroyed,
            Stage::Count => Stage::Pages(None),
            other => other,
        };
        Self { stage, ..*self }
    }
}

#[cfg(test)]
mod tests;
