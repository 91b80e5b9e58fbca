//! The entries that are written, and the numbers that stand for words in them.

use peta_audit::{Commitment, Door, Ending, Intent};
use peta_model::{BootId, Decision, DeliveryClass, Moment, Operation, Outcome, Role, SubjectId};

/// What to append.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Entry<'a> {
    /// The first entry of each file: what is open, so that nobody needs to read earlier files for it.
    Carried {
        sign: i64,
        open: &'a [Open],
        /// The run of Core that what follows is of, unless another one begins first.
        boot: Option<BootId>,
    },
    /// Core has started; what follows, up to the next start, is of this run.
    Boot(BootId, Moment),
    /// Core has ended in good order, and nothing is open.
    Closed(Moment),
    /// Says nothing: written to see whether it can be.
    Mark(Moment),
    Intent(Told<'a>),
    /// The ending of the event with this number.
    Ending(u64, Ending),
    /// The same, with a result that was kept.
    Answered(u64, Ending, Kept),
    /// Both at once, for what is over as soon as it is known.
    Whole(Told<'a>, Ending),
}

/// An intent as it is written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Told<'a> {
    pub(crate) intent: &'a Intent,
    /// The word of the record; an earlier Peta may have written words that `EventKind` does not have.
    pub(crate) kind: &'a str,
    /// An act whose change is made in the database: how it ended can be seen there.
    pub(crate) act: bool,
    pub(crate) private: Privy<'a>,
    /// The arguments, if they were kept.
    pub(crate) arguments: Option<Kept>,
}

/// A payload that was kept beside the record: what stands for it, and where it lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Kept {
    pub(crate) commit: Commitment,
    /// The number in the name of its file, and the place in it.
    pub(crate) file: u64,
    pub(crate) offset: u64,
}

/// What becomes of the part that is about people.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Privy<'a> {
    /// It was sealed.
    Sealed(&'a Sealed),
    /// It is not written: there is no key to seal it with, or nothing in it.
    Without,
    /// As it was written before there were keys: for rows that are carried over.
    Plain,
}

/// The private part of an intent, sealed under the key of whom it concerns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sealed {
    pub(crate) subject: SubjectId,
    pub(crate) commit: Commitment,
    pub(crate) bytes: Vec<u8>,
}

/// An event that has begun and not ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Open {
    pub(crate) event: u64,
    pub(crate) time: i64,
    pub(crate) act: bool,
}

/// The first byte of an entry, and its last.
pub(crate) mod kind {
    pub(crate) const CARRIED: u8 = 1;
    pub(crate) const BOOT: u8 = 2;
    pub(crate) const CLOSED: u8 = 3;
    pub(crate) const MARK: u8 = 4;
    pub(crate) const INTENT: u8 = 5;
    pub(crate) const ENDING: u8 = 6;
    pub(crate) const WHOLE: u8 = 7;
}

/// Which parts of an intent are there, and what is true of it.
pub(crate) mod flag {
    pub(crate) const AGENT: u16 = 1;
    pub(crate) const AGENT_ID: u16 = 1 << 1;
    pub(crate) const USER: u16 = 1 << 2;
    pub(crate) const TOKEN: u16 = 1 << 3;
    pub(crate) const ADMIN: u16 = 1 << 4;
    pub(crate) const SESSION: u16 = 1 << 5;
    pub(crate) const SERVER: u16 = 1 << 6;
    pub(crate) const CAPABILITY: u16 = 1 << 7;
    pub(crate) const DETAIL: u16 = 1 << 8;
    pub(crate) const ACT: u16 = 1 << 9;
    pub(crate) const SEALED: u16 = 1 << 10;
    /// A payload of the arguments is kept.
    pub(crate) const ARGUMENTS: u16 = 1 << 14;
    /// There is more, and flags of its own say what.
    pub(crate) const FACTS: u16 = 1 << 15;
}

/// Which facts of a call are there.
pub(crate) mod fact {
    pub(crate) const REQUEST: u16 = 1;
    pub(crate) const PIN: u16 = 1 << 1;
    pub(crate) const OPERATION: u16 = 1 << 2;
    pub(crate) const POLICY_VERSION: u16 = 1 << 3;
    pub(crate) const CREDENTIALS: u16 = 1 << 4;
    /// All that this Peta knows: behind what it does not know nothing can be read.
    pub(crate) const ALL: u16 = (1 << 5) - 1;
}

/// Added to an outcome: behind the ending stands how long the stages of the call took.
pub(crate) const STAGED: u8 = 1 << 7;
/// Added to an outcome: behind all that stands what was kept of the result.
pub(crate) const ANSWERED: u8 = 1 << 6;

// In a file a word is its place in one of these, counted from 1: they only grow at their ends.
pub(crate) const DECISIONS: [Decision; 2] = [Decision::Allow, Decision::Deny];
pub(crate) const ROLES: [Role; 3] = [Role::Owner, Role::Auditor, Role::Payloads];
pub(crate) const DOORS: [Door; 3] = [Door::Socket, Door::Http, Door::Core];
pub(crate) const OPERATIONS: [Operation; 4] =
    [Operation::Read, Operation::Write, Operation::Destructive, Operation::Unknown];
pub(crate) const DELIVERIES: [DeliveryClass; 5] =
    [DeliveryClass::Request, DeliveryClass::Fd, DeliveryClass::File, DeliveryClass::Env, DeliveryClass::Proxied];
pub(crate) const OUTCOMES: [Outcome; 7] = [
    Outcome::Ok,
    Outcome::Error,
    Outcome::Refused,
    Outcome::Failed,
    Outcome::Timeout,
    Outcome::Cancelled,
    Outcome::Unknown,
];

/// The place of a word, counted from 1; 0 for none, which no list of words lacks.
pub(crate) fn place<T: PartialEq>(words: &[T], word: T) -> u8 {
    let at = words.iter().position(|other| *other == word);
    at.and_then(|at| u8::try_from(at + 1).ok()).unwrap_or(0)
}

impl<'a> Told<'a> {
    pub(crate) fn of(intent: &'a Intent, private: Privy<'a>) -> Self {
        Self { intent, kind: intent.kind.word(), act: false, private, arguments: None }
    }

    /// Of what Core says of the record itself: nothing in it is about people.
    pub(crate) fn of_core(intent: &'a Intent) -> Self {
        Self::of(intent, Privy::Without)
    }
}

impl Entry<'_> {
    /// How many numbers it takes: an intent and an ending have one each.
    pub(crate) const fn numbers(&self) -> u64 {
        match self {
            Self::Carried { .. } => 0,
            Self::Whole(..) => 2,
            _ => 1,
        }
    }
}
